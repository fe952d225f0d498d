import { beforeEach, describe, expect, it } from 'vitest';
import type { Desired, Live } from '../../../../src/core/resource.ts';
import { addressOf } from '../../../../src/core/resource.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import type { SendOptions } from '../../../../src/providers/http.ts';
import { applied, expansion } from './applying.ts';
import { line } from './blueprint.ts';
import { shopWith } from './entities.ts';
import { groupsOf } from './fake/groups.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import type { Body } from './fake/state.ts';

let keycloak: FakeKeycloak;
let sent: { what: string; body: Body }[];
beforeEach(async () => {
  const fake = fakeKeycloak();
  sent = [];
  keycloak = {
    ...fake,
    send: (method, path, options: SendOptions = {}) => {
      if (method !== 'GET' && !/token$|partial-export/.test(path)) sent.push({ what: `${method} ${decodeURIComponent(path.replace('/admin/realms/shop', '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID'))}`, body: structuredClone(options.body ?? {}) as Body });
      return fake.send(method, path, options);
    },
  };
  await applied(keycloak, shopWith());
  sent.length = 0;
});
const realm = () => keycloak.realms.get('shop')!;
const client = (clientId: string): Body => realm().clients.find((one) => one.clientId === clientId)!;
const user = (username: string): Body => realm().users.find((one) => one.username === username)!;
const role = (name: string): Body => realm().roles.find((one) => one.name === name)!;
const scope = (name: string): Body => realm().scopes.find((one) => one.name === name)!;
const group = (name: string): Body => groupsOf(realm()).find((one) => one.name === name)!;
const kind = (name: string) => createKeycloakProvider(shopWith(), keycloak).kinds.find((one) => one.name === `keycloak.${name}`)!;
const stated = (address: string): Desired => expansion(shopWith()).desired.find((one) => addressOf(one) === `keycloak.${address}`)!;
const put = async (address: string, spec: Desired['spec'], live?: Live, whole = false): Promise<void> => {
  const desired = stated(address);
  await kind(desired.kind.replace('keycloak.', '')).put({ ...desired, spec: whole ? spec : { ...desired.spec, ...spec } }, live);
};
const listed = async (address: string): Promise<Live> => {
  const { kind: of, id } = stated(address);
  return (await kind(of.replace('keycloak.', '')).list()).find((one) => one.id === id)!;
};
const whats = (): string[] => sent.map(({ what }) => what);
const names = (body: Body): string[] => (body as Body[]).map(({ name }) => String(name)).toSorted();

describe('what is written of a client', () => {
  it('that is as it should be is the client alone', async () => {
    await put('client/shop/reports', {}, await listed('client/shop/reports'));
    expect(whats()).toEqual(['PUT /clients/ID']);
    expect(sent[0]?.body).toMatchObject({ clientId: 'reports', secret: 'reports-secret', attributes: { 'authctl.owner': 'shop' } });
    for (const field of ['mappers', 'scopeMappings', 'serviceAccountRoles']) expect(sent[0]?.body).not.toHaveProperty(field);
  });

  it('are its scopes: first what goes, then what comes', async () => {
    await put('client/shop/storefront', { defaultClientScopes: ['basic', 'orders:write'], optionalClientScopes: ['orders:read'] }, await listed('client/shop/storefront'));
    expect([client('storefront').defaultClientScopes.toSorted(), client('storefront').optionalClientScopes]).toEqual([['basic', 'orders:write'], ['orders:read']]);
    const links = whats().filter((text) => text.includes('-client-scopes/'));
    expect(links.map((text) => text.split(' ')[0])).toEqual(links.map((text) => text.split(' ')[0]).toSorted());
  });

  it.each<readonly [wanted: readonly string[], held: readonly string[], writes: readonly (readonly [string, readonly string[]])[]]>([
    [['customer'], ['support'], [['DELETE', ['support']], ['POST', ['customer']]]],
    [['customer', 'support'], ['support'], [['POST', ['customer']]]],
    [[], ['support'], [['DELETE', ['support']]]],
    [['support'], ['support'], []],
  ])('are the roles of its account: %j where it has %j', async (wanted, held, writes) => {
    realm().links.set(`users/${String(user('service-account-reports').id)}/role-mappings/realm`, new Set(['default-roles-shop', ...held]));
    await put('client/shop/reports', { serviceAccountRoles: wanted, scopeMappings: wanted }, await listed('client/shop/reports'));
    expect(sent.filter(({ what }) => what.includes('/users/')).map(({ what, body }) => [what.split(' ')[0], names(body)])).toEqual(writes);
    // What everybody has stays.
    expect([...realm().links.get(`users/${String(user('service-account-reports').id)}/role-mappings/realm`)!].toSorted()).toEqual(['default-roles-shop', ...wanted].toSorted());
    expect([...(realm().links.get(`clients/${String(client('reports').id)}/scope-mappings/realm`) ?? [])].toSorted()).toEqual(wanted.toSorted());
  });

  it('is nothing of its roles where none are stated', async () => {
    realm().links.set(`clients/${String(client('reports').id)}/scope-mappings/realm`, new Set(['admin']));
    await put('client/shop/reports', { serviceAccountRoles: null, scopeMappings: null, defaultClientScopes: null, optionalClientScopes: null }, await listed('client/shop/reports'));
    expect(whats()).toEqual(['PUT /clients/ID']);
  });

  it('that is there already and ours is what differs, and nothing more', async () => {
    const before = structuredClone(client('reports'));
    await put('client/shop/reports', {}, undefined);
    expect(whats()).toEqual(['POST /clients', 'PUT /clients/ID']);
    expect(client('reports')).toMatchObject({ ...before, protocolMappers: expect.anything() as unknown });
    client('reports').attributes = {};
    await expect(put('client/shop/reports', {}, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_CONFLICT', at: line });
  });

  it.each<readonly [now: string | undefined, next: string | undefined, when: string]>([
    ['ES256', 'RS256', 'later'],
    [undefined, 'RS256', 'later'],
    ['RS256', 'RS256', 'now'],
    ['RS256', undefined, 'now'],
    [undefined, undefined, 'now'],
  ])('waits for its algorithm until everybody has the key: from %s to %s is %s', async (now, next, when) => {
    const of = (value: string | undefined) => (value === undefined ? {} : { 'access.token.signed.response.alg': value });
    const live = await listed('client/shop/reports');
    const desired = stated('client/shop/reports');
    expect(await kind('client').announce!({ ...desired, spec: { ...desired.spec, attributes: of(next) } }, { ...live, spec: { ...live.spec, attributes: of(now) } })).toBe(when);
  });
});

describe('what is written of a client scope', () => {
  const M = { protocolMapper: 'oidc-audience-mapper', config: { 'included.custom.audience': 'orders' } };
  it('are the mappers that differ, and no others', async () => {
    await put('client-scope/shop/orders:read', { mappers: { a: M, b: M, c: M } }, await listed('client-scope/shop/orders:read'));
    sent.length = 0;
    await put('client-scope/shop/orders:read', { mappers: { a: M, b: { ...M, config: { 'included.custom.audience': 'other' } }, c: null, d: M } }, await listed('client-scope/shop/orders:read'));
    expect(whats()).toEqual(['PUT /client-scopes/ID', 'DELETE /client-scopes/ID/protocol-mappers/models/ID', 'PUT /client-scopes/ID/protocol-mappers/models/ID', 'POST /client-scopes/ID/protocol-mappers/models']);
    expect(sent[3]?.body).toEqual({ name: 'd', protocol: 'openid-connect', consentRequired: false, ...M });
    expect(names(scope('orders:read').protocolMappers)).toEqual(['a', 'audience orders', 'b', 'd']);
  });

  it('is nothing of mappers and roles where none are stated', async () => {
    const { mappers: _mappers, scopeMappings: _roles, ...spec } = stated('client-scope/shop/orders:write').spec;
    await put('client-scope/shop/orders:write', spec, await listed('client-scope/shop/orders:write'), true);
    expect(whats()).toEqual(['PUT /client-scopes/ID']);
    expect(sent[0]?.body).toMatchObject({ name: 'orders:write', attributes: { 'authctl.owner': 'shop', 'authctl.protected': null } });
  });

  it('are the roles that it is for', async () => {
    await put('client-scope/shop/orders:write', { scopeMappings: ['admin'] }, await listed('client-scope/shop/orders:write'));
    expect(sent.filter(({ what }) => what.includes('scope-mappings')).map(({ what, body }) => [what.split(' ')[0], names(body)])).toEqual([['DELETE', ['customer']], ['POST', ['admin']]]);
    // One that is there already is asked what it is for.
    sent.length = 0;
    await put('client-scope/shop/orders:write', { scopeMappings: ['customer'] }, undefined);
    expect(sent.filter(({ what }) => what.includes('scope-mappings')).map(({ what, body }) => [what.split(' ')[0], names(body)])).toEqual([['DELETE', ['admin']], ['POST', ['customer']]]);
  });
});

describe('what is written of a role', () => {
  it('keeps its description where none is stated, and loses it where none is wanted', async () => {
    const { description: _none, ...rest } = stated('role/shop/customer').spec;
    await put('role/shop/customer', rest, await listed('role/shop/customer'), true);
    expect(role('customer').description).toBe('buys');
    await put('role/shop/customer', { ...rest, description: null }, await listed('role/shop/customer'), true);
    expect(role('customer').description).toBe('');
  });

  it('is what it contains, by roles of the realm and of clients', async () => {
    await put('client-role/shop/reports/writer/all', { composites: ['admin'], clientComposites: { reports: [], account: ['view-profile'] } }, await listed('client-role/shop/reports/writer/all'));
    const writes = sent.filter(({ what }) => what.endsWith('/composites'));
    expect(writes.map(({ what, body }) => [what.split(' ')[0], names(body)])).toEqual([['POST', ['admin', 'view-profile']], ['DELETE', ['Reader', 'customer']]]);
    sent.length = 0;
    await put('client-role/shop/reports/writer/all', { composites: null, clientComposites: null }, await listed('client-role/shop/reports/writer/all'));
    expect(whats()).toEqual(['PUT /clients/ID/roles/writer/all']);
  });

  it('is one request with all that it contains, where it is made', async () => {
    await kind('role').put({ ...stated('role/shop/admin'), id: 'shop/boss', spec: { composites: ['customer'], attributes: { level: ['2'] } } }, undefined);
    await kind('role').put({ ...stated('role/shop/admin'), id: 'shop/clerk', spec: {} }, undefined);
    expect(sent).toEqual([
      { what: 'POST /roles', body: { name: 'boss', description: '', attributes: { level: ['2'], 'authctl.owner': ['shop'] }, composite: true, composites: { realm: ['customer'] } } },
      { what: 'POST /roles', body: { name: 'clerk', description: '', attributes: { 'authctl.owner': ['shop'] } } },
    ]);
  });

  it('that contains one that is not there is not made at all', async () => {
    for (const spec of [{ composites: ['typo'] }, { clientComposites: { reports: ['typo'] } }])
      await expect(kind('client-role').put({ ...stated('client-role/shop/reports/Reader'), id: 'shop/reports/x', spec: { client: 'reports', name: 'x', ...spec } }, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_NO_SUCH_NAME', at: line });
    await expect(kind('role').put({ ...stated('role/shop/admin'), id: 'shop/x', spec: { clientComposites: { typo: ['x'] } } }, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_NO_SUCH_NAME', at: line, message: 'Keycloak has no client "typo"' });
    expect(whats()).toEqual([]);
  });
});

describe('what is written of a group', () => {
  it('are its roles and those of clients, and clients that are not named keep theirs', async () => {
    const desk = group('front desk');
    desk.clientRoles = { reports: ['Reader'], account: ['view-profile'] };
    await put('group/shop/office/front desk', { realmRoles: ['support'], clientRoles: { reports: ['writer/all'] } }, await listed('group/shop/office/front desk'));
    expect(sent.filter(({ what }) => what.includes('role-mappings')).map(({ what, body }) => [what.split(' ')[0], names(body)])).toEqual([['DELETE', ['plain']], ['POST', ['support']], ['DELETE', ['Reader']], ['POST', ['writer/all']]]);
    expect(group('front desk').clientRoles).toMatchObject({ reports: ['writer/all'], account: ['view-profile'] });
  });

  it('is who is in it, by name whatever its case', async () => {
    await put('group/shop/staff', { members: ['Alice'] }, await listed('group/shop/staff'));
    expect([...group('staff').members]).toEqual([user('alice').id]);
    expect(whats()).toEqual(['PUT /groups/ID', 'DELETE /users/ID/groups/ID', 'PUT /users/ID/groups/ID']);
  });

  it('is nothing of roles and people where none are stated', async () => {
    await put('group/shop/staff', {}, await listed('group/shop/staff'), true);
    expect(whats()).toEqual(['PUT /groups/ID']);
    expect(sent[0]?.body).toEqual({ name: 'staff', description: 'works here', attributes: { 'authctl.owner': ['shop'] } });
    await put('group/shop/staff', { description: null }, await listed('group/shop/staff'), true);
    expect(group('staff').description).toBe('');
  });

  it('below another is made there, and not where there is none', async () => {
    await kind('group').put({ ...stated('group/shop/staff'), id: 'shop/office/back', spec: {} }, undefined);
    expect(group('back').parentId).toBe(group('office').id);
    await expect(kind('group').put({ ...stated('group/shop/staff'), id: 'shop/nowhere/back', spec: {} }, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_NO_SUCH_NAME', at: line, hint: expect.stringMatching(/./) as string });
  });
});

describe('what is written of a persona', () => {
  it('keeps its names where they are not stated, which Keycloak would wipe', async () => {
    Object.assign(user('alice'), { email: 'a@b.test', firstName: 'A', lastName: 'B' });
    const { email: _e, firstName: _f, lastName: _l, ...rest } = stated('user/shop/alice').spec;
    await put('user/shop/alice', { ...rest, enabled: true }, await listed('user/shop/alice'), true);
    expect(user('alice')).toMatchObject({ email: 'a@b.test', firstName: 'A', lastName: 'B', enabled: true });
  });

  it('is its password first, and then what it is', async () => {
    await put('user/shop/alice', { password: new Secret('another-password') }, await listed('user/shop/alice'));
    expect(whats()).toEqual(['PUT /users/ID/reset-password', 'PUT /users/ID']);
    expect(sent[0]?.body).toEqual({ type: 'password', value: 'another-password', temporary: false });
    expect(user('alice').password).toBe('another-password');
  });

  it('is no password where none is stated', async () => {
    const { password: _password, ...rest } = stated('user/shop/alice').spec;
    await put('user/shop/alice', rest, await listed('user/shop/alice'), true);
    expect(whats()).toEqual(['PUT /users/ID']);
    expect(JSON.stringify(sent)).not.toContain('alice-password');
  });

  it('are its roles, without those that everybody has', async () => {
    await put('user/shop/alice', { realmRoles: ['support'] }, await listed('user/shop/alice'));
    expect(sent.filter(({ what }) => what.includes('role-mappings')).map(({ what, body }) => [what.split(' ')[0], names(body)])).toEqual([['DELETE', ['customer']], ['POST', ['support']]]);
    sent.length = 0;
    await put('user/shop/alice', { realmRoles: ['customer'] }, undefined);
    expect(sent.filter(({ what }) => what.includes('role-mappings')).map(({ what, body }) => [what.split(' ')[0], names(body)])).toEqual([['DELETE', ['support']], ['POST', ['customer']]]);
    expect([...realm().links.get(`users/${String(user('alice').id)}/role-mappings/realm`)!].toSorted()).toEqual(['customer', 'default-roles-shop']);
  });
});

describe('what is written of the realm', () => {
  it('are its settings with the attributes of others, and a key where there is none', async () => {
    realm().rep.attributes.theirs = 'x';
    await put('realm/shop', { defaultSignatureAlgorithm: 'PS512', attributes: { ours: 'y' } }, await listed('realm/shop'));
    expect(realm().rep.attributes).toMatchObject({ theirs: 'x', ours: 'y', 'authctl.owner': 'shop' });
    expect(whats()).toEqual(['PUT ', 'POST /components']);
    expect(sent[1]?.body).toMatchObject({ name: 'authctl-ps512', providerId: 'rsa-generated', providerType: 'org.keycloak.keys.KeyProvider', parentId: realm().rep.id as string, config: { algorithm: ['PS512'], keySize: ['2048'], priority: ['100'], enabled: ['true'], active: ['true'] } });
  });

  it.each<readonly [next: string | null, when: string, keys: number]>([
    ['PS512', 'later', 1],
    ['ES256', 'now', 0],
    [null, 'now', 0],
  ])('waits for its algorithm until everybody has the key: %s is %s', async (next, when, keys) => {
    const live = await listed('realm/shop');
    const desired = stated('realm/shop');
    expect(await kind('realm').announce!({ ...desired, spec: { ...desired.spec, defaultSignatureAlgorithm: next } }, live)).toBe(when);
    expect(whats()).toHaveLength(keys);
  });

  it('takes away what is stated as absent', async () => {
    realm().rep.attributes.theirs = 'x';
    await put('realm/shop', { otpPolicyType: null, attributes: { theirs: null } }, await listed('realm/shop'));
    expect(sent[0]?.body).toMatchObject({ realm: 'shop', otpPolicyType: '' });
    expect(realm().rep.attributes).not.toHaveProperty('theirs');
  });
});
