import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createAuthctl } from '../../../src/app/index.ts';
import { blueprintText, draftOf } from '../../../src/import/index.ts';
import { expand } from '../../../src/patterns/index.ts';
import { client as clientType } from '../../../src/providers/keycloak/specs/client.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const LISTS = { defaultClientScopes: ['web-origins', 'acr', 'profile', 'roles', 'basic', 'email'], optionalClientScopes: ['address', 'phone', 'offline_access', 'organization', 'microprofile-jwt'] };
const PKCE = { 'pkce.code.challenge.method': 'S256' };
const web = { clientId: 'web', enabled: true, protocol: 'openid-connect', publicClient: true, standardFlowEnabled: true, fullScopeAllowed: false, redirectUris: ['https://shop.example/cb'], webOrigins: ['https://shop.example'], attributes: PKCE, ...LISTS };
const server = { ...web, clientId: 'server', publicClient: false, secret: 'planted-secret', clientAuthenticatorType: 'client-secret' };
const batch = { ...server, clientId: 'batch', standardFlowEnabled: false, serviceAccountsEnabled: true, redirectUris: [], webOrigins: [], attributes: {}, defaultClientScopes: [...LISTS.defaultClientScopes, 'service_account'] };
const byKey = (attributes: Readonly<Record<string, string>>) => ({ ...server, clientAuthenticatorType: 'client-jwt', attributes: { ...PKCE, ...attributes } });
const byCertificate = (attributes: Readonly<Record<string, string>>) => ({ ...server, clientAuthenticatorType: 'client-x509', attributes: { ...PKCE, ...attributes } });
const SET = '{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","kid":"till","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}';
const account = { username: 'service-account-batch', serviceAccountClientId: 'batch', realmRoles: ['default-roles-shop', 'clerk'] };

interface Blueprint {
  readonly realm: { readonly clients?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  readonly raw?: { readonly keycloak?: { readonly clients?: Readonly<Record<string, Readonly<Record<string, unknown>>>>; readonly entities?: { readonly clients?: Readonly<Record<string, unknown>> } } };
}
const importOf = async (...clients: readonly object[]) => {
  const realm = { realm: 'shop', keycloakVersion: '26.7.4', roles: { realm: [{ name: 'clerk' }, { name: 'boss' }] }, users: [account], clients };
  await writeFile(join(cwd, 'realm.json'), JSON.stringify(realm));
  const out = join(cwd, 'blueprint.yaml');
  const { data, problems } = await createAuthctl({ env: {}, cwd, localStack: false }).import({ files: ['realm.json'], out, force: true });
  expect(problems).toEqual([]);
  const env = Object.fromEntries(data!.secrets.map(({ variable }) => [variable, 'planted-secret']));
  const authctl = createAuthctl({ env, cwd, localStack: false });
  expect((await authctl.validate(out)).problems).toEqual([]);
  const blueprint = parse(data!.blueprint) as Blueprint;
  const wanted = expand(await authctl.load(out)).desired.filter(clientType.is);
  return { text: data!.blueprint, secrets: data!.secrets, unsafe: data!.unsafe, wanted, typed: blueprint.realm.clients ?? {}, beside: blueprint.raw?.keycloak?.clients ?? {}, entities: blueprint.raw?.keycloak?.entities?.clients ?? {} };
};

describe('a client that the fields of the blueprint can say', () => {
  it('is said by them, and beside them is only what it has otherwise', async () => {
    const { typed, beside, entities } = await importOf(web, server, batch);
    expect(entities).toEqual({});
    expect(typed).toEqual({
      web: { type: 'public', redirectUris: ['https://shop.example/cb'], webOrigins: ['https://shop.example'] },
      server: { type: 'confidential', redirectUris: ['https://shop.example/cb'], webOrigins: ['https://shop.example'], secret: '${SERVER_SECRET}' },
      batch: { type: 'service', roles: ['clerk'], secret: '${BATCH_SECRET}' },
    });
    const unstated = { 'access.token.signed.response.alg': null, 'oauth2.device.authorization.grant.enabled': null, 'oidc.ciba.grant.enabled': null, 'client.use.lightweight.access.token.enabled': null };
    const sorted = { defaultClientScopes: LISTS.defaultClientScopes.toSorted(), optionalClientScopes: LISTS.optionalClientScopes.toSorted() };
    expect(beside.web).toEqual({ ...sorted, scopeMappings: [], attributes: unstated });
    expect(beside.batch).toEqual({ ...sorted, defaultClientScopes: batch.defaultClientScopes.toSorted(), scopeMappings: [], attributes: unstated });
  });

  it('is said by them alone where it is as they make it', async () => {
    const closed = { 'access.token.signed.response.alg': 'RS256', 'oauth2.device.authorization.grant.enabled': 'false', 'oidc.ciba.grant.enabled': 'false', 'client.use.lightweight.access.token.enabled': 'true', ...PKCE, 'post.logout.redirect.uris': 'https://shop.example/a##https://shop.example/b' };
    const realm = { ...web, attributes: closed, defaultClientScopes: ['roles', 'basic', 'acr'], optionalClientScopes: [] };
    const { typed, beside } = await importOf(realm);
    expect(typed.web).toEqual({ type: 'public', redirectUris: web.redirectUris, webOrigins: web.webOrigins, postLogoutRedirectUris: ['https://shop.example/a', 'https://shop.example/b'], lightweightTokens: true });
    expect(beside).toEqual({ web: { scopeMappings: [] } });
  });

  it.each([
    ['a public one', web],
    ['one that a server has', server],
    ['a service', batch],
    ['one with everything beside', { ...web, name: 'Web', consentRequired: true, attributes: { ...PKCE, 'access.token.lifespan': '60', 'post.logout.redirect.uris': '+' }, protocolMappers: [{ name: 'ward', protocol: 'openid-connect', protocolMapper: 'oidc-usermodel-attribute-mapper', config: { 'claim.name': 'ward' } }] }],
    ['one with what nobody should have', { ...web, fullScopeAllowed: true, directAccessGrantsEnabled: true, implicitFlowEnabled: true, attributes: {} }],
    ['one that comes back to where it pleases', { ...web, attributes: { ...PKCE, 'post.logout.redirect.uris': 'https://shop.example/b##https://shop.example/a' } }],
    ['one that asks from where it is', { ...web, webOrigins: ['+'] }],
    ['one that nobody asks for tokens', { ...web, webOrigins: [] }],
    ['one that signs with its secret', { ...server, clientAuthenticatorType: 'client-secret-jwt' }],
  ])('is the same to a plan as it was: %s', async (_, source) => {
    const { wanted, typed } = await importOf(source);
    expect(Object.keys(typed)).toEqual([source.clientId]);
    const { mappers, scopeMappings, serviceAccountRoles, secret, attributes, ...fields } = wanted[0]!.spec;
    const { protocolMappers = [], attributes: held, ...rest }: { readonly protocolMappers?: readonly { readonly name: string }[]; readonly attributes: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>> = { bearerOnly: false, implicitFlowEnabled: false, directAccessGrantsEnabled: false, serviceAccountsEnabled: false, ...source };
    expect(clientType.read(Object.fromEntries(Object.keys(fields).map((name) => [name, rest[name]])))).toEqual(fields);
    expect(Object.fromEntries(Object.entries(attributes ?? {}).filter(([, value]) => value !== null))).toEqual(held);
    expect(Object.keys(mappers ?? {})).toEqual(protocolMappers.map(({ name }) => name));
    expect([scopeMappings, serviceAccountRoles, secret?.reveal()]).toEqual([[], source === batch ? ['clerk'] : undefined, 'secret' in source ? 'planted-secret' : undefined]);
  });

  it('has above the line what nobody should have, and its secret nowhere', async () => {
    const { text, unsafe } = await importOf({ ...web, fullScopeAllowed: true, directAccessGrantsEnabled: true, attributes: {} }, { ...server, protocolMappers: [{ name: 'key', protocol: 'openid-connect', protocolMapper: 'oidc-hardcoded-claim-mapper', config: { 'claim.name': 'api_key', 'claim.value': 'planted-1' } }] });
    expect(unsafe.flatMap(({ at }) => (at.includes('clients') ? [at] : []))).toEqual(['raw.keycloak.clients.web.directAccessGrantsEnabled', 'raw.keycloak.clients.web.attributes', 'raw.keycloak.clients.web.fullScopeAllowed']);
    expect(text).toMatch(/# unsafe: it takes passwords[^\n]*\n\s+directAccessGrantsEnabled: true/);
    expect(text).not.toContain('planted');
  });
});

describe('a client that proves by a key who it is', () => {
  it.each([
    ['whose keys are at an address', { 'token.endpoint.auth.signing.alg': 'PS256', 'use.jwks.url': 'true', 'jwks.url': 'https://shop.example/jwks' }, { algorithm: 'PS256', jwksUri: 'https://shop.example/jwks' }],
    ['whose keys it has told', { 'use.jwks.string': 'true', 'jwks.string': SET, 'use.jwks.url': 'false' }, { algorithm: 'ES256', jwks: '${SERVER_JWKS}' }],
    ['whose certificate it has told', { 'jwt.credential.certificate': 'MIIBszCCAVmgAwIBAgIUE2' }, { certificate: '${SERVER_CERTIFICATE}' }],
    ['who has told two ways, of which Keycloak takes one', { 'use.jwks.url': 'true', 'jwks.url': 'https://shop.example/jwks', 'jwt.credential.certificate': 'MIIBszCCAVmgAwIBAgIUE2' }, { jwksUri: 'https://shop.example/jwks' }],
  ])('%s is said so, has no secret, and is the same to a plan', async (_, attributes, said) => {
    const source = byKey(attributes);
    const { typed, entities, text, wanted, secrets } = await importOf(source);
    expect([entities, typed.server]).toEqual([{}, { type: 'confidential', redirectUris: web.redirectUris, webOrigins: web.webOrigins, authentication: { method: 'private_key_jwt', ...said } }]);
    expect(text).not.toContain('planted');
    expect(secrets.map(({ of }) => of).filter((of) => of.startsWith('client server'))).toEqual(Object.values(said).flatMap((value) => (value.startsWith('${') ? [`client server, ${value === '${SERVER_JWKS}' ? 'jwks.string' : 'jwt.credential.certificate'} (public: Keycloak shows it)`] : [])));
    const stated = Object.entries(wanted[0]!.spec.attributes ?? {}).filter(([, value]) => value !== null);
    // What is not compared is what every variable was set to.
    const shown = Object.fromEntries(stated.map(([name, value]) => [name, value === 'planted-secret' ? source.attributes[name as keyof typeof source.attributes] : value]));
    expect([shown, wanted[0]!.spec.clientAuthenticatorType, wanted[0]!.spec.secret]).toEqual([source.attributes, 'client-jwt', undefined]);
  });

  it('is said by the subject of its certificate where Keycloak is asked over TLS', () => {
    const content = { realm: 'shop', keycloakVersion: '26.7.4', clients: [byCertificate({ 'x509.subjectdn': 'CN=till,O=Shop', 'x509.allow.regex.pattern.comparison': 'false' })] };
    const draft = draftOf({ sources: [{ file: 'the realm', content, at: () => undefined }], places: { keycloak: { url: 'https://id.example', realm: 'master', clientId: 'authctl' } } });
    const { realm, raw } = parse(blueprintText(draft, [])) as Blueprint;
    expect(realm.clients?.server).toMatchObject({ type: 'confidential', authentication: { method: 'tls_client_auth', subject: 'CN=till,O=Shop' } });
    expect(raw?.keycloak?.clients?.server).not.toHaveProperty('clientAuthenticatorType');
    expect(draft.secrets.map(({ variable }) => variable)).toEqual(['KEYCLOAK_CLIENT_SECRET']);
  });

  it('has a key in it that is not public: it stays as it is, and the key is not in the file', async () => {
    const { typed, text } = await importOf(byKey({ 'use.jwks.string': 'true', 'jwks.string': SET.replace('"x"', '"d":"planted-870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","x"') }));
    expect(typed).toEqual({});
    expect(text).not.toContain('planted');
    expect(text).toContain('of its keys: a key in it is not public');
  });
});

describe('a client that stays in the words of Keycloak says why', () => {
  it.each([
    ['it is off', { ...web, enabled: false }],
    ['it gets no tokens', { ...server, bearerOnly: true }],
    ['a client of saml', { ...web, protocol: 'saml' }],
    ['no client of realm.clients is called so', { ...web, clientId: 'https://web.example' }],
    ['it acts for itself, and for people as well', { ...batch, standardFlowEnabled: true }],
    ['people do not sign in by the code flow', { ...web, standardFlowEnabled: false, implicitFlowEnabled: true }],
    ['it has authorization services', { ...batch, authorizationServicesEnabled: true }],
    ['it has no redirect URI', { ...web, redirectUris: [] }],
    ['a redirect URI with a wildcard', { ...web, redirectUris: ['https://shop.example/*'] }],
    ['is plain http', { ...web, redirectUris: ['http://shop.example/cb'] }],
    ['a wildcard origin', { ...web, webOrigins: ['*'] }],
    ['a wildcard origin', { ...web, webOrigins: ['+', 'https://shop.example'] }],
    ['a service has no redirect URIs', { ...batch, redirectUris: ['https://shop.example/cb'] }],
    ['a service has no web origins', { ...batch, webOrigins: ['https://shop.example'] }],
    ['it proves who it is by client-spiffe', { ...server, clientAuthenticatorType: 'client-spiffe' }],
    ['it proves by a key who it is, and nothing says by which', byKey({})],
    ['it proves by a key who it is, and nothing says by which', byKey({ 'use.jwks.url': 'false', 'jwks.url': 'https://shop.example/jwks' })],
    ['its assertions are signed by HS256, which takes no key', byKey({ 'token.endpoint.auth.signing.alg': 'HS256', 'use.jwks.string': 'true', 'jwks.string': SET })],
    ['of its keys: it is no JWK Set', byKey({ 'use.jwks.string': 'true', 'jwks.string': '{"keys":[]}' })],
    ['the address of its keys is none', byKey({ 'use.jwks.url': 'true', 'jwks.url': 'shop.example/jwks' })],
    ['whoever answers in its place on the way', byKey({ 'use.jwks.url': 'true', 'jwks.url': 'http://shop.example/jwks' })],
    ['it proves by a certificate who it is, and nothing says by whose', { ...server, clientAuthenticatorType: 'client-x509' }],
    ['the subject of its certificate is a pattern', byCertificate({ 'x509.subjectdn': 'CN=.*' })],
    ['nothing says that Keycloak is asked over TLS', byCertificate({ 'x509.subjectdn': 'CN=till,O=Shop', 'x509.allow.regex.pattern.comparison': 'false' })],
    ['its secret is not known there', { ...server, secret: '**********' }],
    ['which scopes it has is not said there', { ...web, optionalClientScopes: undefined }],
    ['which roles its account has is not said there', { ...batch, clientId: 'other' }],
  ])('%s', async (words, source) => {
    const { typed, beside, entities, text } = await importOf(source);
    expect([typed, beside, Object.keys(entities)]).toEqual([{}, {}, [source.clientId]]);
    expect(text).toMatch(new RegExp(`# in Keycloak's words: [^\\n]*${words}`));
  });

  it.each([
    ['has roles that are none of realm.roles', { ...account, realmRoles: ['clerk', 'offline_access'] }],
    ['is in groups', { ...account, groups: ['/staff'] }],
  ])('its account %s', async (words, user) => {
    await writeFile(join(cwd, 'realm.json'), JSON.stringify({ realm: 'shop', keycloakVersion: '26.7.4', roles: { realm: [{ name: 'clerk' }] }, users: [user], clients: [batch] }));
    const { data } = await createAuthctl({ env: {}, cwd, localStack: false }).import({ files: ['realm.json'] });
    expect(data!.blueprint).toContain(`in Keycloak's words: its account ${words}`);
  });
});
