import { beforeEach, describe, expect, it } from 'vitest';
import { addressOf } from '../../../../src/core/resource.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { applied, expansion } from './applying.ts';
import { line } from './blueprint.ts';
import { shopWith } from './entities.ts';
import { groupsOf } from './fake/groups.ts';
import type { Body, FakeRealm } from './fake/state.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
beforeEach(async () => {
  keycloak = fakeKeycloak();
  await applied(keycloak, shopWith());
});

type Verb = 'create' | 'change' | 'remove' | 'release';
/** Does one thing to one object, as a run does it. */
const act = async (verb: Verb, address: string): Promise<void> => {
  const { kinds } = createKeycloakProvider(shopWith(), keycloak);
  const desired = expansion(shopWith()).desired.find((one) => addressOf(one) === address)!;
  const kind = kinds.find(({ name }) => name === desired.kind)!;
  const live = (await kind.list()).find(({ id }) => id === desired.id)!;
  if (verb === 'create' || verb === 'change') await kind.put(desired, verb === 'create' ? undefined : live);
  else await kind[verb]!(live);
};

type Row = readonly [verb: Verb, address: string, request: RegExp, words: string];
const ROWS: readonly Row[] = [
  ['create', 'realm/shop', /^POST $/, 'create realm "shop"'],
  ['change', 'realm/shop', /^PUT \/shop$/, 'change realm "shop"'],
  ['change', 'realm/shop', /^GET \/shop$/, 'read the realm'],
  ['release', 'realm/shop', /^PUT \/shop$/, 'let go of realm "shop"'],
  ['create', 'role/shop/customer', /^POST \/shop\/roles$/, 'create role "customer"'],
  ['change', 'role/shop/customer', /^PUT \/shop\/roles\/customer$/, 'change role "customer"'],
  ['remove', 'role/shop/customer', /^DELETE \/shop\/roles\/customer$/, 'delete role "customer"'],
  ['release', 'role/shop/customer', /^PUT \/shop\/roles\/customer$/, 'let go of role "customer"'],
  ['create', 'client-role/shop/reports/Reader', /^POST \/shop\/clients\/[^/]+\/roles$/, 'create role "Reader" of client "reports"'],
  ['change', 'client-role/shop/reports/Reader', /^PUT \/shop\/clients\/[^/]+\/roles\/Reader$/, 'change role "Reader" of client "reports"'],
  ['remove', 'client-role/shop/reports/Reader', /^DELETE \/shop\/roles-by-id\/[^/]+$/, 'delete role "Reader" of client "reports"'],
  ['release', 'client-role/shop/reports/Reader', /^PUT \/shop\/roles-by-id\/[^/]+$/, 'let go of role "Reader" of client "reports"'],
  ['create', 'client-scope/shop/orders:read', /^POST \/shop\/client-scopes$/, 'create client scope "orders:read"'],
  ['change', 'client-scope/shop/orders:read', /^PUT \/shop\/client-scopes\/[^/]+$/, 'change client scope "orders:read"'],
  ['remove', 'client-scope/shop/orders:read', /^DELETE \/shop\/client-scopes\/[^/]+$/, 'delete client scope "orders:read"'],
  ['release', 'client-scope/shop/orders:read', /^PUT \/shop\/client-scopes\/[^/]+$/, 'let go of client scope "orders:read"'],
  ['create', 'client/shop/reports', /^POST \/shop\/clients$/, 'create client "reports"'],
  ['change', 'client/shop/reports', /^PUT \/shop\/clients\/[^/]+$/, 'change client "reports"'],
  ['remove', 'client/shop/reports', /^DELETE \/shop\/clients\/[^/]+$/, 'delete client "reports"'],
  ['release', 'client/shop/reports', /^PUT \/shop\/clients\/[^/]+$/, 'let go of client "reports"'],
  ['create', 'composite/shop/Team Lead', /^GET \/shop\/roles\/Team Lead$/, 'read role "Team Lead"'],
  ['create', 'composite/shop/Team Lead', /^GET \/shop\/roles\/Team Lead\/composites$/, 'read role "Team Lead"'],
  ['change', 'composite/shop/Team Lead', /^PUT \/shop\/roles\/Team Lead$/, 'change what role "Team Lead" contains'],
  ['remove', 'composite/shop/Team Lead', /^DELETE \/shop\/roles-by-id\/[^/]+\/composites$/, 'change what role "Team Lead" contains'],
  ['release', 'composite/shop/Team Lead', /^PUT \/shop\/roles\/Team Lead$/, 'let go of what role "Team Lead" contains'],
  ['create', 'group/shop/staff', /^POST \/shop\/groups$/, 'create group "staff"'],
  ['create', 'group/shop/office/front desk', /^POST \/shop\/groups\/[^/]+\/children$/, 'create group "office/front desk"'],
  ['create', 'group/shop/office/front desk', /^GET \/shop\/groups$/, 'look for a group'],
  ['change', 'group/shop/office/front desk', /^PUT \/shop\/groups\/[^/]+$/, 'change group "front desk"'],
  ['remove', 'group/shop/staff', /^DELETE \/shop\/groups\/[^/]+$/, 'delete group "staff"'],
  ['release', 'group/shop/staff', /^PUT \/shop\/groups\/[^/]+$/, 'let go of group "staff"'],
  ['create', 'flow/shop/shop browser', /^POST \/shop\/authentication\/flows$/, 'create authentication flow "shop browser"'],
  ['create', 'flow/shop/shop browser', /^POST \/shop\/authentication\/executions$/, 'create authentication flow "shop browser"'],
  ['create', 'flow/shop/shop first login', /^POST \/shop\/authentication\/executions\/[^/]+\/config$/, 'create authentication flow "shop first login"'],
  ['remove', 'flow/shop/shop browser', /^DELETE \/shop\/authentication\/flows\/[^/]+$/, 'delete authentication flow "shop browser"'],
  ['create', 'identity-provider/shop/corp', /^POST \/shop\/identity-provider\/instances$/, 'create identity provider "corp"'],
  ['create', 'identity-provider/shop/corp', /^GET \/shop\/identity-provider\/instances\/corp$/, 'read identity provider "corp"'],
  ['change', 'identity-provider/shop/corp', /^PUT \/shop\/identity-provider\/instances\/corp$/, 'change identity provider "corp"'],
  ['remove', 'identity-provider/shop/corp', /^DELETE \/shop\/identity-provider\/instances\/corp$/, 'delete identity provider "corp"'],
  ['release', 'identity-provider/shop/corp', /^PUT \/shop\/identity-provider\/instances\/corp$/, 'let go of identity provider "corp"'],
  ['create', 'identity-provider-mapper/shop/corp/readers', /^POST .*\/mappers$/, 'create mapper "readers" of identity provider "corp"'],
  ['create', 'identity-provider-mapper/shop/corp/readers', /^GET .*\/mappers$/, 'list the mappers of identity provider "corp"'],
  ['change', 'identity-provider-mapper/shop/corp/readers', /^PUT .*\/mappers\/[^/]+$/, 'change mapper "readers" of identity provider "corp"'],
  ['remove', 'identity-provider-mapper/shop/corp/readers', /^DELETE .*\/mappers\/[^/]+$/, 'delete mapper "readers" of identity provider "corp"'],
  ['release', 'identity-provider-mapper/shop/corp/readers', /^PUT .*\/mappers\/[^/]+$/, 'let go of mapper "readers" of identity provider "corp"'],
  ['create', 'required-action/shop/UPDATE_PASSWORD', /^GET .*\/required-actions\/UPDATE_PASSWORD$/, 'set required action "UPDATE_PASSWORD"'],
  ['change', 'required-action/shop/UPDATE_PASSWORD', /^PUT .*\/required-actions\/UPDATE_PASSWORD$/, 'set required action "UPDATE_PASSWORD"'],
  ['remove', 'required-action/shop/UPDATE_PASSWORD', /^PUT .*\/required-actions\/UPDATE_PASSWORD$/, 'set required action "UPDATE_PASSWORD" back'],
  ['release', 'required-action/shop/UPDATE_PASSWORD', /^PUT .*\/required-actions\/UPDATE_PASSWORD$/, 'let go of required action "UPDATE_PASSWORD"'],
  ['change', 'user-attribute/shop/phone', /^PUT \/shop\/users\/profile$/, 'set the user attribute "phone"'],
  ['change', 'user-attribute/shop/phone', /^GET \/shop\/users\/profile$/, 'read the user profile'],
  ['remove', 'user-attribute/shop/phone', /^PUT \/shop\/users\/profile$/, 'take away the user attribute "phone"'],
  ['release', 'user-attribute/shop/phone', /^PUT \/shop\/users\/profile$/, 'let go of the user attribute "phone"'],
  ['create', 'user/shop/alice', /^POST \/shop\/users$/, 'create user "alice"'],
  ['create', 'user/shop/alice', /^GET \/shop\/users\/[^/]+\/role-mappings\/realm$/, 'read the roles of a user'],
  ['change', 'user/shop/alice', /^PUT \/shop\/users\/[^/]+$/, 'change user "alice"'],
  ['remove', 'user/shop/alice', /^DELETE \/shop\/users\/[^/]+$/, 'delete user "alice"'],
  ['release', 'user/shop/alice', /^PUT \/shop\/users\/[^/]+$/, 'let go of user "alice"'],
];

describe('what Keycloak refuses', () => {
  it.each(ROWS)('to %s %s is told in the words of who reads it', async (verb, address, request, words) => {
    keycloak.interrupt(request, { status: 500, body: { errorMessage: 'no' } });
    await expect(act(verb, `keycloak.${address}`)).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED', message: `Keycloak refused to ${words} (500): no` });
  });

  it.each(ROWS.filter(([verb, , request]) => (verb === 'create' || verb === 'change') && /^\/\^P/.test(String(request))))('to %s %s is told with its line', async (verb, address, request) => {
    keycloak.interrupt(request, { status: 500, body: {} });
    await expect(act(verb, `keycloak.${address}`)).rejects.toMatchObject({ at: line });
  });
});

describe('what is gone by now', () => {
  const going = ROWS.filter(([verb, address]) => (verb === 'remove' || verb === 'release') && !/^(user-attribute|realm)/.test(address) && `${verb} ${address}` !== 'remove composite/shop/Team Lead');
  it.each(going)('is no problem when it is to be gone: %s %s', async (verb, address, request) => {
    keycloak.interrupt(request, { status: 404, body: { error: 'not found' } });
    await act(verb, `keycloak.${address}`);
  });
  const changing = ROWS.filter(([verb, , request]) => verb === 'change' && String(request).startsWith('/^PUT'));
  it.each(changing)('is one where it is wanted: %s %s', async (verb, address, request) => {
    keycloak.interrupt(request, { status: 404, body: { error: 'not found' } });
    await expect(act(verb, `keycloak.${address}`)).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED' });
  });
});

describe('what waits for what', () => {
  it.each<readonly [kind: string, after: readonly string[]]>([
    ['realm', []],
    ['flow', ['realm']],
    ['flow-binding', ['realm', 'flow']],
    ['identity-provider', ['realm', 'flow']],
    ['required-action', ['realm']],
    ['role', ['realm']],
    ['client-scope', ['realm', 'role']],
    ['client', ['realm', 'role', 'client-scope', 'flow']],
    ['client-role', ['realm', 'role', 'client']],
    ['composite', ['role', 'client-role']],
    ['group', ['realm', 'role', 'client-role']],
    ['identity-provider-mapper', ['identity-provider', 'role']],
    ['user-attribute', ['realm']],
    ['user', ['realm', 'role', 'client', 'client-role', 'user-attribute']],
  ])('%s: after %j', (kind, after) => {
    const found = createKeycloakProvider(shopWith(), keycloak).kinds.find(({ name }) => name === `keycloak.${kind}`);
    expect(found?.after).toEqual(after.map((one) => `keycloak.${one}`));
  });
});

describe('what somebody else made since the plan', () => {
  it.each<readonly [address: string, unmark: (realm: FakeRealm) => void, what: string]>([
    ['identity-provider/shop/corp', ({ beside }) => (beside.identityProviders[0].config = {}), 'identity provider "corp"'],
    ['identity-provider-mapper/shop/corp/readers', ({ beside }) => beside.identityProviderMappers.forEach((one: Body) => (one.config = {})), 'mapper "readers" of identity provider "corp"'],
    ['role/shop/customer', ({ roles }) => roles.forEach((one) => (one.attributes = {})), 'role "customer"'],
    ['client-scope/shop/orders:read', ({ scopes }) => scopes.forEach((one) => (one.attributes = {})), 'client scope "orders:read"'],
    ['client/shop/reports', ({ clients }) => clients.forEach((one) => (one.attributes = {})), 'client "reports"'],
    ['group/shop/staff', (realm) => groupsOf(realm).forEach((one) => (one.attributes = {})), 'group "staff"'],
    ['user/shop/alice', ({ users }) => users.forEach((one) => (one.attributes = {})), 'user "alice", or one with the same email,'],
    ['realm/shop', ({ rep: held }) => (held.attributes = {}), 'realm "shop"'],
  ])('is told as what it is: %s', async (address, unmark, what) => {
    const { kinds } = createKeycloakProvider(shopWith(), keycloak);
    const desired = expansion(shopWith()).desired.find((one) => addressOf(one) === `keycloak.${address}`)!;
    unmark(keycloak.realms.get('shop')!);
    await expect(kinds.find(({ name }) => name === desired.kind)!.put(desired, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_CONFLICT', at: line, message: `${what} was made by somebody else since the plan, and carries no mark of this blueprint`, hint: expect.stringMatching(/--adopt/) as string });
  });
});
