import { randomBytes } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { spokenUnsaid } from '../../src/providers/keycloak/reach/mappers.ts';
import { stackEnv } from './authctl.ts';
import { keycloakAdmin } from './looking/by-hand.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';

const realm = `mappers-${randomBytes(4).toString('hex')}`;
const keycloak = keycloakByHand(realm);
afterAll(() => keycloak.ask('DELETE', '', undefined, { missing: true }));

/** By what a mapper states of where it speaks. */
const STATED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nowhere: {},
  token: { 'access.token.claim': 'true' },
  tokenAlone: { 'access.token.claim': 'true', 'introspection.token.claim': 'false' },
  introspectionAlone: { 'introspection.token.claim': 'true' },
  id: { 'id.token.claim': 'true' },
  idAlone: { 'id.token.claim': 'true', 'userinfo.token.claim': 'false' },
  userinfoAlone: { 'userinfo.token.claim': 'true' },
};
type Claims = Readonly<Record<string, unknown>>;

it('a mapper that does not say where it speaks does as it is taken to do', async () => {
  await keycloakAdmin(stackEnv())('POST', '', { realm, enabled: true });
  const mapper = (name: string, config: object) => ({ name, protocol: 'openid-connect', protocolMapper: 'oidc-hardcoded-claim-mapper', config: { 'claim.name': name, 'claim.value': 'said', 'jsonType.label': 'String', ...config } });
  const [password, secret] = ['a-password-of-ana', 'a-secret-of-batch'];
  await keycloak.ask('POST', '/users', { username: 'ana', enabled: true, emailVerified: true, email: 'ana@bench.test', firstName: 'Ana', lastName: 'A', credentials: [{ type: 'password', value: password }] });
  await keycloak.ask('POST', '/clients', {
    clientId: 'batch', secret, directAccessGrantsEnabled: true, standardFlowEnabled: false,
    protocolMappers: [
      ...Object.entries(STATED).map(([name, config]) => mapper(name, config)),
      { name: 'audience', protocol: 'openid-connect', protocolMapper: 'oidc-audience-mapper', config: { 'included.client.audience': 'batch', 'access.token.claim': 'true' } },
    ],
  }); // prettier-ignore
  const ask = async (path: string, form: Readonly<Record<string, string>>, bearer?: string): Promise<Claims> => {
    const body = new URLSearchParams({ client_id: 'batch', client_secret: secret, ...form });
    const answer = await fetch(`${stackEnv().KEYCLOAK_URL ?? ''}/realms/${realm}/protocol/openid-connect/${path}`, bearer === undefined ? { method: 'POST', body } : { headers: { authorization: `Bearer ${bearer}` } });
    return (await answer.json()) as Claims;
  };
  const claimsOf = (token: unknown): Claims => JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Claims;
  const { access_token: token, id_token: id } = await ask('token', { grant_type: 'password', username: 'ana', password, scope: 'openid' });
  const places = {
    'access.token.claim': claimsOf(token),
    'introspection.token.claim': await ask('token/introspect', { token: String(token) }),
    'id.token.claim': claimsOf(id),
    'userinfo.token.claim': await ask('userinfo', {}, String(token)),
  };
  const found = Object.keys(STATED).map((name) => [name, Object.entries(places).flatMap(([place, claims]) => (claims[name] === 'said' ? [place] : []))]);
  const taken = Object.entries(STATED).map(([name, config]) => {
    const all = { ...spokenUnsaid({ protocolMapper: 'oidc-hardcoded-claim-mapper', config }), ...config };
    return [name, Object.keys(places).filter((place) => Object.entries(all).some(([one, value]) => one === place && value === 'true'))];
  });
  expect(found).toEqual(taken);
  expect(Object.fromEntries(found)).toMatchObject({ nowhere: [], token: ['access.token.claim', 'introspection.token.claim'], id: ['id.token.claim', 'userinfo.token.claim'] });
});
