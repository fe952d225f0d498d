import { describe, expect, it } from 'vitest';
import { callersOf, claimsOf } from '../../../src/access/index.ts';
import { shop } from '../blueprint/shop.ts';

describe('callersOf', () => {
  it('gives everybody the scopes that the realm would grant', async () => {
    expect(callersOf(await shop())).toEqual([
      {
        name: 'alice',
        what: 'persona',
        client: 'storefront',
        roles: ['customer'],
        scopes: ['orders:read', 'orders:write'],
        withheld: [],
        audiences: ['orders'],
        stated: true,
      },
      {
        name: 'sam',
        what: 'persona',
        client: 'storefront',
        roles: ['support'],
        scopes: ['orders:read'],
        withheld: ['orders:write'],
        audiences: ['orders'],
        stated: true,
      },
      {
        name: 'reports',
        what: 'client',
        client: 'reports',
        roles: [],
        scopes: ['orders:read'],
        withheld: [],
        audiences: ['orders'],
        stated: true,
      },
      { name: 'anonymous', what: 'anonymous', roles: [], scopes: [], withheld: [], audiences: [], stated: true },
    ]);
  });

  it('expands the roles of a persona and those of a scope, as Keycloak does', async () => {
    const blueprint = await shop(
      ['support: { description: Helps customers }', 'support: {}\n    lead: { includes: [customer, support] }'],
      ['sam: { roles: [support]', 'sam: { roles: [lead]'],
      ['sam: { orders: [list, read] }', 'sam: { orders: [list, read, place] }'],
    );
    const sam = callersOf(blueprint).find(({ name }) => name === 'sam');
    expect(sam).toMatchObject({ roles: ['customer', 'lead', 'support'], scopes: ['orders:read', 'orders:write'], withheld: [] });
    // A scope for `lead` alone is a scope for whatever `lead` includes: the loader refuses such a blueprint, and the answer is still right.
    const { realm } = blueprint;
    const gated = {
      ...blueprint,
      realm: { ...realm, scopes: { ...realm.scopes, 'orders:write': { audience: 'orders', roles: ['lead'] } } },
    };
    expect(callersOf(gated).find(({ name }) => name === 'alice')?.scopes).toContain('orders:write');
  });

  it('says of somebody without a row that nothing is stated', async () => {
    const blueprint = await shop(['  reports: { orders: [list, read] }\n', '']);
    expect(callersOf(blueprint).map(({ name, stated }) => [name, stated])).toEqual([
      ['alice', true],
      ['sam', true],
      ['reports', false],
      ['anonymous', true],
    ]);
  });
});

describe('claimsOf', () => {
  it('makes the claims of a person, of a service and of nobody', async () => {
    const blueprint = await shop();
    const [alice, , reports, anonymous] = callersOf(blueprint);
    const common = { iss: 'http://localhost:8080/realms/shop', typ: 'Bearer', acr: '1', iat: 1000, exp: 1300, aud: 'orders' };
    expect(claimsOf(blueprint, alice!, 1000)).toEqual({
      ...common,
      sub: 'alice',
      azp: 'storefront',
      scope: 'openid orders:read orders:write',
      realm_access: { roles: ['customer'] },
    });
    expect(claimsOf(blueprint, reports!, 1000)).toEqual({
      ...common,
      sub: 'reports',
      azp: 'reports',
      scope: 'orders:read',
      client_id: 'reports',
    });
    expect(claimsOf(blueprint, anonymous!, 1000)).toBeNull();
  });
});
