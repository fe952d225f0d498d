import { expect, it } from 'vitest';
import { shop } from './blueprint.ts';
import { world } from './reach-world.ts';

const SAYS = { 'claim.name': 'team', 'claim.value': 'sales', 'access.token.claim': 'true' };
const AUDIENCE = { 'included.custom.audience': 'orders', 'access.token.claim': 'true' };
const SCOPE = 'orders:read';
const CLAIM = 'oidc-hardcoded-claim-mapper';
const mappers = {
  'of a.team': { type: CLAIM, config: SAYS },
  'in the id token': { type: CLAIM, config: { ...SAYS, 'id.token.claim': 'true' } },
  'in no token': { type: CLAIM, config: { ...SAYS, 'access.token.claim': 'false' } },
  'by itself': { type: 'oidc-audience-resolve-mapper', config: {} },
  audience: { type: 'oidc-audience-mapper', config: AUDIENCE },
  'silent audience': { type: 'oidc-audience-mapper', config: { ...AUDIENCE, 'access.token.claim': 'false' } },
};
const { told, scope } = world(() => {
  const made = shop();
  const { [SCOPE]: stated = expect.unreachable('the shop has no such scope'), ...others } = made.realm.scopes;
  return { ...made, realm: { ...made.realm, scopes: { ...others, [SCOPE]: { ...stated, mappers } } } };
});

/** What is told of a mapper of the blueprint that is live with these fields besides. */
const toldOf = (mapper: keyof typeof mappers, saved: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const { config: held } = scope(SCOPE).protocolMappers.find((one: { readonly name: string }) => one.name === mapper) as { config: object };
  Object.assign(held, saved);
  return told();
};

it.each([
  ['of a.team', { 'introspection.token.claim': 'true', 'lightweight.claim': 'false', 'userinfo.token.claim': 'false', 'id.token.claim': 'false', 'access.tokenResponse.claim': 'false' }],
  ['in the id token', { 'userinfo.token.claim': 'true', 'introspection.token.claim': 'true' }],
  ['in no token', { 'introspection.token.claim': 'false' }],
  ['by itself', { 'access.token.claim': 'true', 'introspection.token.claim': 'true' }],
] as const)('is told nothing of what the admin console writes out when a mapper is saved (%s)', async (mapper, saved) => {
  expect(await toldOf(mapper, saved)).toEqual([]);
});

it.each([
  ['introspection that no longer tells it', 'of a.team', { 'introspection.token.claim': 'false' }, 'breaks'],
  ['introspection that no longer tells the audience', 'audience', { 'introspection.token.claim': 'false' }, 'breaks'],
  ['introspection that tells an audience which is silent', 'silent audience', { 'introspection.token.claim': 'true' }, 'opens'],
  ['a lightweight token that is good for an audience which is silent', 'silent audience', { 'lightweight.claim': 'true' }, 'opens'],
  ['a lightweight token that says what the token says', 'of a.team', { 'lightweight.claim': 'true' }, 'differs'],
  ['the id token', 'of a.team', { 'id.token.claim': 'true' }, 'differs'],
  ['userinfo that no longer tells what the id token says', 'in the id token', { 'userinfo.token.claim': 'false' }, 'differs'],
  ['the answer beside the token', 'of a.team', { 'access.tokenResponse.claim': 'true' }, 'differs'],
] as const)('is told of %s', async (_, mapper, saved, effect) => {
  const [field = ''] = Object.keys(saved);
  expect(await toldOf(mapper, saved)).toEqual([expect.stringContaining(`${effect} client-scope/${SCOPE} mappers.${mapper}.config.${field}: `)]);
});
