import { describe, expect, it } from 'vitest';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import { expand } from '../../../src/patterns/index.ts';
import { shopEnv } from '../../cli/run.ts';

const desired = async () => {
  const { desired: objects } = expand(await loadBlueprint('blueprints/sso.yaml', { env: shopEnv }));
  return new Map(objects.map((object) => [`${object.kind}/${object.id}`, object]));
};

describe('what the realm states', () => {
  it('closes what Keycloak leaves open on a client', async () => {
    expect((await desired()).get('keycloak.client/shop/storefront')?.spec).toMatchObject({
      publicClient: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled: false,
      fullScopeAllowed: false,
      attributes: { 'pkce.code.challenge.method': 'S256' },
    });
  });

  it('lets a person ask for scopes, and gives a service its own', async () => {
    const objects = await desired();
    expect(objects.get('keycloak.client/shop/storefront')?.spec.optionalClientScopes).toEqual(['invoices:read', 'orders:read', 'orders:write']);
    expect(objects.get('keycloak.client/shop/reports')?.spec.defaultClientScopes).toEqual(expect.arrayContaining(['orders:read', 'invoices:read']));
  });
});

describe('what Kong is asked for', () => {
  it('makes a route only after the guards of its service, and opens its scopes last', async () => {
    const objects = await desired();
    const guards = ['guard', 'jwt', 'scope'].map((part) => `kong.plugin/shop.orders.${part}`);
    expect(objects.get('kong.route/shop.orders.list')?.after).toEqual(expect.arrayContaining(guards));
    expect(objects.get('kong.plugin/shop.orders.list.scope')?.after).toEqual(expect.arrayContaining(['kong.route/shop.orders.list', 'kong.plugin/shop.orders.list.opa']));
    expect(objects.get('kong.plugin/shop.orders.scope')?.spec.config).toEqual({ deny_all: true });
  });

  it('anchors every path and tries the more literal one first', async () => {
    const objects = await desired();
    expect(objects.get('kong.route/shop.orders.read')?.spec).toMatchObject({ paths: ['~/orders/[^/]+$'], regex_priority: 10 });
    expect(objects.get('kong.route/shop.orders.health')?.spec).toMatchObject({ paths: ['~/orders/health$'], regex_priority: 20 });
  });
});

describe('what AWS is asked for', () => {
  it('has an authorizer with one audience per service, and a scope on every protected route', async () => {
    const objects = await desired();
    expect(objects.get('aws.authorizer/shop/orders')?.spec.JwtConfiguration).toMatchObject({ Audience: ['orders'] });
    for (const { kind, spec } of objects.values())
      if (kind === 'aws.route' && spec.AuthorizationType === 'JWT') expect(spec.AuthorizationScopes).not.toEqual([]);
  });
});
