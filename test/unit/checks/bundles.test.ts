import { describe, expect, it } from 'vitest';
import { bundles } from '../../../src/checks/groups/az-bundles.ts';
import { outcomeOf } from '../../../src/checks/contract.ts';
import type { Kit } from '../../../src/checks/kit/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import { Secret } from '../../../src/core/secret.ts';
import { policyPart } from '../../../src/patterns/policy.ts';
import { shopEnv } from '../../cli/run.ts';

const unsigned = await loadBlueprint('blueprints/sso.yaml', { env: shopEnv });
const { opa } = unsigned.targets;
if (!opa) throw new Error('the example has OPA');
const signing = { key: new Secret('not looked at'), algorithm: 'ES256', keyId: 'prod' } as const;
const signed: Blueprint = { ...unsigned, targets: { ...unsigned.targets, opa: { ...opa, bundle: { ...opa.bundle, signing } } } };

const judge = async (id: string, { answer = {} as object, status = 200, spec = {} as object, of = signed, body = '' }) => {
  const check = bundles.find((one) => one.id === id);
  const kit = {
    blueprint: of,
    send: () => Promise.resolve({ status, body: body || JSON.stringify({ result: answer }) }),
    live: () => Promise.resolve([{ kind: 'opa.bundle', id: 'shop', owner: 'shop', spec }]),
  } as unknown as Kit;
  const [subject] = check?.subjects(of) ?? [];
  const outcome = check && subject && (await outcomeOf(check, subject, kit));
  return [outcome?.status, outcome?.why];
};

it('is about blueprints that sign only', () => {
  expect(bundles.map((check) => check.subjects(unsigned).length)).toEqual([0, 0]);
  expect(bundles.map((check) => check.subjects(signed).length)).toEqual([1, 1]);
});

describe('AZ-12', () => {
  const configured = (keyid: string | undefined, algorithm: string) => ({
    answer: { bundles: { shop: { ...(keyid !== undefined && { signing: { keyid } }) } }, keys: { [keyid ?? 'prod']: { algorithm } } },
  });
  it.each([
    ['passes for an OPA with the key', configured('prod', 'ES256'), ['passed', undefined]],
    ['passes for one that knows the key beside another, and names it', { answer: { bundles: { shop: { signing: { keyid: 'prod' } } }, keys: { old: { algorithm: 'RS256' }, prod: { algorithm: 'ES256' } } } }, ['passed', undefined]],
    ['passes for one that knows the key alone, without naming it', { answer: { bundles: { shop: { signing: {} } }, keys: { prod: { algorithm: 'ES256' } } } }, ['passed', undefined]],
    ['fails for one that knows the key beside another, and takes whichever the signature names', { answer: { bundles: { shop: { signing: {} } }, keys: { old: { algorithm: 'RS256' }, prod: { algorithm: 'ES256' } } } }, ['failed', `it takes what another key than the blueprint's has signed as well: RS256 by "old"`]],
    ['fails for one that knows another key only', { answer: { bundles: { shop: { signing: {} } }, keys: { old: { algorithm: 'ES256' } } } }, ['failed', 'it verifies with another key than the blueprint signs with: ES256 by "old"']],
    ['fails for one that does not verify', configured(undefined, 'ES256'), ['failed', 'it takes unsigned bundles']],
    ['fails for one that knows no such bundle', { answer: {} }, ['failed', 'it takes unsigned bundles']],
    ['fails for another key', configured('old', 'ES256'), ['failed', 'it verifies with another key than the blueprint signs with: ES256 by "old"']],
    ['fails for a key without an algorithm, which is one of RS256', { answer: { bundles: { shop: { signing: { keyid: 'prod' } } }, keys: { prod: {} } } }, ['failed', 'it verifies with another key than the blueprint signs with: RS256, as it states none, by "prod"']],
    ['fails for a key that is not there', { answer: { bundles: { shop: { signing: { keyid: 'old' } } }, keys: { prod: { algorithm: 'ES256' } } } }, ['failed', 'it verifies with another key than the blueprint signs with: "old", of which it has no key: it takes no bundle']],
    ['fails for no key at all', { answer: { bundles: { shop: { signing: {} } } } }, ['failed', 'it demands a signature, and has no key to hold it against: it takes no bundle']],
    ['fails for another algorithm', configured('prod', 'RS256'), ['failed', 'it verifies with another key than the blueprint signs with: RS256 by "prod"']],
    ['knows nothing of what is no OPA', { body: '<html>' }, ['inconclusive', 'what answers for the configuration is no OPA']],
    ['knows nothing of what says nothing', { body: 'null' }, ['inconclusive', 'what answers for the configuration is no OPA']],
    ['knows nothing of one that does not tell', { status: 401 }, ['inconclusive', 'OPA does not tell its configuration']],
  ])('%s', async (_what, world, outcome) => {
    expect(await judge('AZ-12', world)).toEqual(outcome);
  });
});

describe('AZ-12, of a bundle that somebody else publishes', () => {
  const keys = { release: { algorithm: 'ES256', file: 'release.pem' }, next: { algorithm: 'ES256', file: 'next.pem' } } as const;
  const theirs: Blueprint = { ...unsigned, authorization: { ...unsigned.authorization, bundle: { name: 'company', url: 'https://bundles.example/company.tar.gz', keys } } };
  it.each([
    ['passes where every key that OPA knows is stated', { release: { algorithm: 'ES256' }, next: { algorithm: 'ES256' } }, undefined, 'passed'],
    ['passes where the one is stated that it names', { release: { algorithm: 'ES256' }, others: { algorithm: 'ES256' } }, 'release', 'passed'],
    ['fails where OPA knows one more, and takes what that has signed', { release: { algorithm: 'ES256' }, others: { algorithm: 'ES256' } }, undefined, 'failed'],
    ['fails where it knows none', {}, undefined, 'failed'],
  ])('%s', async (_what, known, keyid, status) => {
    expect((await judge('AZ-12', { of: theirs, answer: { bundles: { company: { signing: keyid === undefined ? {} : { keyid } } }, keys: known } }))[0]).toBe(status);
  });
});

describe('AZ-13', () => {
  const wanted = policyPart(signed).desired[0]?.spec ?? {};
  it.each([
    ['passes for what the blueprint signed', wanted, ['passed', undefined]],
    ['fails for what nobody signed', { ...wanted, signature: null }, ['failed', 'signature: none instead of ES256 by "prod"']],
    ['fails when nothing is published', {}, ['failed', 'signature: none instead of ES256 by "prod"']],
  ])('%s', async (_what, spec, outcome) => {
    expect(await judge('AZ-13', { spec })).toEqual(outcome);
  });
});
