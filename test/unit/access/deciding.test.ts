import { describe, expect, it } from 'vitest';
import { decidingRoles } from '../../../src/access/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { load, sso } from '../blueprint/loading.ts';

const blueprint = await load(await sso());
const roles = ['order-writer', 'customer', 'support', 'admin', 'spare'];
/** The shop where each place judges for itself, with nobody in it and without the demands of routes and scopes. */
const bare: Blueprint = {
  ...blueprint,
  authorization: { ...blueprint.authorization, pattern: 'none' },
  personas: {},
  services: Object.fromEntries(Object.entries(blueprint.services).map(([id, service]) => [id, { ...service, routes: service.routes.map((route) => ({ ...route, roles: [], anyOwner: [] })) }])),
  realm: { ...blueprint.realm, scopes: Object.fromEntries(Object.entries(blueprint.realm.scopes).map(([name, scope]) => [name, { ...scope, roles: [] }])) },
};
const firstRoute = (over: Partial<Blueprint['services'][string]['routes'][number]>): Blueprint => {
  const orders = bare.services.orders!;
  return { ...bare, services: { ...bare.services, orders: { ...orders, routes: orders.routes.map((route, at) => (at === 0 ? { ...route, ...over } : route)) } } };
};
const deciding = (one: Blueprint): readonly string[] => roles.filter((name) => decidingRoles(one).has(name));

describe('a role by which the blueprint lets somebody in', () => {
  it.each<readonly [what: string, of: Blueprint, expected: readonly string[]]>([
    ['is none where nothing asks for one', bare, []],
    ['is every one where a policy judges', { ...bare, authorization: blueprint.authorization }, roles],
    ['is one that a route demands', firstRoute({ roles: ['support'] }), ['support']],
    ["is one with which anybody's object may be had", firstRoute({ anyOwner: ['admin'] }), ['admin']],
    ['is one of a persona, by whatever way', { ...bare, personas: { sam: { ...blueprint.personas.sam!, roles: ['support'], groups: ['staff'] } }, realm: { ...bare.realm, groups: { staff: { roles: ['customer'] } } } }, ['customer', 'support']],
    ['is one that a scope is for, with what it includes', { ...bare, realm: { ...bare.realm, scopes: blueprint.realm.scopes } }, ['order-writer']],
    ['is what the role of a scope includes', { ...bare, realm: { ...bare.realm, scopes: { x: { ...blueprint.realm.scopes['orders:write']!, roles: ['admin'] } } } }, ['order-writer', 'support', 'admin']],
  ])('%s', (_what, one, expected) => {
    expect(deciding(one)).toEqual(expected);
  });
});
