import { createAuthctl } from 'authctl';
import { describe, expect, it } from 'vitest';
import { carryOut, emergencySteps, plannedSteps, words } from '../../../src/app/rotate/steps.ts';
import type { Workshop } from '../../../src/app/rotate/steps.ts';
import { pinsKeys, unknownTo, verifiersOf } from '../../../src/app/rotate/verifiers.ts';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { RotationState } from '../../../src/core/rotation.ts';

const load = (name: string) => loadBlueprint(`blueprints/${name}.yaml`, { env: { AWS_ENDPOINT: 'http://127.0.0.1:9' }, placeholders: true });
const old = { kid: 'k1', name: 'rsa-generated' };
const stateAt = (stage: RotationState['stage']): RotationState => ({ algorithm: 'RS256', stage, lifespan: 300, next: stage === 'none' ? undefined : { kid: 'k2', name: 'new' }, others: stage === 'retired' ? [] : [old] });

/** An issuer in memory that notes what is done to it, and time that passes when it is asked to. */
const workshopOf = async (stage: RotationState['stage'], more: Partial<Workshop> = {}) => {
  const done: string[] = [];
  const note = (what: string) => (...about: readonly unknown[]): Promise<void> => {
    done.push([what, ...about.map((one) => JSON.stringify(one))].join(' ').trim());
    return Promise.resolve();
  };
  const state = stateAt(stage);
  const workshop: Workshop = {
    blueprint: await load('jwt'), state, env: {}, times: { verifiers: 15, drain: 305 },
    rotation: { look: () => Promise.resolve(state), publish: note('publish'), sign: note('sign'), retire: note('retire'), finish: note('finish') },
    sleep: note('sleep'),
    ...more,
  };
  return { done, workshop };
};
const ignored = (): void => undefined;

describe('a rotation', () => {
  it.each([
    ['none', ['publish', 'sleep 15000', 'sign', 'sleep 305000', 'retire [{"kid":"k1","name":"rsa-generated"}]', 'finish']],
    ['published', ['sleep 15000', 'sign', 'sleep 305000', 'retire [{"kid":"k1","name":"rsa-generated"}]', 'finish']],
    ['signs', ['sleep 305000', 'retire [{"kid":"k1","name":"rsa-generated"}]', 'finish']],
    ['retired', ['finish']],
  ] as const)('that has come to "%s" goes on from there: everybody knows the new key before it signs, and the old one goes when its tokens have ended', async (stage, expected) => {
    const { done, workshop } = await workshopOf(stage);
    const results = await carryOut(plannedSteps(workshop), ignored, undefined);
    expect(done).toEqual(expected);
    expect(results.every(({ outcome }) => outcome === 'done')).toBe(true);
  });

  it.each([
    ['none', ['publish "signing"', 'retire [{"kid":"k1","name":"rsa-generated"}]', 'finish']],
    ['published', ['sign', 'retire [{"kid":"k1","name":"rsa-generated"}]', 'finish']],
    ['signs', ['sign', 'retire [{"kid":"k1","name":"rsa-generated"}]', 'finish']],
  ] as const)('in an emergency, from "%s", waits for nobody', async (stage, expected) => {
    const { done, workshop } = await workshopOf(stage);
    await carryOut(emergencySteps(workshop), ignored, undefined);
    expect(done).toEqual(expected);
  });

  it('begins nothing after what failed: a key that is not known everywhere signs nothing, and the old one stays', async () => {
    const { done, workshop } = await workshopOf('none');
    const failing = { ...workshop, rotation: { ...workshop.rotation, sign: () => Promise.reject(new Problem('KEYCLOAK_REFUSED', 'no')) } };
    const results = await carryOut(plannedSteps(failing), ignored, undefined);
    expect(results.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(['create done', 'drain done', 'update failed', 'drain skipped', 'delete skipped', 'update skipped']);
    expect(done.filter((line) => /retire|finish/.test(line))).toEqual([]);
  });

  it('that is interrupted while it waits retires nothing', async () => {
    const stop = new AbortController();
    const { done, workshop } = await workshopOf('signs', { sleep: () => { stop.abort(); return Promise.resolve(); } });
    const results = await carryOut(plannedSteps(workshop), ignored, stop.signal);
    expect(results.map(({ action, outcome, problem }) => [action, outcome, problem?.code])).toEqual([['drain', 'skipped', 'APPLY_SKIPPED'], ['delete', 'skipped', 'APPLY_SKIPPED'], ['update', 'skipped', 'APPLY_SKIPPED']]);
    expect(done).toEqual([]);
  });

  it('does not hide a bug', async () => {
    const { workshop } = await workshopOf('none');
    const broken = { ...workshop, rotation: { ...workshop.rotation, publish: () => Promise.reject(new TypeError('a bug')) } };
    await expect(carryOut(plannedSteps(broken), ignored, undefined)).rejects.toThrow('a bug');
  });

  it('writes pinned keys to Kong before the new one signs and after the old one is retired, and where keys are followed nothing', async () => {
    const pinned = await workshopOf('none', { blueprint: await load('sso') });
    expect(plannedSteps(pinned.workshop).map(({ address }) => address)).toEqual([
      'keycloak.key/shop/RS256', 'kong.keys/shop', 'keycloak.verifiers/shop', 'keycloak.key/shop/RS256', 'keycloak.tokens/shop', 'keycloak.key/shop/RS256', 'kong.keys/shop', 'keycloak.key/shop/RS256 (rotation)',
    ]);
    const followed = await workshopOf('none', { blueprint: await load('mixed') });
    expect(plannedSteps(followed.workshop).filter(({ address }) => address.startsWith('kong.'))).toEqual([]);
  });
});

describe('keys that are not rotated', () => {
  const env = { AWS_ENDPOINT: 'http://127.0.0.1:9' };
  const asked = async (name: string, edit: (text: Blueprint) => Blueprint, wait?: string) => {
    const authctl = createAuthctl({ env, localStack: false });
    return (await authctl.rotateKeys(edit(await authctl.load(`blueprints/${name}.yaml`, { offline: true })), { approve: true, wait })).problems.map(({ code }) => code);
  };
  const same = (blueprint: Blueprint): Blueprint => blueprint;
  it.each([
    ['of an issuer that is not ours', 'cognito', same, 'ROTATE_NOT_OURS'],
    ['of a realm that another blueprint makes', 'opaque', (blueprint: Blueprint): Blueprint => ({ ...blueprint, realm: { ...blueprint.realm, shared: true } }), 'ROTATE_NOT_OURS'],
    ['where Keycloak is only looked at', 'opaque', ({ targets, ...blueprint }: Blueprint): Blueprint => ({ ...blueprint, targets: { ...targets, ...(targets.keycloak && { keycloak: { ...targets.keycloak, manage: 'none' } }) } }), 'TARGET_ONLY_LOOKED_AT'],
  ] as const)('are those %s: nothing is contacted', async (_what, name, edit, code) => { expect(await asked(name, edit)).toEqual([code]); });
  it('for a time that is none', async () => { expect(await asked('opaque', same, 'soon')).toEqual(['ROTATE_WAIT']); });
});

describe('who verifies', () => {
  it.each([
    ['sso', true, ['Kong 6 5', 'API Gateway 7200 7200']],
    ['jwt', false, ['services 15 600']],
    ['opaque', true, ['Kong 6 5']],
    ['session', true, ['Kong 6 5', 'the session service 35 600']],
    ['aws', false, ['API Gateway 7200 7200']],
    ['mixed', false, ['Kong 4 300', 'API Gateway 7200 7200']],
  ] as const)('in %s, and how soon they know of a new key and forget an old one', async (name, pins, expected) => {
    const blueprint = await load(name);
    expect(verifiersOf(blueprint).map(({ what, takes, forgets }) => `${what} ${takes} ${forgets}`)).toEqual(expected);
    expect([pinsKeys(blueprint), unknownTo(blueprint)]).toEqual([pins, []]);
  });
});

it.each([[0, '0 s'], [15, '15 s'], [120, '2 min'], [5405, '1 h 30 min 5 s']])('%d seconds are %s', (seconds, text) => { expect(words(seconds)).toBe(text); });
