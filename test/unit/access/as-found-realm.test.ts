import { describe, expect, it } from 'vitest';
import { asFound } from '../../../src/access/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { addressOf } from '../../../src/core/resource.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, sso } from '../blueprint/loading.ts';
import { planOver } from './in-force.ts';

const blueprint = await load(await sso(['  scopes:\n', '  groups:\n    staff: { roles: [order-writer] }\n  scopes:\n'], ['roles: [support], password', 'roles: [support], groups: [staff], password'], ['sam: { orders: [list, read]', 'sam: { orders: [list, read, place]']));
type Changed = Readonly<Record<string, Spec | null>>;
const found = (changed: Changed, gateway: 'kong' | 'aws' = 'kong'): Blueprint => asFound(blueprint, planOver(blueprint, changed), gateway).blueprint;

describe('what is found of a realm', () => {
  it('is, where nothing is, a realm in which nobody has anything', () => {
    const nothing = Object.fromEntries(expand(blueprint).desired.map((desired) => [addressOf(desired), null]));
    const { realm, personas, services } = found(nothing);
    expect(Object.values(realm.roles).map(({ includes }) => includes)).toEqual([[], [], [], []]);
    expect(realm.groups).toMatchObject({ staff: { roles: [] } });
    expect(Object.values(realm.scopes).map(({ audience, roles }) => [audience, roles])).toEqual([['', []], ['', []], ['', []]]);
    expect(Object.values(realm.clients).map(({ scopes, roles }) => [scopes, roles])).toEqual([[[], []], [[], []]]);
    expect(personas).toEqual({});
    expect(Object.values(services).map(({ routes }) => routes)).toEqual([[], []]);
    expect(asFound(blueprint, planOver(blueprint, nothing), 'kong').policy).toEqual({});
  });

  it.each<[what: string, changed: Spec, Partial<Blueprint['personas'][string]> | undefined]>([
    ['as the blueprint has it', {}, { roles: ['support'], groups: ['staff'] }],
    ['locked', { enabled: false }, undefined],
    ['without a word on whether it is locked', { enabled: null }, { roles: ['support'], groups: ['staff'] }],
    ['without roles', { realmRoles: null }, { roles: [], groups: ['staff'] }],
  ])('of an account %s', (_what, changed, sam) => {
    expect(found({ 'keycloak.user/shop/sam': changed }).personas.sam).toEqual(sam && expect.objectContaining(sam));
  });

  it('of a group that tells no members, or is gone, is that nobody is in it', () => {
    expect(found({ 'keycloak.group/shop/staff': { members: null } }).personas.sam?.groups).toEqual([]);
    expect(found({ 'keycloak.group/shop/staff': null }).personas.sam).toMatchObject({ groups: [], roles: ['support'] });
  });

  const to = (audience: string): Spec => ({ config: { 'included.custom.audience': audience } });
  it.each<[what: string, mappers: Spec | null, audience: string]>([
    ['the audience of its mapper', { a: to('elsewhere') }, 'elsewhere'],
    ['its own audience, when it leads to several', { a: to('elsewhere'), b: to('orders') }, 'orders'],
    ['the first audience, when its own is not among them', { a: to('elsewhere'), b: to('nowhere') }, 'elsewhere'],
    ['no audience, without a mapper that says one', { a: {}, b: { config: {} } }, ''],
    ['no audience, without mappers', null, ''],
  ])('of a scope is %s', (_what, mappers, audience) => {
    expect(found({ 'keycloak.client-scope/shop/orders:read': { mappers } }).realm.scopes['orders:read']).toMatchObject({ audience, roles: [] });
  });

  it.each<[what: string, changed: Spec, scopes: readonly string[], roles: readonly string[]]>([
    ['is off', { enabled: false, serviceAccountRoles: [] }, [], []],
    ['has scopes it may ask for, and one by default', { enabled: true, defaultClientScopes: ['a'], optionalClientScopes: ['b'] }, ['a', 'b'], []],
    ['has no scopes by either', { defaultClientScopes: null, optionalClientScopes: null }, [], []],
    ['has a service account with roles', { defaultClientScopes: [], serviceAccountRoles: ['support'] }, [], ['support']],
    ['has a service account that tells no roles', { defaultClientScopes: [], serviceAccountRoles: null }, [], []],
  ])('of a client that %s', (_what, changed, scopes, roles) => {
    expect(found({ 'keycloak.client/shop/reports': changed }).realm.clients.reports).toMatchObject({ scopes, roles });
  });
});

describe('what is found at a gateway', () => {
  const place = (changed: Changed, gateway: 'kong' | 'aws' = 'kong'): readonly unknown[] | undefined => {
    const route = found(changed, gateway).services.orders?.routes.find(({ id }) => id === 'place');
    return route && [route.public, route.scopes, route.roles, route.gateways];
  };
  const OWN = 'kong.plugin/shop.orders.place.scope';
  const SHARED = 'kong.plugin/shop.orders.scope';
  const unasked = { 'kong.plugin/shop.orders.place.opa': null };

  it('is what it asks for, at this gateway alone', () => {
    expect([place({}), place({}, 'aws')]).toEqual([
      [false, ['orders:write'], ['order-writer'], ['kong']],
      [false, ['orders:write'], ['order-writer'], ['aws']],
    ]);
    expect(found({}, 'aws').services.orders?.routes.map(({ id }) => id)).toEqual(['list', 'read', 'place', 'health']);
  });

  it.each<[what: string, changed: Changed, found: readonly unknown[] | undefined]>([
    ['no scope guard, and the token still verified by the jwt plugin', { [OWN]: null, [SHARED]: null, 'kong.plugin/shop.orders.guard': null, ...unasked }, [false, [], [], ['kong']]],
    ['no scope guard, and a token guard that reads what nobody has to have signed', { [OWN]: null, [SHARED]: null, 'kong.plugin/shop.orders.jwt': null, ...unasked }, [true, [], [], ['kong']]],
    ['no scope guard, and a jwt plugin that takes whom it does not know for somebody', { [OWN]: null, [SHARED]: null, 'kong.plugin/shop.orders.jwt': { config: { anonymous: 'guest' } }, ...unasked }, [true, [], [], ['kong']]],
    ['a scope guard alone, which takes no token that nobody verifies', { 'kong.plugin/shop.orders.guard': null, 'kong.plugin/shop.orders.jwt': null }, undefined],
    ['a scope guard behind a token guard, and no jwt plugin', { 'kong.plugin/shop.orders.jwt': { enabled: false } }, undefined],
    ['a scope guard behind a jwt plugin, and no token guard', { 'kong.plugin/shop.orders.guard': null }, undefined],
    ['a scope guard that demands nothing', { [OWN]: { config: {} }, ...unasked }, [false, [], [], ['kong']]],
    ['a scope guard that looks at roles', { [OWN]: { config: { scopes: ['a'], roles: ['admin'] } }, ...unasked }, [false, ['a'], ['admin'], ['kong']]],
    ['a plugin of another name in the place of the scope guard', { [OWN]: { name: 'cors' }, [SHARED]: null }, [false, [], ['order-writer'], ['kong']]],
    ['a scope guard that says neither on nor off', { [OWN]: { enabled: null } }, [false, ['orders:write'], ['order-writer'], ['kong']]],
    ['the service’s scope guard alone, which refuses everything', { [OWN]: null }, undefined],
  ])('Kong: %s', (_what, changed, is) => {
    expect(place(changed)).toEqual(is);
  });

  it.each<[what: string, changed: Spec, found: readonly unknown[]]>([
    ['an authorizer that demands every scope once', { AuthorizationScopes: ['b', 'a', 'b'] }, [false, ['a', 'b'], ['order-writer'], ['aws']]],
    ['an authorizer that demands no scope', { AuthorizationScopes: null }, [false, [], ['order-writer'], ['aws']]],
    ['another kind of authorizer', { AuthorizationType: 'AWS_IAM' }, [true, ['orders:write'], ['order-writer'], ['aws']]],
  ])('AWS: %s', (_what, changed, is) => {
    expect(place({ 'aws.route/shop/POST /orders': changed }, 'aws')).toEqual(is);
  });

  it('asks the policy on every route behind AWS as far as AWS ever did', () => {
    expect(asFound(blueprint, planOver(blueprint), 'aws').unasked).toEqual(new Set());
  });

  it('leaves out of the policy what a file is no more', () => {
    const plan = planOver(blueprint, { 'opa.bundle/shop': { files: { 'authz.rego': 'package shop.authz', 'gone.rego': null } } });
    expect(asFound(blueprint, plan, 'kong').policy).toEqual({ 'authz.rego': 'package shop.authz' });
  });
});

it('what everybody has is what the role of everybody contains, roles of the blueprint that it does not give included', () => {
  const giving = { ...blueprint, realm: { ...blueprint.realm, defaultRoles: ['customer'] } };
  const of = (changed: Changed): readonly string[] => asFound(giving, planOver(giving, changed), 'kong').blueprint.realm.defaultRoles;
  expect(of({})).toEqual(['customer']);
  expect(of({ 'keycloak.composite/shop/default-roles-shop': { realmRoles: ['customer', 'admin', 'theirs'] } })).toEqual(['customer', 'admin']);
  expect(of({ 'keycloak.composite/shop/default-roles-shop': null })).toEqual([]);
});
