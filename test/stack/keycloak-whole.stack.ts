import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadBlueprint } from '../../src/blueprint/index.ts';
import type { Blueprint } from '../../src/blueprint/types.ts';
import { applyPlan } from '../../src/core/apply.ts';
import { addressOfChange, changesOf, makePlan, reasonsOf } from '../../src/core/plan.ts';
import type { PlanOptions } from '../../src/core/plan.ts';
import { addressOf } from '../../src/core/resource.ts';
import { keycloak as specs } from '../../src/providers/keycloak/specs/index.ts';
import { FOR_ENCRYPTION } from '../unit/providers/keycloak/certificates.ts';
import { startKeycloakBeside } from './keycloak-beside.ts';
import { consoleOf } from './keycloak-whole/console.ts';
import { drifts } from './keycloak-whole/drifts.ts';
import { fewer } from './keycloak-whole/fewer.ts';
import { connected, expansion } from './realm-plans.ts';

/** A realm with something of every kind, on a Keycloak of its own: made, restarted, saved by the console, changed by hand, taken apart, let go. */
let server: Awaited<ReturnType<typeof startKeycloakBeside>>;
let blueprint: Blueprint;
let byHand: ReturnType<typeof consoleOf>;

const secret = (): string => randomBytes(48).toString('base64url');
beforeAll(async () => {
  server = await startKeycloakBeside();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const env = {
    KEYCLOAK_URL: server.url, KEYCLOAK_CLIENT_SECRET: server.secret, SECRET_KEY: privateKey, SECRET_CERTIFICATE: FOR_ENCRYPTION,
    ...Object.fromEntries(['SMTP', 'PORTAL', 'WORKER', 'ANA', 'CORP', 'LDAP'].map((name) => [`SECRET_${name}`, secret()])),
  }; // prettier-ignore
  blueprint = await loadBlueprint('test/stack/keycloak-whole/realm.yaml', { env });
  byHand = consoleOf(server.url, server.secret, blueprint.realm.name);
});
afterAll(() => server.stop());

/** What is let go is no longer stated. */
const nothing = (of: Blueprint) => ({ name: of.name, desired: [], deferred: [] });
const planned = async (of: Blueprint, options: PlanOptions = {}) => {
  const provider = connected(of);
  const plan = await makePlan([provider], expansion(of), options);
  await provider.close?.();
  return plan;
};
/** `update keycloak.role/bare description`, without the realm's name; what is only told is left out. */
const told = async (of = blueprint, options: PlanOptions = {}): Promise<readonly string[]> =>
  changesOf(await planned(of, options))
    .filter(({ action }) => action !== 'keep' && action !== 'danger')
    .map((change) => [change.action, addressOfChange(change).replace(`/${blueprint.realm.name}`, ''), ...('danger' in change ? [] : reasonsOf(change).map(({ path }) => path))].join(' '))
    .toSorted();
/** What reach tells. */
const dangers = async (): Promise<readonly string[]> => (await planned(blueprint)).dangers.flatMap((change) => ('danger' in change ? [change.danger.what] : [])).toSorted();
const applied = async (of = blueprint, options: PlanOptions = {}): Promise<number> => {
  const provider = connected(of);
  const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], options.release ? nothing(of) : expansion(of), options), options });
  expect(results.flatMap(({ problem }) => (problem ? [`${problem.message} (${String(problem.at?.line)})`] : []))).toEqual([]);
  await provider.close?.();
  return provider.requests().writes;
};

it('is made, whole, and there is nothing left to do', async () => {
  const { desired } = expansion(blueprint);
  expect(desired.length).toBeGreaterThanOrEqual(120);
  expect([...new Set(desired.map(({ kind }) => kind))].toSorted()).toEqual(Object.values(specs).map(({ kind }) => kind).toSorted());
  await applied();
  expect(await told()).toEqual([]);
});

it('is the same after Keycloak was started again', async () => {
  const before = await dangers();
  await server.restart();
  expect(await told()).toEqual([]);
  expect(await dangers()).toEqual(before);
});

it('is the same when an administrator has saved every part of it unchanged', async () => {
  const before = await dangers();
  expect(await byHand.saveAll()).toBeGreaterThanOrEqual(120);
  expect(await told()).toEqual([]);
  expect((await dangers()).filter((what) => !before.includes(what))).toEqual([]);
});

it('names what somebody changed in each kind, and puts it back', async () => {
  const all = drifts(byHand);
  expect(new Set(all.map(({ told: [, address = ''] }) => address.split('/')[0])).size).toBe(Object.keys(specs).length);
  for (const { change } of all) await change();
  expect(await told()).toEqual(all.map((one) => one.told.join(' ')).toSorted());
  await applied();
  expect(await told()).toEqual([]);
});

it('deletes one of each kind that the blueprint no longer states, and nothing else', async () => {
  const { without, gone } = fewer(blueprint);
  expect((await told(without, { prune: true })).filter((text) => text.startsWith('delete '))).toEqual(gone.map((address) => `delete ${address}`).toSorted());
  await applied(without, { prune: true });
  expect(await told(without, { prune: true })).toEqual([]);
});

it('is let go: everything stays, and nothing of it is ours', async () => {
  const { without } = fewer(blueprint);
  const live = async () => {
    const provider = connected(without);
    const all = (await Promise.all(provider.kinds.map((kind) => kind.list()))).flat();
    await provider.close?.();
    return { addresses: all.map(addressOf).toSorted(), ours: all.filter(({ owner }) => owner === blueprint.name).map(addressOf) };
  };
  const before = await live();
  expect(before.ours.length).toBeGreaterThanOrEqual(100);
  await applied(without, { release: ['*'] });
  const after = await live();
  expect(after.ours).toEqual([]);
  // What Keycloak ships is listed only where it is ours, or is not as shipped.
  expect(before.ours.filter((address) => !after.addresses.includes(address) && !address.startsWith('keycloak.required-action/'))).toEqual([]);
});
