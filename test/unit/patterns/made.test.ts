import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/core/resource.ts';
import type { Desired } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { env, load, sso } from '../blueprint/loading.ts';

type Edit = readonly [from: string, to: string];
const expansion = async (...edits: readonly Edit[]) => expand(await load(await sso(...edits)));
const objectsOf = async (...edits: readonly Edit[]): Promise<ReadonlyMap<string, Desired>> =>
  new Map((await expansion(...edits)).desired.map((object) => [addressOf(object), object]));

describe('groups of the realm', () => {
  const GROUPS = ['  scopes:\n    orders:read', '  groups:\n    staff: { roles: [support, customer], description: Who works here }\n    empty: {}\n  scopes:\n    orders:read'] as const;
  const edits: readonly Edit[] = [
    GROUPS,
    ['alice: { roles: [customer],', 'alice: { groups: [staff],'],
    ['sam: { roles: [support],', 'sam: { groups: [staff],'],
    // What the group gives is what the matrix says.
    ['alice: { orders: [list, read, place], invoices: [list, read] }', 'alice: { orders: [list, read, place], invoices: [list, read] }'],
    ['sam: { orders: [list, read], invoices: [list, read] }', 'sam: { orders: [list, read, place], invoices: [list, read] }'],
  ];

  it('give their roles to the personas that are in them, who are there before', async () => {
    const staff = (await objectsOf(...edits)).get('keycloak.group/shop/staff');
    expect(staff?.spec).toEqual({ description: 'Who works here', realmRoles: ['customer', 'support'], members: ['alice', 'sam'] });
    expect(staff?.after.toSorted()).toEqual(
      ['keycloak.realm/shop', 'keycloak.role/shop/customer', 'keycloak.role/shop/support', 'keycloak.user/shop/alice', 'keycloak.user/shop/sam'].toSorted(),
    );
    expect(staff?.origin.line).toBe((await sso(...edits)).split('\n').findIndex((line) => line.includes('staff: {')) + 1);
  });

  it('may give nothing to nobody', async () => {
    const empty = (await objectsOf(...edits)).get('keycloak.group/shop/empty');
    expect([empty?.spec, empty?.after]).toEqual([{ realmRoles: [], members: [] }, ['keycloak.realm/shop']]);
  });
});

describe('a scope', () => {
  it('is described where the blueprint describes it', async () => {
    const objects = await objectsOf(['orders:read: { audience: orders }', 'orders:read: { audience: orders, description: Sees orders }']);
    expect(objects.get('keycloak.client-scope/shop/orders:read')?.spec.description).toBe('Sees orders');
    expect(objects.get('keycloak.client-scope/shop/invoices:read')?.spec).not.toHaveProperty('description');
  });
});

describe('the keys of the issuer', () => {
  const key = (kid: string, alg = 'RS256') => ({ kid, alg, pem: `PEM of ${kid}` });
  it('become credentials of its consumer, those of the algorithm of the realm alone', async () => {
    const [deferred] = (await expansion()).deferred;
    const published = [key('1'), key('2', 'ES256'), key('3'), null, 'text', { kid: '4', alg: 'RS256' }, { kid: '5', alg: 'RS256', pem: 5 }];
    expect(deferred?.expand(published).map(({ id, spec, after }) => [id, spec, after])).toEqual(
      ['1', '3'].map((kid) => [
        `shop.issuer/${kid}`,
        { consumer: { username: 'shop.issuer' }, key: kid, algorithm: 'RS256', rsa_public_key: `PEM of ${kid}` },
        ['kong.consumer/shop.issuer'],
      ]),
    );
  });

  it('are none when nothing is published', async () => {
    const [deferred] = (await expansion()).deferred;
    expect([deferred?.expand(undefined), deferred?.expand({ keys: [] }), deferred?.expand([])]).toEqual([[], [], []]);
  });

  it('are asked of Keycloak when the realm and the consumer are there', async () => {
    const { deferred } = await expansion();
    expect(deferred.map(({ kind, needs, after }) => [kind, needs, after])).toEqual([
      ['kong.jwt_secret', { provider: 'keycloak', output: 'keys' }, ['keycloak.realm/shop', 'kong.consumer/shop.issuer']],
    ]);
  });
});

describe('the upstream of a service', () => {
  it.each([
    ['http://orders', { protocol: 'http', host: 'orders', port: 80, path: null }],
    ['https://orders.example', { protocol: 'https', host: 'orders.example', port: 443, path: null }],
    ['https://orders.example:8443/v1', { protocol: 'https', host: 'orders.example', port: 8443, path: '/v1' }],
  ])('is where Kong sends requests on to (%s)', async (url, place) => {
    const objects = await objectsOf(['${ORDERS_URL:-http://orders:9101}', url]);
    for (const name of ['shop.orders', 'shop.orders.public']) expect(objects.get(`kong.service/${name}`)?.spec).toMatchObject(place);
  });
});

describe('pages of another origin', () => {
  const ORIGINS = ['leeway: 5 }', 'leeway: 5 }\n  origins: ["https://b.example", "https://a.example"]'] as const;
  it('are answered by Kong and by AWS, for the methods that there are', async () => {
    const objects = await objectsOf(ORIGINS);
    const cors = objects.get('kong.plugin/shop.orders.cors')?.spec.config;
    expect(cors).toMatchObject({ methods: ['DELETE', 'GET', 'POST'], credentials: true, preflight_continue: false });
    expect(objects.get('kong.route/shop.orders.list')?.spec.methods).toEqual(['GET', 'HEAD', 'OPTIONS']);
    expect(objects.get('aws.api/shop')?.spec.CorsConfiguration).toMatchObject({ AllowOrigins: ['https://a.example', 'https://b.example'], AllowMethods: ['GET', 'POST'] });
  });

  it('do not exist where the pages have the origin of the gateway', async () => {
    const objects = await objectsOf(['in: [header, cookie], cookie: __Host-shop', 'in: [header]'], ['leeway: 5 }', 'leeway: 5 }\n  origins: []']);
    expect([...objects.keys()].filter((address) => address.endsWith('.cors'))).toEqual([]);
    expect(objects.get('kong.route/shop.orders.list')?.spec.methods).toEqual(['GET', 'HEAD']);
    expect(objects.get('aws.api/shop')?.spec.CorsConfiguration).toBe(null);
  });

  it('of a service whose token is in the header alone need no credentials', async () => {
    const objects = await objectsOf(['in: [header, cookie], cookie: __Host-shop', 'in: [header]'], ORIGINS);
    expect(objects.get('kong.plugin/shop.orders.cors')?.spec.config).toMatchObject({ credentials: false });
  });
});

describe('OPA is asked', () => {
  it('with the token that it wants, and with none where it wants none', async () => {
    const config = (objects: ReadonlyMap<string, Desired>) => objects.get('kong.plugin/shop.orders.list.opa')?.spec.config as { token?: { reveal: () => string } };
    expect(config(await objectsOf())).not.toHaveProperty('token');
    const blueprint = await load(await sso(['servers: ["${OPA_URL', 'token: "${OPA_TOKEN}"\n    servers: ["${OPA_URL']), {
      env: { ...env, OPA_TOKEN: 'token-of-opa' },
    });
    const objects = new Map(expand(blueprint).desired.map((object) => [addressOf(object), object]));
    expect(config(objects).token?.reveal()).toBe('token-of-opa');
    expect(config(objects)).toMatchObject({ decision: 'shop/authz', service: 'orders', route: 'list', path_template: '/orders' });
  });
});

it('a pattern that this version cannot build is told at its line', async () => {
  const blueprint = await load(await sso());
  // A blueprint of a later version.
  const later = { ...blueprint, authorization: { ...blueprint.authorization, pattern: 'later' as never } };
  expect(() => expand(later)).toThrow(expect.objectContaining({ code: 'PATTERN_UNKNOWN', at: blueprint.at('authorization.pattern'), expected: expect.stringContaining('hybrid') as string }) as Error);
});
