import { beforeEach, expect, it } from 'vitest';
import type { Blueprint, RealmClient } from '../../../../src/blueprint/types.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { applied, toldBy } from './applying.ts';
import { shop } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

const KEYS = '{"keys":[{"kty":"EC","crv":"P-256","kid":"of-reports","x":"x","y":"y"}]}';
const REPORTS = 'keycloak.client/shop/reports';
const bySecret = shop();
/** The same shop, whose reports prove by a key of theirs who they are. */
const proving = (authentication: NonNullable<RealmClient['authentication']>): Blueprint => {
  const { secret: _, ...reports } = bySecret.realm.clients['reports'] ?? expect.fail('no such client');
  return { ...bySecret, realm: { ...bySecret.realm, clients: { ...bySecret.realm.clients, reports: { ...reports, authentication } } } };
};
const byKey = proving({ method: 'private_key_jwt', algorithm: 'ES256', jwks: new Secret(KEYS) });
const byCertificate = proving({ method: 'tls_client_auth', algorithm: 'RS256', subject: 'CN=reports' });

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});
const attributes = (): Record<string, string> => keycloak.realms.get('shop')!.clients.find(({ clientId }) => clientId === 'reports')!.attributes as Record<string, string>;
const proofs = (): readonly string[] => Object.keys(attributes()).filter((name) => /jwks|jwt\.credential|x509|token\.endpoint\.auth/.test(name)).toSorted();

it.each([
  ['a key', byKey, ['token.endpoint.auth.signing.alg', 'use.jwks.url', 'use.jwks.string', 'jwks.string']],
  ['a certificate', byCertificate, ['x509.subjectdn', 'x509.allow.regex.pattern.comparison']],
])('a client that goes from %s back to its secret leaves none of it, by one apply that says so', async (_what, before, left) => {
  await applied(keycloak, before);
  expect(proofs()).toEqual([...left].toSorted());
  const [told, ...more] = await toldBy(keycloak, bySecret);
  // Until then it counts, whoever put it there: a stranger's key would look the same.
  expect(more.filter((one) => !one.startsWith(`danger ${REPORTS} attributes.`))).toEqual([]);
  for (const name of ['clientAuthenticatorType', ...left.map((one) => `attributes.${one}`)]) expect(told?.split(' ')).toContain(name);
  expect(told).toContain(`update ${REPORTS} `);
  await applied(keycloak, bySecret);
  expect(proofs()).toEqual([]);
  expect(await toldBy(keycloak, bySecret)).toEqual([]);
});

it('a key that somebody put beside the secret is told, and stays', async () => {
  await applied(keycloak, bySecret);
  Object.assign(attributes(), { 'use.jwks.string': 'true', 'jwks.string': KEYS });
  expect(await toldBy(keycloak, bySecret)).toEqual([`danger ${REPORTS} attributes.jwks.string`]);
  await applied(keycloak, bySecret);
  expect(attributes()['jwks.string']).toBe(KEYS);
});

it('what the blueprint states in the words of Keycloak stays, whichever way counts', async () => {
  const raw = { clientAuthenticatorType: 'client-jwt', attributes: { 'use.jwks.url': 'true', 'jwks.url': 'https://reports.example/keys' } };
  const stated: Blueprint = { ...bySecret, raw: { ...bySecret.raw, keycloak: { ...bySecret.raw.keycloak, clients: { reports: raw } } } };
  await applied(keycloak, stated);
  expect(await toldBy(keycloak, stated)).toEqual([]);
  expect(attributes()).toMatchObject(raw.attributes);
});

it('a client of somebody else is taken over with what it has', async () => {
  await applied(keycloak, byKey);
  delete attributes()['authctl.owner'];
  await applied(keycloak, bySecret, { adopt: true });
  expect(attributes()['jwks.string']).toBe(KEYS);
});
