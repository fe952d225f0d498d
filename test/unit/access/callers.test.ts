import { describe, expect, it } from 'vitest';
import { callersOf, claimsOf, principalsOf } from '../../../src/access/index.ts';
import type { Caller } from '../../../src/access/index.ts';
import { callerNamed } from '../../../src/access/callers.ts';
import { shop } from '../blueprint/shop.ts';
import { example } from './in-force.ts';

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
      realm: { ...realm, scopes: { ...realm.scopes, 'orders:write': { audience: 'orders', mappers: {}, roles: ['lead'] } } },
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

  const named = async (file: string, who: string, changes: Partial<Caller> = {}): Promise<unknown> => {
    const blueprint = await example(file);
    return claimsOf(blueprint, { ...callersOf(blueprint).find(({ name }) => name === who)!, ...changes }, 0);
  };

  it('names the bearer where a scope leads to an API that knows owners, as Keycloak names people and service accounts', async () => {
    expect(await named('hybrid.yaml', 'alice')).toMatchObject({ preferred_username: 'alice' });
    expect(await named('hybrid.yaml', 'reports')).toMatchObject({ preferred_username: 'service-account-reports' });
    // The invoices know no owners.
    expect(await named('hybrid.yaml', 'alice', { audiences: ['invoices'] })).not.toHaveProperty('preferred_username');
    expect(await named('sso.yaml', 'alice')).not.toHaveProperty('preferred_username');
  });

  it('says one audience as a text, several as a list, and none not at all', async () => {
    expect(await named('sso.yaml', 'alice')).toMatchObject({ aud: ['orders', 'invoices'] });
    expect(await named('sso.yaml', 'alice', { audiences: ['orders'] })).toMatchObject({ aud: 'orders' });
    expect(await named('sso.yaml', 'alice', { audiences: [] })).not.toHaveProperty('aud');
  });
});

describe('somebody by name', () => {
  it('is a persona, a client for services or anonymous, and nobody else', async () => {
    const blueprint = await shop();
    const what = (who: string): string | undefined => callerNamed(blueprint, who, blueprint.authentication)?.what;
    expect(['alice', 'reports', 'anonymous', 'storefront', 'nobody'].map(what)).toEqual(['persona', 'client', 'anonymous', undefined, undefined]);
    expect(principalsOf(blueprint).map(({ name }) => name)).toEqual(['alice', 'sam', 'reports', 'anonymous']);
  });

  it('has no scopes where the client that people sign in with is none of the realm', async () => {
    const blueprint = await shop();
    const caller = callerNamed(blueprint, 'alice', { ...blueprint.authentication, client: 'constructor' });
    expect(caller).toMatchObject({ client: 'constructor', scopes: [], withheld: [], audiences: [], roles: ['customer'] });
  });
});
