import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createAuthctl } from '../../../src/app/index.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

type Entities = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
/** An export of a realm, by the version whose shipped objects are known; what every realm has is not in it. */
const importOf = async (rest: object, version: string | undefined = '26.7.4') => {
  await writeFile(join(cwd, 'realm.json'), JSON.stringify({ realm: 'shop', ...(version !== '' && { keycloakVersion: version }), ...rest }));
  const { data, problems } = await createAuthctl({ env: {}, cwd, localStack: false }).import({ files: ['realm.json'] });
  expect(problems).toEqual([]);
  const blueprint = parse(data!.blueprint) as { raw?: { keycloak?: { entities?: Entities } } };
  return { text: data!.blueprint, entities: blueprint.raw?.keycloak?.entities ?? {}, unsaid: data!.unsaid.map(({ address }) => address) };
};
const LISTS = { defaultClientScopes: ['acr', 'basic', 'email', 'profile', 'roles', 'web-origins'], optionalClientScopes: ['address', 'microprofile-jwt', 'offline_access', 'organization', 'phone'] };

describe('what a realm that is made anew would have otherwise', () => {
  it.each([
    ['is stated of an account without its scope', LISTS, LISTS],
    ['is not stated of one that has it', { ...LISTS, defaultClientScopes: [...LISTS.defaultClientScopes, 'service_account'] }, {}],
  ])('%s', async (_, lists, stated) => {
    const { entities } = await importOf({ clients: [{ clientId: 'batch', serviceAccountsEnabled: true, ...lists }] });
    const { defaultClientScopes, optionalClientScopes } = entities.clients?.batch ?? {};
    expect({ ...(defaultClientScopes !== undefined && { defaultClientScopes }), ...(optionalClientScopes !== undefined && { optionalClientScopes }) }).toEqual(stated);
  });

  it('is off in a client of SAML that does not say so, and as it says where it does', async () => {
    const { entities } = await importOf({ clients: [{ clientId: 'saml', protocol: 'saml', attributes: { 'saml.client.signature': 'true' } }, { clientId: 'oidc', protocol: 'openid-connect' }] });
    expect(entities.clients?.saml?.attributes).toEqual({ 'saml.authnstatement': 'false', 'saml.client.signature': 'true', 'saml.force.post.binding': 'false', 'saml.server.signature': 'false' });
    expect(entities.clients?.oidc).not.toHaveProperty('attributes');
  });

  it('is said of the groups of an account', async () => {
    const { entities } = await importOf({ clients: [{ clientId: 'batch', serviceAccountsEnabled: true }], users: [{ username: 'service-account-batch', serviceAccountClientId: 'batch', groups: ['/staff', '/office'] }] });
    expect(entities.clients?.batch?.serviceAccountGroups).toEqual(['/office', '/staff']);
  });

  it('is not said of a scope that Keycloak forgets in such a client, and is named', async () => {
    const { entities, unsaid } = await importOf({ clients: [{ clientId: 'web', ...LISTS, defaultClientScopes: [...LISTS.defaultClientScopes, 'role_list'] }] });
    expect(entities.clients?.web?.defaultClientScopes).toEqual(LISTS.defaultClientScopes);
    expect(unsaid).toContain('client web, defaultClientScopes');
  });

  const users = [{ username: 'ada', realmRoles: ['default-roles-shop'] }, { username: 'bea', realmRoles: [] }];
  it('is named of required actions, scopes and accounts, where the whole realm was looked at', async () => {
    const { unsaid } = await importOf({ users, clientScopes: [], defaultDefaultClientScopes: ['basic'], requiredActions: [{ alias: 'CONFIGURE_TOTP', enabled: true }] });
    expect(unsaid).toEqual(expect.arrayContaining(['required action UPDATE_PASSWORD', 'client scope profile', 'default client scope email', 'users, default role']));
    expect(unsaid).not.toEqual(expect.arrayContaining(['required action CONFIGURE_TOTP']));
    expect(unsaid).not.toContain('default client scope basic');
  });
  it('is named of none where somebody wrote a file by hand', async () => {
    const { unsaid } = await importOf({ users, requiredActions: [{ alias: 'CONFIGURE_TOTP', enabled: true }], clientScopes: [] }, '');
    expect(unsaid).toEqual([]);
  });

  const everybody = (account: readonly string[], more: object = {}) => ({ roles: { realm: [{ name: 'default-roles-shop', composites: { realm: ['offline_access', 'uma_authorization'], client: { account, ...more } } }] } });
  it.each<readonly [what: string, realm: object, stated: object | undefined]>([
    ['as Keycloak ships it', everybody(['view-profile', 'manage-account']), undefined],
    ['with more', everybody(['view-profile', 'manage-account', 'view-groups'], { app: ['reader'] }), { composites: { client: { account: ['manage-account', 'view-groups', 'view-profile'], app: ['reader'] } } }],
    ['with less', everybody(['view-profile']), { composites: { client: { account: ['view-profile'] } } }],
    ['with nothing', everybody([]), { composites: { client: { account: [] } } }],
  ])('is said of the roles of clients that every account has: %s', async (_, realm, stated) => {
    const { entities, unsaid } = await importOf(realm);
    expect(entities.roles?.['default-roles-shop']).toEqual(stated);
    expect(unsaid.filter((one) => one.startsWith('default role'))).toEqual([]);
  });
  it('is said of them where another version had more, and not where it had less', async () => {
    expect((await importOf(everybody(['view-profile']), '19.0.3')).entities.roles).toBeUndefined();
    expect((await importOf(everybody(['manage-account', 'view-profile', 'x']), '19.0.3')).entities.roles?.['default-roles-shop']).toEqual({ composites: { client: { account: ['manage-account', 'view-profile', 'x'] } } });
  });
  it('has above the line that everybody may rule the realm by it', async () => {
    const { text } = await importOf(everybody(['manage-account', 'view-profile'], { 'realm-management': ['view-users'] }));
    expect(text).toMatch(/# unsafe: every account may do this with the realm[^\n]*\n\s+realm-management: \[ view-users \]/);
  });

  it('is named of the client by which Keycloak is managed, which nobody may change', async () => {
    const { entities, unsaid } = await importOf({ clients: [{ clientId: 'realm-management', bearerOnly: true, description: 'changed' }] });
    expect([unsaid, entities]).toEqual([expect.arrayContaining(['client realm-management']), {}]);
  });

  it('is named of keys that only old versions keep in the realm itself', async () => {
    expect((await importOf({ privateKey: 'planted', certificate: 'MII', publicKey: '' }, '4.8.3')).unsaid).toEqual(expect.arrayContaining(['realm.privateKey', 'realm.certificate']));
  });
});

it('says at its place what the server does not show, as a comment that is no value yet', async () => {
  const { text, entities, unsaid } = await importOf({ identityProviders: [{ alias: 'corp', providerId: 'oidc', config: { clientId: 'shop', clientSecret: '**********' } }] });
  expect(text).toMatch(/# not shown: clientSecret\. Where the realm is made anew, state clientSecret: \$\{IDENTITY_PROVIDERS_CORP_CLIENT_SECRET\}\n\s+config:\n\s+clientId: shop/);
  expect(entities.identityProviders?.corp?.config).toEqual({ clientId: 'shop' });
  expect(unsaid).toContain('raw.keycloak.entities.identityProviders.corp.config.clientSecret');
});
