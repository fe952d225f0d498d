import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asFound } from '../../../src/access/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { load, repository, sso } from '../blueprint/loading.ts';
import { planOver } from './in-force.ts';

const adapter = await readFile(join(repository, 'policies/kong-enterprise/kong_enterprise.rego'), 'utf8');
const loaded = await load(await sso(['edition: oss', 'edition: enterprise']));
const centralised: Blueprint = {
  ...loaded,
  authorization: { ...loaded.authorization, policyFiles: { ...loaded.authorization.policyFiles, 'kong_enterprise.rego': adapter } },
};
const unasked: Blueprint = { ...loaded, authorization: { pattern: 'none', input: 'authctl', fields: {}, roots: [], policyFiles: {} } };

/** `public scopes | roles` of a protected route as Kong Enterprise has it; `asked` where it asks the policy or never had to. */
const placeIn = (blueprint: Blueprint, changed: Readonly<Record<string, Spec | null>> = {}): readonly unknown[] | undefined => {
  const found = asFound(blueprint, planOver(blueprint, changed), 'kong');
  const route = found.blueprint.services.orders?.routes.find(({ id }) => id === 'place');
  return route && [route.public, route.scopes, route.roles, found.unasked.has('orders.place') ? 'not asked' : 'asked'];
};
const OWN = 'kong.plugin/shop.orders.place.oidc';
const SHARED = 'kong.plugin/shop.orders.oidc';
const OPA = 'kong.plugin/shop.orders.place.opa';
const demands = (scopes: readonly string[], roles?: readonly string[]): Spec => ({ config: { scopes_required: scopes, ...(roles && { roles_required: roles }) } });

describe('what is found at Kong Enterprise', () => {
  it('is what the blueprint asks for, where that is in force', () => {
    expect(placeIn(centralised)).toEqual([false, ['orders:write'], ['order-writer'], 'asked']);
    expect(placeIn(unasked)).toEqual([false, ['orders:write'], ['order-writer'], 'asked']);
  });

  it('is gone with its route, and only there', () => {
    expect(placeIn(centralised, { 'kong.route/shop.orders.place': null })).toBeUndefined();
    expect(placeIn(centralised, { 'kong.route/shop.orders.list': null })).toBeDefined();
  });

  it.each([
    ['the plugin of the route demands other scopes, every one of them', centralised, { [OWN]: demands(['a b', 'c']) }, [false, ['a', 'b', 'c'], ['order-writer'], 'asked']],
    ['the plugin of the route demands nothing', centralised, { [OWN]: { config: {} } }, [false, [], ['order-writer'], 'asked']],
    ['Kong looks at other roles', unasked, { [OWN]: demands(['orders:write'], ['admin']) }, [false, ['orders:write'], ['admin'], 'asked']],
    ['Kong looks at no roles', unasked, { [OWN]: demands(['orders:write']) }, [false, ['orders:write'], [], 'asked']],
    ['nobody asks the policy any more', centralised, { [OPA]: null }, [false, ['orders:write'], [], 'not asked']],
    ['nobody verifies any more', unasked, { [OWN]: null, [SHARED]: null }, [true, [], [], 'asked']],
    ['the plugin of the service stands for the one of the route', unasked, { [OWN]: null, [SHARED]: demands(['orders:read'], ['support']) }, [false, ['orders:read'], ['support'], 'asked']],
    ['the plugin of the route is off', unasked, { [OWN]: { enabled: false }, [SHARED]: demands(['orders:read']) }, [false, ['orders:read'], [], 'asked']],
  ] as const)('%s', (_what, blueprint, changed, found) => {
    expect(placeIn(blueprint, changed)).toEqual(found);
  });

  it('is closed where only the service’s own plugin is left, which nobody satisfies', () => {
    expect(placeIn(centralised, { [OWN]: null })).toBeUndefined();
  });
});
