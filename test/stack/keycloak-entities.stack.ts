import { randomBytes } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import type { Blueprint } from '../../src/blueprint/types.ts';
import type { PlanOptions } from '../../src/core/plan.ts';
import { Secret } from '../../src/core/secret.ts';
import { entities, shopWith } from '../unit/providers/keycloak/entities.ts';
import { stackEnv } from './authctl.ts';
import { appliedTo, toldIn } from './realm-plans.ts';

const env = stackEnv();
const url = env.KEYCLOAK_URL ?? '';
const clientSecret = env.KEYCLOAK_CLIENT_SECRET ?? '';
const realm = `kce-${randomBytes(4).toString('hex')}`;
const credentials = { realm: 'master', clientId: env.KEYCLOAK_CLIENT_ID ?? 'authctl', clientSecret: new Secret(clientSecret) };

type Stated = Parameters<typeof shopWith>[0];
const blueprint = (stated?: Stated): Blueprint => shopWith(stated, { realmName: realm, targets: { keycloak: { url, credentials } } });
const told = (of = blueprint(), options: PlanOptions = {}): Promise<readonly string[]> => toldIn(realm, of, options);
const applied = (of = blueprint(), options: PlanOptions = {}): Promise<number> => appliedTo(of, options);

/** An administrator with a browser, as far as Keycloak can tell. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const byHand = async (method: string, path: string, body?: unknown): Promise<any> => {
  const login = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: credentials.clientId, client_secret: clientSecret }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const answer = await fetch(`${url}/admin/realms/${realm}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};
const clientId = async (name: string): Promise<string> => (await byHand('GET', `/clients?clientId=${name}`))[0].id;
const exported = () => byHand('POST', '/partial-export?exportClients=true&exportGroupsAndRoles=true');
const rolePath = async (name: string): Promise<string> => `/clients/${await clientId('reports')}/roles/${encodeURIComponent(name)}`;
const STORAGE = 'org.keycloak.storage.UserStorageProvider';
const componentId = async (name: string): Promise<string> => (await byHand('GET', `/components?name=${name}`))[0].id;
const acmeId = async (): Promise<string> => (await byHand('GET', '/organizations?briefRepresentation=false')).find(({ alias }: { alias: string }) => alias === 'acme').id;
const mapperNamed = async (name: string) => (await exported()).identityProviderMappers.find((one: { name: string }) => one.name === name);
/** As the console does it: read, change, written back whole. */
const saved = async (path: string, change: (rep: Record<string, unknown>) => void = () => undefined): Promise<void> => {
  const rep = await byHand('GET', path);
  change(rep);
  await byHand('PUT', path, rep);
};

afterAll(() => byHand('DELETE', '').catch(() => undefined));

it('makes all of it from nothing, reads it back as asked for, and writes nothing the second time', async () => {
  expect((await told()).filter((text) => !text.startsWith('create '))).toEqual([]);
  await applied();
  expect(await told()).toEqual([]);
  expect(await applied()).toBe(0);
});

it('sees no change when an administrator saves it unchanged', async () => {
  await saved(await rolePath('Reader'));
  await saved('/roles/Team%20Lead');
  await saved('/identity-provider/instances/corp');
  await saved('/authentication/required-actions/UPDATE_PASSWORD');
  for (const name of ['directory', 'everybody', 'email', 'signing']) await saved(`/components/${await componentId(name)}`);
  await saved('/users/profile');
  await saved('/client-policies/profiles');
  await saved('/client-policies/policies');
  await saved(`/organizations/${await acmeId()}`);
  await saved('');
  await saved(`/groups/${(await byHand('GET', '/group-by-path/office/front%20desk')).id}`);
  await saved(`/clients/${(await byHand('GET', `/clients?clientId=${encodeURIComponent('https://partner.test/app')}`))[0].id}`);
  const { id } = await mapperNamed('customers');
  await saved(`/identity-provider/instances/corp/mappers/${id}`);
  expect(await told()).toEqual([]);
});

const drifts: readonly (readonly [what: string, change: () => Promise<unknown>, told: string])[] = [
  ['a client role', async () => saved(await rolePath('Reader'), (rep) => (rep.description = 'x')), 'update keycloak.client-role/shop/reports/Reader description'],
  [
    'what a client role contains',
    async () => byHand('DELETE', `/roles-by-id/${(await byHand('GET', await rolePath('writer/all'))).id}/composites`, [await byHand('GET', '/roles/customer')]),
    'update keycloak.client-role/shop/reports/writer/all composites',
  ],
  [
    'what a realm role contains of clients',
    async () => byHand('DELETE', `/roles-by-id/${(await byHand('GET', '/roles/Team%20Lead')).id}/composites`, [await byHand('GET', await rolePath('Reader'))]),
    'update keycloak.composite/shop/Team Lead clientRoles.reports',
  ],
  ['a realm role', () => saved('/roles/Team%20Lead', (rep) => (rep.description = 'x')), 'update keycloak.role/shop/Team Lead description'],
  ['an identity provider', () => saved('/identity-provider/instances/corp', (rep) => Object.assign(rep.config as object, { tokenUrl: 'https://other.test/token' })), 'update keycloak.identity-provider/shop/corp config.tokenUrl'],
  ['a directory', async () => saved(`/components/${await componentId('directory')}`, (rep) => Object.assign(rep.config as object, { editMode: ['WRITABLE'] })), `update keycloak.component/shop/${STORAGE}/directory config.editMode`],
  ['a mapper of it', async () => saved(`/components/${await componentId('everybody')}`, (rep) => Object.assign(rep.config as object, { role: ['admin'] })), 'update keycloak.component/shop/directory/everybody config.role'],
  ['a key', async () => saved(`/components/${await componentId('signing')}`, (rep) => Object.assign(rep.config as object, { priority: ['60'] })), 'update keycloak.component/shop/org.keycloak.keys.KeyProvider/signing config.priority'],
  ['a group', async () => saved(`/groups/${(await byHand('GET', '/group-by-path/office')).id}`, (rep) => (rep.description = 'x')), 'update keycloak.group/shop/office description'],
  [
    'a role of a group below it',
    async () => byHand('DELETE', `/groups/${(await byHand('GET', '/group-by-path/office/front%20desk')).id}/role-mappings/clients/${await clientId('reports')}`, [await byHand('GET', await rolePath('Reader'))]),
    'update keycloak.group/shop/office/front desk clientRoles.reports',
  ],
  ['a required action', () => saved('/authentication/required-actions/UPDATE_PASSWORD', (rep) => (rep.defaultAction = false)), 'update keycloak.required-action/shop/UPDATE_PASSWORD defaultAction'],
  [
    'an attribute of the user profile',
    () => saved('/users/profile', (rep) => ((rep.attributes as { name: string; displayName?: string }[]).find(({ name }) => name === 'phone')!.displayName = 'x')),
    'update keycloak.user-attribute/shop/phone displayName',
  ],
  ['a client', async () => byHand('PUT', `/clients/${(await byHand('GET', `/clients?clientId=${encodeURIComponent('https://partner.test/app')}`))[0].id}`, { bearerOnly: false }), 'update keycloak.client/shop/https://partner.test/app bearerOnly'],
  ['a client scope', async () => saved(`/client-scopes/${(await byHand('GET', '/client-scopes')).find(({ name }: { name: string }) => name === 'department').id}`, (rep) => (rep.description = 'x')), 'update keycloak.client-scope/shop/department description'],
  ['a text of the login page', () => byHand('POST', '/localization/de', { loginTitle: 'Passwort', other: 'x' }), 'update keycloak.texts/shop/de texts.loginTitle texts.other'],
  ['a profile for clients', () => saved('/client-policies/profiles', (rep) => (rep.profiles as { executors: unknown[] }[])[0]!.executors.pop()), 'update keycloak.client-profile/shop/asks for PKCE executors'],
  ['a policy for clients', () => saved('/client-policies/policies', (rep) => ((rep.policies as { name: string; enabled: boolean }[]).find(({ name }) => name === 'public ones')!.enabled = false)), 'update keycloak.client-policy/shop/public ones enabled'],
  ['an organization', async () => saved(`/organizations/${await acmeId()}`, (rep) => void (rep.domains as object[]).push({ name: 'evil.test', verified: true })), 'update keycloak.organization/shop/acme domains.evil.test'],
  ['who vouches for it', async () => byHand('DELETE', `/organizations/${await acmeId()}/identity-providers/corp`), 'update keycloak.organization/shop/acme identityProviders'],
  ['what every new account joins', async () => byHand('PUT', `/default-groups/${(await byHand('GET', '/group-by-path/office')).id}`), 'update keycloak.default-groups/shop groups'],
  [
    'a role of the account of a client',
    async () => byHand('DELETE', `/users/${(await byHand('GET', `/clients/${await clientId('robot')}/service-account-user`)).id}/role-mappings/clients/${await clientId('robot')}`, [await byHand('GET', `/clients/${await clientId('robot')}/roles/own`)]),
    'update keycloak.grant/shop/account/robot clientRoles.robot',
  ],
  [
    'a role in the tokens of a client',
    async () => byHand('POST', `/clients/${await clientId('robot')}/scope-mappings/clients/${await clientId('reports')}`, [await byHand('GET', await rolePath('writer/all'))]),
    'update keycloak.grant/shop/client/robot clientRoles.reports',
  ],
  [
    'a mapper of it',
    async () => saved(`/identity-provider/instances/corp/mappers/${(await mapperNamed('customers')).id}`, (rep) => Object.assign(rep.config as object, { role: 'admin' })),
    'update keycloak.identity-provider-mapper/shop/corp/customers config.role',
  ],
];
it.each(drifts)('names what somebody changed by hand, and puts it back: %s', async (_what, change, change_told) => {
  await change();
  expect((await told()).filter((text) => text.startsWith('update')).map((text) => text.replaceAll(', ', ' '))).toEqual([change_told]);
  await applied();
  expect(await told()).toEqual([]);
});

it('leaves a mapper that somebody made on an identity provider of ours', async () => {
  const theirs = { name: 'theirs', identityProviderAlias: 'corp', identityProviderMapper: 'hardcoded-attribute-idp-mapper', config: { attribute: 'a', 'attribute.value': 'b' } };
  await byHand('POST', '/identity-provider/instances/corp/mappers', theirs);
  await saved('/identity-provider/instances/corp', (rep) => (rep.displayName = 'changed'));
  const beside = 'danger keycloak.identity-provider-mapper/shop/corp/theirs';
  expect(await told()).toEqual(['update keycloak.identity-provider/shop/corp displayName', beside]);
  await applied();
  expect(await told()).toEqual([beside]);
  await byHand('DELETE', `/identity-provider/instances/corp/mappers/${(await mapperNamed('theirs')).id}`);
});

it('makes an account once, with its roles and groups, and compares nothing of it', async () => {
  const [seed] = await byHand('GET', '/users?exact=true&briefRepresentation=false&username=seed.one');
  expect(seed).toMatchObject({ email: 'seed.one@shop.test', attributes: { phone: ['1'] } });
  const { clientMappings } = await byHand('GET', `/users/${seed.id}/role-mappings`);
  expect(Object.keys(clientMappings)).toEqual(['reports']);
  expect((await byHand('GET', `/users/${seed.id}/groups`)).map(({ path }: { path: string }) => path)).toEqual(['/office/front desk']);
  await byHand('PUT', `/users/${seed.id}`, { ...seed, email: 'elsewhere@shop.test' });
  expect(await told()).toEqual([]);
});

it('lets go of what is plugged in, which is in the way then, and takes it over again', async () => {
  const { components: _components, ...rest } = entities;
  const signing = 'keycloak.component/shop/org.keycloak.keys.KeyProvider/signing';
  const before = (await exported()).components;
  await applied(blueprint(rest), { release: ['keycloak.component/*'] });
  expect((await exported()).components).toEqual(before);
  expect((await told(blueprint(rest))).filter((text) => text.startsWith('orphan'))).toEqual([]);
  expect(await told()).toContain(`blocked ${signing}`);
  await saved(`/components/${await componentId('signing')}`, (rep) => Object.assign(rep.config as object, { priority: ['60'] }));
  expect(await told(blueprint(), { adopt: true })).toContain(`adopt ${signing} config.priority`);
  await applied(blueprint(), { adopt: true });
  expect(await told()).toEqual([]);
  // What was there before is let go, never deleted.
  await applied(blueprint(rest), { prune: true });
  expect((await exported()).components['org.keycloak.keys.KeyProvider'].map(({ name }: { name: string }) => name)).toContain('signing');
  for (const name of ['signing', 'directory']) await byHand('DELETE', `/components/${await componentId(name)}`);
  await applied();
  expect(await told()).toEqual([]);
});

it('takes over policies that Keycloak ships, two of which have one name', async () => {
  const providerType = 'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy';
  const policy = { name: 'Allowed Client Scopes', providerId: 'allowed-client-templates', providerType };
  const stated = blueprint({ ...entities, components: { ...entities.components, strangers: { ...policy, subType: 'anonymous', config: { 'allow-default-scopes': 'false' } }, known: { ...policy, subType: 'authenticated', config: {} } } });
  await applied(stated, { adopt: true });
  expect((await told(stated)).filter((text) => !text.startsWith('danger'))).toEqual([]);
  const shipped = (await exported()).components[providerType].filter(({ name }: { name: string }) => name === policy.name);
  expect(shipped.map(({ subType, config }: { subType: string; config: object }) => [subType, config]).toSorted()).toEqual([['anonymous', { 'allow-default-scopes': ['false'] }], ['authenticated', { 'allow-default-scopes': ['true'] }]]);
  await applied(blueprint(), { prune: true });
  expect((await told()).filter((text) => !text.startsWith('danger'))).toEqual([]);
});

it('lets go of what it is asked to, and takes away the rest when the blueprint no longer says it', async () => {
  const nothing = blueprint({});
  await applied(nothing, { release: ['keycloak.identity-provider*'] });
  expect((await told(nothing)).filter((text) => text.startsWith('orphan')).every((text) => !text.includes('identity-provider'))).toBe(true);
  await applied(nothing, { prune: true });
  const left = await exported();
  expect(left.identityProviders.map(({ alias }: { alias: string }) => alias)).toEqual(['corp']);
  expect(JSON.stringify(left.identityProviders)).not.toContain('authctl.');
  expect(left.requiredActions.find(({ alias }: { alias: string }) => alias === 'UPDATE_PASSWORD')).toMatchObject({ enabled: true, defaultAction: false, config: {} });
  expect((await byHand('GET', '/users/profile')).attributes.map(({ name }: { name: string }) => name)).not.toContain('phone');
  expect(left.components).not.toHaveProperty([STORAGE]);
  expect(left.components['org.keycloak.keys.KeyProvider'].map(({ name }: { name: string }) => name)).not.toContain('signing');
  expect(left.groups.map(({ name }: { name: string }) => name)).not.toContain('office');
  const [seed] = await byHand('GET', '/users?exact=true&briefRepresentation=false&username=seed.one');
  expect(JSON.stringify(seed)).not.toContain('authctl.');
  expect(left.roles.client.reports).toEqual([]);
  expect(left.roles.realm.map(({ name }: { name: string }) => name)).not.toContain('Team Lead');
});
