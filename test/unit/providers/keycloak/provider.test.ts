import { beforeEach, describe, expect, it } from 'vitest';
import type { Blueprint, JsonFields } from '../../../../src/blueprint/types.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { CLIENTS_OF_A_PAGE } from '../../../../src/providers/keycloak/snapshot.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { applied, expansion, planned, toldBy } from './applying.ts';
import { aPersona, line, shop, target } from './blueprint.ts';
import { groupsOf } from './fake/groups.ts';
import { newRealm } from './fake/new-realm.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import { resources } from './resources.ts';

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});

const plan = (blueprint: Blueprint, options: PlanOptions = {}) => planned(keycloak, blueprint, options);
const told = (blueprint: Blueprint = shop(), options: PlanOptions = {}) => toldBy(keycloak, blueprint, options);
const apply = (blueprint: Blueprint = shop(), options: PlanOptions = {}) => applied(keycloak, blueprint, options);
const realm = () => keycloak.realms.get('shop')!;
const client = (clientId: string) => realm().clients.find((item) => item.clientId === clientId)!;
const user = (username: string) => realm().users.find((item) => item.username === username)!;
const rawKeycloak = (raw: object): Blueprint =>
  shop({ raw: { keycloak: { realm: {}, clients: {}, entities: {}, ...raw }, kong: { services: {}, routes: {}, plugins: {}, entities: {} } } });

describe('the Keycloak provider', () => {
  it('makes everything from nothing, and what it made reads back as asked for', async () => {
    expect((await told()).every((text) => text.startsWith('create '))).toBe(true);
    await apply();
    expect(await told()).toEqual([]);
    expect(realm().profile).toEqual({ ...newRealm('shop').profile, unmanagedAttributePolicy: 'ADMIN_EDIT' });
    expect(client('storefront')).toMatchObject({
      publicClient: true,
      directAccessGrantsEnabled: false,
      attributes: { 'authctl.owner': 'shop', 'authctl.protected': 'true' },
    });
    expect(client('reports')).toMatchObject({ publicClient: false, secret: 'reports-secret', attributes: { 'authctl.owner': 'shop' } });
    expect(user('alice')).toMatchObject({ password: 'alice-password', email: 'alice@shop.test' });
  });

  it('reads a realm with a handful of requests, once for all kinds, and writes nothing when nothing is to do', async () => {
    await apply();
    keycloak.sent.length = 0;
    const writes = keycloak.requests().writes;
    await apply();
    expect(keycloak.requests().writes).toBe(writes);
    expect(keycloak.sent).toEqual([
      'LOGIN',
      'GET /shop/clients',
      'POST /shop/partial-export',
      'GET /shop/users',
      `GET /shop/users/${user('alice').id}/credentials`,
      `GET /shop/users/${user('sam').id}/credentials`,
      `GET /shop/users/${user('alice').id}/role-mappings/realm`,
      `GET /shop/users/${user('sam').id}/role-mappings/realm`,
      ...resources.flatMap(({ reads }) => reads?.('shop', [user('alice').id, user('sam').id]) ?? []),
      // Whose keys sign.
      'GET /shop/keys',
      // Who else has the blueprint's roles, or may give them.
      ...['customer', 'support', 'admin'].map((name) => `GET /shop/roles/${name}/users`),
      ...['realm-admin', 'manage-users', 'manage-realm', 'manage-clients', 'manage-identity-providers', 'impersonation', 'view-clients', 'create-client', 'manage-authorization', 'view-users', 'query-users', 'view-events'].map(
        (name) => `GET /shop/clients/${client('realm-management').id}/roles/${name}/users`,
      ),
      `GET /shop/groups/${groupsOf(realm())[0]!.id}/members`,
      'GET /shop/clients-initial-access',
      // Who rules the realm from outside of it.
      'POST /master/partial-export',
      'GET /master/users',
      'GET /master/keys',
    ]);
  });

  describe('of many clients', () => {
    const many = (count: number): Blueprint => {
      const plain = shop();
      const one = plain.realm.clients.reports!;
      return { ...plain, realm: { ...plain.realm, clients: Object.fromEntries(Array.from({ length: count }, (_, at) => [`client-${at}`, one])) } };
    };
    const read = async (blueprint: Blueprint): Promise<string[]> => {
      keycloak.sent.length = 0;
      expect(await told(blueprint)).toEqual([]);
      return keycloak.sent.filter((text) => /shop\/(clients|partial-export)$/.test(text));
    };
    const [page, exported] = ['GET /shop/clients', 'POST /shop/partial-export'];

    it('reads pages before the export, which then finds what Keycloak has loaded', async () => {
      await apply(many(CLIENTS_OF_A_PAGE + 50));
      expect(await read(many(CLIENTS_OF_A_PAGE + 50))).toEqual([page, page, exported]);
    });

    it('reads them once more, all together, where one was made or deleted between two pages', async () => {
      const blueprint = many(CLIENTS_OF_A_PAGE + 50);
      await apply(blueprint);
      // The first one went after the first page was read: what would begin the second page is then on neither.
      const gone = { ...realm().clients[0]!, id: 'gone', clientId: 'gone' };
      keycloak.interrupt(/GET \/shop\/clients$/, { status: 200, body: [gone, ...realm().clients.slice(0, CLIENTS_OF_A_PAGE - 1)] });
      expect(await read(blueprint)).toEqual([page, page, exported, page]);
    });
  });

  it('reads again after a write, and after a failed read', async () => {
    const provider = createKeycloakProvider(shop(), keycloak);
    const roles = provider.kinds.find(({ name }) => name === 'keycloak.role')!;
    keycloak.interrupt(/partial-export/, { status: 500, body: { error: 'unknown_error' } });
    await expect(roles.list()).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED' });
    expect(await roles.list()).toEqual([]);
    await provider.kinds[0]!.put(expansion(shop()).desired[0]!, undefined);
    expect((await roles.list()).map(({ id }) => id)).toEqual(['shop/default-roles-shop', 'shop/offline_access', 'shop/uma_authorization']);
  });

  it('lists the members of each role instead when there are more users than roles', async () => {
    const password = new Secret('password');
    const personas = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`user${at}`, aPersona(at % 2 ? ['customer'] : ['support', 'admin'], password)]),
    );
    await apply(shop({ personas }));
    keycloak.sent.length = 0;
    expect(await told(shop({ personas }))).toEqual([]);
    expect(keycloak.sent.filter((text) => text.includes('role-mappings'))).toEqual([]);
    // Once to compare, once more, of ours, to see who else has them.
    const asked = keycloak.sent.filter((text) => text.includes('/shop/roles/')).toSorted();
    expect([...new Set(asked)]).toEqual(
      ['admin', 'customer', 'offline_access', 'support', 'uma_authorization'].map((name) => `GET /shop/roles/${name}/users`),
    );
  });

  it('asks nothing of what accounts have that are made once', async () => {
    const users = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`seed${at}`, { email: `seed${at}@shop.test` }]));
    const seeded = rawKeycloak({ entities: { users } });
    await apply(seeded);
    keycloak.sent.length = 0;
    expect(await told(seeded)).toEqual([]);
    // Of the two personas alone.
    expect(keycloak.sent.filter((text) => text.endsWith('/role-mappings/realm'))).toEqual([user('alice'), user('sam')].map(({ id }) => `GET /shop/users/${id}/role-mappings/realm`));
    expect(keycloak.sent.filter((text) => text.startsWith('GET /shop/roles/') && /offline_access|uma_authorization/.test(text))).toEqual([]);
  });

  it('reads lists when it may not export, and sees the same', async () => {
    await apply();
    keycloak.forbidden = /partial-export/;
    expect(await told()).toEqual([]);
    realm()
      .links.get(`clients/${client('reports').id}/scope-mappings/realm`)
      ?.add('admin');
    realm()
      .links.get(`users/${user('service-account-reports').id}/role-mappings/realm`)
      ?.add('admin');
    expect(await told()).toEqual(['update keycloak.client/shop/reports scopeMappings serviceAccountRoles']);
  });

  it('never takes what it may not see for absent', async () => {
    await apply();
    for (const path of [/GET \/shop\/clients$/, /GET \/shop\/users$/, /partial-export|GET \/shop$/, /partial-export|client-scopes/]) {
      keycloak.forbidden = path;
      await expect(plan(shop())).rejects.toMatchObject({ code: 'KEYCLOAK_FORBIDDEN' });
    }
    keycloak.forbidden = undefined;
    keycloak.interrupt(/GET \/shop\/clients$/, { status: 200, body: [] });
    await expect(plan(shop())).rejects.toMatchObject({ code: 'KEYCLOAK_FORBIDDEN' });
  });

  const scope = (name: string) => realm().scopes.find((item) => item.name === name)!;
  const role = (name: string) => realm().roles.find((item) => item.name === name)!;
  it.each<[what: string, change: () => void, found: string]>([
    [
      'a scope that moved to the other list',
      () => Object.assign(client('storefront'), { defaultClientScopes: ['basic', 'orders:write'], optionalClientScopes: ['orders:read'] }),
      'client/shop/storefront defaultClientScopes optionalClientScopes',
    ],
    ['a mapper that is gone', () => (scope('orders:read').protocolMappers = []), 'client-scope/shop/orders:read mappers.audience orders'],
    [
      'a mapper that says something else',
      () => (scope('orders:read').protocolMappers[0].config['included.custom.audience'] = 'all'),
      'client-scope/shop/orders:read mappers.audience orders.config.included.custom.audience',
    ],
    [
      'roles in a composite',
      () => realm().links.set(`roles-by-id/${role('admin').id}/composites`, new Set(['offline_access', 'support'])),
      'role/shop/admin composites',
    ],
    [
      'roles of a client scope',
      () =>
        realm()
          .links.get(`client-scopes/${scope('orders:write').id}/scope-mappings/realm`)!
          .add('admin'),
      'client-scope/shop/orders:write scopeMappings',
    ],
    [
      'roles of a service account',
      () =>
        realm()
          .links.get(`users/${user('service-account-reports').id}/role-mappings/realm`)!
          .add('admin'),
      'client/shop/reports serviceAccountRoles',
    ],
    [
      'roles of a user',
      () =>
        realm()
          .links.get(`users/${user('alice').id}/role-mappings/realm`)!
          .clear(),
      'user/shop/alice realmRoles',
    ],
    ['a secret', () => (client('reports').secret = 'guessed'), 'client/shop/reports secret'],
  ])('finds and puts right: %s', async (_what, change, found) => {
    await apply();
    change();
    expect(await told()).toEqual([`update keycloak.${found}`]);
    await apply();
    expect(await told()).toEqual([]);
  });

  describe('a mapper that the blueprint does not state', () => {
    const theirs = { id: 'x', name: 'extra', protocol: 'openid-connect', protocolMapper: 'oidc-audience-mapper', config: { 'included.custom.audience': 'invoices' } };
    const tenant = { protocolMapper: 'oidc-usermodel-attribute-mapper', config: { 'user.attribute': 'tenant', 'claim.name': 'tenant' } };
    const names = (mappers: readonly { name: string }[] | undefined): readonly string[] => (mappers ?? []).map(({ name }) => name).toSorted();
    const mapped = (mappers: Blueprint['realm']['scopes'][string]['mappers']): Blueprint => {
      const { realm } = shop();
      return shop({ realm: { ...realm, scopes: { ...realm.scopes, 'orders:read': { ...realm.scopes['orders:read']!, mappers } }, clients: { ...realm.clients, storefront: { ...realm.clients.storefront!, mappers } } } });
    };
    const stated = mapped({ tenant: { type: tenant.protocolMapper, config: tenant.config } });

    it('stays when it was made by hand, whatever else of the object is written, and is told', async () => {
      await apply();
      for (const mappers of [(scope('orders:read').protocolMappers ??= []), (client('storefront').protocolMappers ??= [])]) mappers.push(structuredClone(theirs));
      scope('orders:read').attributes['include.in.token.scope'] = 'false';
      client('storefront').redirectUris = ['*'];
      const extra = ['danger keycloak.client-scope/shop/orders:read mappers.extra', 'danger keycloak.client/shop/storefront mappers.extra'];
      expect((await told()).toSorted()).toEqual([...extra, 'update keycloak.client-scope/shop/orders:read attributes.include.in.token.scope', 'update keycloak.client/shop/storefront redirectUris']);
      await apply();
      expect((await told()).toSorted()).toEqual(extra);
      expect([names(scope('orders:read').protocolMappers), names(client('storefront').protocolMappers)]).toEqual([['audience orders', 'extra'], ['extra']]);
      // Another mapper comes beside it.
      await apply(stated);
      expect([names(scope('orders:read').protocolMappers), names(client('storefront').protocolMappers)]).toEqual([['audience orders', 'extra', 'tenant'], ['extra', 'tenant']]);
    });

    it('goes when it was ours, as the plan says, and those of others stay', async () => {
      await apply(stated);
      for (const mappers of [scope('orders:read').protocolMappers, client('storefront').protocolMappers]) mappers.push(structuredClone(theirs));
      const dropped = ['update keycloak.client-scope/shop/orders:read mappers.tenant', 'update keycloak.client/shop/storefront mappers.tenant'];
      expect((await told()).filter((one) => one.startsWith('update')).toSorted()).toEqual(dropped);
      await apply();
      expect([names(scope('orders:read').protocolMappers), names(client('storefront').protocolMappers)]).toEqual([['audience orders', 'extra'], ['extra']]);
      expect((await told()).filter((one) => one.startsWith('update'))).toEqual([]);
    });

    it('stays when an object is taken over', async () => {
      await apply();
      for (const { attributes } of [scope('orders:read'), client('storefront')]) for (const name of Object.keys(attributes)) if (name.startsWith('authctl.')) Reflect.deleteProperty(attributes, name);
      for (const mappers of [(scope('orders:read').protocolMappers ??= []), (client('storefront').protocolMappers ??= [])]) mappers.push(structuredClone(theirs));
      await apply(stated, { adopt: true });
      expect([names(scope('orders:read').protocolMappers), names(client('storefront').protocolMappers)]).toEqual([['audience orders', 'extra', 'tenant'], ['extra', 'tenant']]);
    });
  });

  it('keeps the names of a user of whom the blueprint states only the roles', async () => {
    await apply();
    const provider = createKeycloakProvider(shop(), keycloak);
    const users = provider.kinds.find(({ name }) => name === 'keycloak.user')!;
    const live = (await users.list()).find(({ id }) => id === 'shop/sam')!;
    await users.put({ kind: 'keycloak.user', id: 'shop/sam', spec: { realmRoles: ['support'] }, after: [], origin: line }, live);
    expect(user('sam')).toMatchObject({
      email: 'sam@shop.test',
      firstName: 'sam',
      lastName: 'Persona',
      enabled: true,
      password: 'sam-password',
    });
    expect([...realm().links.get(`users/${user('sam').id}/role-mappings/realm`)!].toSorted()).toEqual(['default-roles-shop', 'support']);
  });

  it('keeps the attributes and fields that others own', async () => {
    await apply();
    realm().rep.attributes.team = 'red';
    realm().rep.accessTokenLifespan = 9;
    Object.assign(client('storefront').attributes, { team: 'red' });
    client('storefront').implicitFlowEnabled = true;
    Object.assign(user('sam'), { enabled: false, attributes: { ...user('sam').attributes, team: ['red'] } });
    await apply();
    // What is not put back is told.
    expect((await told()).toSorted()).toEqual([
      'danger keycloak.client/shop/storefront attributes.team',
      'danger keycloak.realm/shop attributes.team',
      'danger keycloak.user/shop/sam attributes.team',
    ]);
    expect(realm().rep.attributes).toEqual({ ...newRealm('shop').rep.attributes, 'authctl.owner': 'shop', team: 'red' });
    expect(client('storefront').attributes).toMatchObject({ team: 'red', realm_client: 'false' });
    expect(user('sam')).toMatchObject({
      enabled: true,
      email: 'sam@shop.test',
      firstName: 'sam',
      lastName: 'Persona',
      attributes: { team: ['red'] },
    });
  });

  it('sets a password again when the blueprint has another, and only then', async () => {
    await apply();
    const changed = shop({
      personas: { ...shop().personas, alice: aPersona(['customer'], new Secret('another-password')) },
    });
    expect(await told(changed)).toEqual(['update keycloak.user/shop/alice password']);
    await apply(changed);
    expect(await told(changed)).toEqual([]);
    expect(user('alice').password).toBe('another-password');
    user('alice').enabled = false;
    keycloak.sent.length = 0;
    await apply(changed);
    expect(keycloak.sent.filter((text) => text.endsWith('reset-password'))).toEqual([]);
  });

  describe('by another login', () => {
    const asCi = (change: { readonly shared?: Secret; readonly alice?: string } = {}): Blueprint => {
      const { targets, personas } = shop();
      const keycloakTarget = { ...target({ clientId: 'ci-read-only' }), ...(change.shared && { fingerprintKey: change.shared }) };
      return shop({
        targets: { ...targets, keycloak: keycloakTarget },
        personas: { ...personas, ...(change.alice !== undefined && { alice: aPersona(['customer'], new Secret(change.alice)) }) },
      });
    };
    const unseen = async (blueprint: Blueprint) => (await plan(blueprint)).unseen.map(({ what }) => what).filter((what) => what.includes('as stated'));

    it('says that it cannot tell whether passwords are as stated, and takes them for changed no more', async () => {
      await apply();
      expect((await told(asCi())).filter((text) => text.includes('keycloak.user'))).toEqual([]);
      expect(await unseen(asCi())).toEqual(['whether they are as stated: the password of alice, the password of sam']);
      expect(await unseen(shop())).toEqual([]);
    });

    it('sees them where both have the same key', async () => {
      const shared = new Secret('a-shared-fingerprint-key');
      const both = shop({ targets: { ...shop().targets, keycloak: { ...target(), fingerprintKey: shared } } });
      await apply(both);
      const users = async (blueprint: Blueprint) => (await told(blueprint)).filter((text) => text.includes('keycloak.user'));
      expect([await users(asCi({ shared })), await unseen(asCi({ shared }))]).toEqual([[], []]);
      expect(await users(asCi({ shared, alice: 'another-password' }))).toEqual(['update keycloak.user/shop/alice password']);
    });

    it('leaves what is kept beside a password where it changes something else', async () => {
      await apply();
      user('alice').enabled = false;
      await apply(asCi());
      expect(user('alice')).toMatchObject({ enabled: true, password: 'alice-password' });
      expect(await told()).toEqual([]);
      expect(await unseen(shop())).toEqual([]);
    });
  });

  it('marks users again after the user profile dropped and hid their attributes', async () => {
    await apply();
    realm().profile = newRealm('shop').profile;
    expect(await told()).toEqual(['update keycloak.user/shop/alice password', 'update keycloak.user/shop/sam password']);
    await apply();
    expect(await told()).toEqual([]);
  });

  it('refuses a scope that does not exist, which Keycloak would leave out in silence, and a role before it is asked', async () => {
    await apply();
    const provider = createKeycloakProvider(shop(), keycloak);
    const put = (kind: string, spec: object) =>
      provider.kinds
        .find(({ name }) => name === kind)!
        .put({ kind, id: 'shop/new', spec: { ...spec }, after: [], origin: line }, undefined);
    await expect(put('keycloak.client', { defaultClientScopes: ['basic', 'typo'] })).rejects.toMatchObject({
      code: 'KEYCLOAK_NO_SUCH_NAME',
    });
    await expect(put('keycloak.role', { composites: ['typo'] })).rejects.toMatchObject({ code: 'KEYCLOAK_NO_SUCH_NAME' });
    expect(await told()).toEqual([]);
  });

  it('does not take over what appeared since the plan', async () => {
    const blueprint = shop();
    const provider = createKeycloakProvider(blueprint, keycloak);
    const early = await makePlan([provider], expansion(blueprint), {});
    await apply(shop({ name: 'rival' }));
    const results = await applyPlan({ providers: [provider], plan: early });
    expect(results[0]).toMatchObject({ address: 'keycloak.realm/shop', outcome: 'failed', problem: { code: 'KEYCLOAK_CONFLICT' } });
    expect(new Set(results.slice(1).map(({ outcome }) => outcome))).toEqual(new Set(['skipped']));
    expect(await told(shop({ name: 'rival' }))).toEqual([]);
  });

  it('goes on where a run that was killed is still making the realm: asked again, Keycloak has it', async () => {
    const blueprint = shop();
    const provider = createKeycloakProvider(blueprint, keycloak);
    const early = await makePlan([provider], expansion(blueprint), {});
    await apply(blueprint);
    for (let times = 0; times < 2; times += 1) keycloak.interrupt(/^POST $/, { status: 400, body: { errorMessage: 'Database operation failed' } });
    const results = await applyPlan({ providers: [provider], plan: early });
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(await told(blueprint)).toEqual([]);
  });

  it('asks once for a realm that Keycloak does not take, and tells its words', async () => {
    keycloak.interrupt(/^POST $/, { status: 400, body: { errorMessage: 'not such a realm' } });
    const provider = createKeycloakProvider(shop(), keycloak);
    const [first] = await applyPlan({ providers: [provider], plan: await makePlan([provider], expansion(shop()), {}) });
    expect(first).toMatchObject({ outcome: 'failed', problem: { code: 'KEYCLOAK_REFUSED', message: expect.stringContaining('not such a realm') as string } });
  });

  it('never deletes a realm, and deletes anything else twice without a word', async () => {
    await apply();
    const provider = createKeycloakProvider(shop(), keycloak);
    const lives = (await Promise.all(provider.kinds.map((kind) => kind.list()))).flat();
    const remove = (id: string) => {
      const live = lives.find((object) => object.id === id)!;
      return provider.kinds.find(({ name }) => name === live.kind)!.remove(live);
    };
    await expect(remove('shop')).rejects.toMatchObject({ code: 'KEYCLOAK_REALM_KEPT' });
    for (const id of [
      'shop/admin',
      'shop/orders:read',
      'shop/reports',
      'shop/alice',
      'shop/admin',
      'shop/orders:read',
      'shop/reports',
      'shop/alice',
    ])
      await remove(id);
    expect((await told()).filter((text) => text.startsWith('create'))).toEqual([
      'create keycloak.role/shop/admin',
      'create keycloak.client-scope/shop/orders:read',
      'create keycloak.client/shop/reports',
      'create keycloak.user/shop/alice',
    ]);
  });

  it('finds a persona whatever the case of its name', async () => {
    const personas = { Alice: aPersona(['customer'], new Secret('alice-password')) };
    const lower = (blueprint: Blueprint) => ({
      ...expansion(blueprint),
      desired: expansion(blueprint).desired.map((object) => ({
        ...object,
        spec: { ...object.spec, ...(object.kind === 'keycloak.user' && { email: 'a@shop.test' }) },
      })),
    });
    const provider = createKeycloakProvider(shop({ personas }), keycloak);
    await applyPlan({ providers: [provider], plan: await makePlan([provider], lower(shop({ personas }))) });
    expect(changesOf(await makePlan([provider], lower(shop({ personas })))).filter(({ action }) => action !== 'keep')).toEqual([]);
  });

  it('looks through the personas once, however many users there are', async () => {
    /** How often the personas were listed while `count` users were read. */
    const looked = async (count: number): Promise<number> => {
      keycloak = fakeKeycloak();
      const password = new Secret('password');
      const personas = Object.fromEntries(Array.from({ length: count }, (_, at) => [`user${at}`, aPersona([], password)]));
      await apply(shop({ personas }));
      let listed = 0;
      const watched = new Proxy(personas, { ownKeys: (all) => ((listed += 1), Reflect.ownKeys(all)) });
      const users = createKeycloakProvider(shop({ personas: watched }), keycloak).kinds.find(({ name }) => name === 'keycloak.user')!;
      expect(await users.list()).toHaveLength(count);
      return listed;
    };
    expect(await looked(40)).toBe(await looked(2));
  });

  it('takes sets of the raw part in any order', async () => {
    const raw = rawKeycloak({
      realm: { supportedLocales: ['ja', 'en'] },
      clients: { storefront: { redirectUris: ['https://b.test', 'https://a.test'] } },
    });
    await apply(raw);
    realm().rep.supportedLocales = ['en', 'ja'];
    client('storefront').redirectUris.reverse();
    expect(await told(raw)).toEqual([]);
    client('storefront').redirectUris.push('*');
    expect(await told(raw)).toEqual(['update keycloak.client/shop/storefront redirectUris']);
  });

  it.each<[what: string, set: JsonFields, kept: JsonFields]>([
    ['for one-time passwords', { otpPolicyDigits: 8 }, { otpPolicyType: 'totp', otpPolicyAlgorithm: 'HmacSHA1', otpPolicyLookAheadWindow: 1 }],
    ['for security keys', { webAuthnPolicyCreateTimeout: 60 }, { webAuthnPolicyRpEntityName: 'keycloak', webAuthnPolicyPasswordlessUserVerificationRequirement: 'required' }],
    ['for passkeys', { webAuthnPolicyPasswordlessCreateTimeout: 60 }, { webAuthnPolicyPasswordlessUserVerificationRequirement: 'required', webAuthnPolicyPasswordlessResidentKey: 'required' }],
  ])('writes a policy as a whole, which Keycloak forgets otherwise: %s', async (_what, set, kept) => {
    const stated = rawKeycloak({ realm: set });
    await apply(stated);
    expect(realm().rep).toMatchObject({ ...set, ...kept });
    await apply();
    // What is no longer stated is nobody's, and what somebody set beside it stays.
    Object.assign(realm().rep, { otpPolicyPeriod: 60, webAuthnPolicyRpId: 'shop.test', webAuthnPolicyPasswordlessRpId: 'shop.test', ...Object.fromEntries(Object.keys(set).map((field) => [field, 5])) });
    await apply(stated);
    expect(realm().rep).toMatchObject({ ...set, ...kept, otpPolicyPeriod: 60, webAuthnPolicyRpId: 'shop.test', webAuthnPolicyPasswordlessRpId: 'shop.test' });
    expect(await told(stated)).not.toContain('update keycloak.realm/shop');
  });

  it('knows a secret that cannot be read back by its fingerprint, and never writes a mask', async () => {
    const smtp = (over: object) => rawKeycloak({ realm: { smtpServer: { host: 'mail.test', auth: 'true', ...over } } });
    const first = smtp({ password: new Secret('smtp-password') });
    await apply(first);
    expect(await told(first)).toEqual([]);
    const second = smtp({ password: new Secret('another-password') });
    expect(await told(second)).toEqual(['update keycloak.realm/shop smtpServer.password']);
    await apply(second);
    expect(realm().rep.smtpServer).toEqual({ host: 'mail.test', auth: 'true', password: 'another-password' });
    realm().rep.smtpServer.password = '**********';
    const provider = createKeycloakProvider(first, keycloak);
    const [live] = await provider.kinds[0]!.list();
    await expect(provider.kinds[0]!.put(expansion(smtp({ host: 'other.test' })).desired[0]!, live)).rejects.toMatchObject({
      code: 'KEYCLOAK_MASKED',
    });
  });

  it('refuses a part of the realm that Keycloak would ignore', async () => {
    const provider = createKeycloakProvider(shop(), keycloak);
    expect(() => expansion(rawKeycloak({ realm: { clientScopes: [] } }))).toThrow(expect.objectContaining({ problems: [expect.objectContaining({ code: 'KEYCLOAK_NOT_A_SETTING' })] }) as Error);
    const [realmObject] = expansion(shop()).desired;
    const careless = { ...realmObject!, spec: { ...realmObject!.spec, clientScopes: [] } };
    await expect(provider.kinds[0]!.put(careless, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_NOT_A_SETTING' });
    expect(keycloak.realms.size).toBe(0);
  });

  it('gives no keys before the realm is there', async () => {
    expect(await createKeycloakProvider(shop(), keycloak).output?.('keys')).toBeUndefined();
    await apply();
    expect(await createKeycloakProvider(shop(), keycloak).output?.('keys')).toEqual([
      expect.objectContaining({ alg: 'ES256', pem: expect.stringContaining('BEGIN PUBLIC KEY') as string }),
    ]);
  });
});
