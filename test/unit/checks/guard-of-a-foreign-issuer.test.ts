import { expect, it } from 'vitest';
import { kong as checks } from '../../../src/checks/groups/kong.ts';
import { outcomeOf } from '../../../src/checks/contract.ts';
import type { Kit } from '../../../src/checks/kit/index.ts';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import { expand } from '../../../src/patterns/index.ts';

const env = { KIOSK_SECRET: 'kiosk-secret-1', NORA_TOKEN: 'nora-token', NORA_ID_TOKEN: 'nora-id-token', AWS_ENDPOINT: 'http://127.0.0.1:9' };
const blueprint = await loadBlueprint('blueprints/cognito.yaml', { env });
const objects = expand(blueprint).desired;

/** What KONG-02 says of the first route behind Kong, where the guards say something else than the blueprint. */
const judge = async (changed: object) => {
  const check = checks.find(({ id }) => id === 'KONG-02');
  const live = objects.map((object) => (object.spec['name'] === 'authctl-token-guard' && object.spec['config'] != null ? { ...object, spec: { ...object.spec, config: { ...(object.spec['config'] as object), ...changed } } } : object));
  const kit = { blueprint, live: (kind: string) => Promise.resolve(live.filter((object) => object.kind === kind)) } as unknown as Kit;
  const [subject] = check?.subjects(blueprint) ?? [];
  const outcome = check && subject && (await outcomeOf(check, subject, kit));
  return [outcome?.status, outcome?.why];
};
const [BOX_OFFICE, KIOSK] = ['4h57kl2exampleboxoffice', '6u1r93exampleofakiosk'];

it.each([
  ['passes where it is as stated', {}, ['passed', undefined]],
  ['passes where its clients stand in another order', { clients: [KIOSK, BOX_OFFICE] }, ['passed', undefined]],
  ['fails where another client is taken', { clients: [BOX_OFFICE, KIOSK, 'theirs'] }, ['failed', `the guard takes tokens for the client ${BOX_OFFICE} and the client ${KIOSK} and the client theirs`]],
  ['fails where one is taken no more', { clients: [BOX_OFFICE] }, ['failed', `the guard takes tokens for the client ${BOX_OFFICE}`]],
  ['fails where clients do not count', { audience_claim: 'aud' }, ['failed', `the guard takes tokens for ${BOX_OFFICE}`]],
  ['fails where any kind of token is taken', { token_types: [] }, ['failed', 'the guard takes tokens of any kind']],
  ['fails where ID tokens are', { token_types: ['access', 'id'] }, ['failed', 'the guard takes tokens of the kind token_use access and token_use id']],
  ['fails where the kind is read from elsewhere', { token_type_claim: 'typ' }, ['failed', 'the guard takes tokens of the kind typ access']],
])('KONG-02 of an issuer that is not ours %s', async (_what, changed, told) => {
  expect(await judge(changed)).toEqual(told);
});
