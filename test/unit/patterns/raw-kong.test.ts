import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/core/resource.ts';
import type { Desired } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { expand } from '../../../src/patterns/index.ts';
import { complaints, env, load, problemsIn, sso } from '../blueprint/loading.ts';

const withRaw = async (raw: string): Promise<string> => `${await sso()}\nraw:\n  kong:\n${raw.replace(/^/gm, '    ')}\n`;
const expanded = async (raw: string): Promise<ReadonlyMap<string, Desired>> => {
  const blueprint = await load(await withRaw(raw), { env: { ...env, KEY: 'the-key-of-edge' } });
  return new Map(expand(blueprint).desired.map((object) => [addressOf(object), object]));
};
/** Code and marked text of everything that an expansion complains about. */
const told = async (raw: string): Promise<readonly (readonly [string, string])[]> => {
  const text = await withRaw(raw);
  const blueprint = await load(text, { env: { ...env, KEY: 'the-key-of-edge' } });
  const lines = text.split('\n');
  return (await problemsIn(() => Promise.resolve().then(() => expand(blueprint)))).map(({ code, at }) => {
    const start = (at?.column ?? 1) - 1;
    return [code, (lines[(at?.line ?? 0) - 1] ?? '').slice(start, start + (at?.length ?? 0))] as const;
  });
};

describe('what raw.kong lays over a pattern', () => {
  it('is the last word on services, routes and the config of plugins, with the line of each field', async () => {
    const objects = await expanded(
      'services: { orders: { retries: 2 } }\nroutes: { orders.list: { https_redirect_status_code: 308 } }\nplugins: { shop.orders.cors: { max_age: 60 } }',
    );
    const [service, open] = [objects.get('kong.service/shop.orders'), objects.get('kong.service/shop.orders.public')];
    expect([service?.spec.retries, open?.spec.retries]).toEqual([2, 2]);
    expect(objects.get('kong.route/shop.orders.list')?.spec).toMatchObject({ https_redirect_status_code: 308, hosts: null });
    const cors = objects.get('kong.plugin/shop.orders.cors');
    expect(cors?.spec.config).toMatchObject({ max_age: 60, credentials: true });
    expect(Object.keys(cors?.fields ?? {})).toEqual(['config.max_age']);
    expect(cors?.fields?.['config.max_age']?.line).toBe((cors?.origin.line ?? 0) > 0 ? (service?.fields?.retries?.line ?? 0) + 2 : 0);
    expect(objects.get('kong.plugin/shop.orders.jwt')?.fields).toBeUndefined();
  });

  it('names what is not there, and what must not be stated', async () => {
    expect(await told('plugins: { shop.orders.corse: { max_age: 60 } }\nservices: { orders: { tags: [a] } }')).toEqual([
      ['RAW_UNKNOWN_PLUGIN', 'shop.orders.corse'],
      ['RAW_FIELD', 'tags'],
    ]);
  });

  it.each([
    ['service: shop.other', '"service"', /the route under the other service, or .*raw\.kong\.entities\.routes/],
    ['protocols: [https]', '"protocols"', /^write a route of your own under raw\.kong\.entities\.routes$/],
    ['methods: [GET]', '"methods"', /"match".*entities/],
    ['hosts: [shop.example]', '"hosts"', /"hosts".*entities/],
    ['paths: [/else]', '"paths"', /"match".*entities/],
    ['headers: { x-stage: [draft] }', '"headers"', /"headers".*entities/],
    ['snis: [shop.example]', '"snis"', /^write/],
    ['sources: [{ ip: 10.0.0.1 }]', '"sources"', /^write/],
    ['destinations: [{ port: 443 }]', '"destinations"', /^write/],
    ['regex_priority: 9', '"regex_priority"', /"match".*entities/],
    ['expression: \'http.path == "/"\'', '"expression"', /"match".*entities/],
    ['priority: 9', '"priority"', /"match".*entities/],
    ['methods: null', '"methods"', /"match".*entities/],
  ])('refuses what says which requests a route takes, or whose guards stand before it (%s)', async (stated, named, next) => {
    const blueprint = await load(await withRaw(`routes: { orders.list: { https_redirect_status_code: 308, ${stated} } }`));
    const problems = await problemsIn(() => Promise.resolve().then(() => expand(blueprint)));
    expect(problems).toMatchObject([{ code: 'RAW_ROUTE_CONDITION', message: expect.stringContaining(named) as string, hint: expect.stringMatching(next) as string }]);
    expect(await told(`routes: { orders.list: { https_redirect_status_code: 308, ${stated} } }`)).toEqual([['RAW_ROUTE_CONDITION', stated.split(':')[0]]]);
  });

  it('leaves what happens to a request that the route has taken', async () => {
    const objects = await expanded('routes: { orders.list: { https_redirect_status_code: 301, path_handling: v1, strip_path: true, preserve_host: true, request_buffering: false, response_buffering: false } }');
    expect(objects.get('kong.route/shop.orders.list')?.spec).toMatchObject({ path_handling: 'v1', strip_path: true, preserve_host: true, response_buffering: false });
  });
});

describe('raw.kong.entities', () => {
  it('become objects that wait for what they refer to', async () => {
    const objects = await expanded(`services: { orders: { host: pool, client_certificate: edge } }
entities:
  certificates: { edge: { cert: PEM, key: "\${KEY}", snis: [shop.example] } }
  upstreams: { pool: { targets: { orders-1: {} } } }
  consumers: { partner: { acls: [readers], keyauth_credentials: { now: { key: "\${KEY}" } } } }
  routes: { extra: { service: shop.orders, paths: [/b, /a] } }
  plugins: { rate: { name: rate-limiting, consumer: partner, route: extra, config: { minute: 1 } } }`);
    const certificate = objects.get('kong.certificate/edge');
    expect(certificate?.spec.key).toBeInstanceOf(Secret);
    expect(objects.get('kong.service/shop.orders')).toMatchObject({
      spec: { host: 'pool', client_certificate: { id: certificate?.spec.id } },
      after: expect.arrayContaining(['kong.certificate/edge', 'kong.upstream/pool', 'kong.target/pool/orders-1:8000']) as string[],
    });
    expect(objects.get('kong.sni/shop.example')?.spec.certificate).toEqual({ id: certificate?.spec.id });
    expect(objects.get('kong.acl/partner/readers')).toMatchObject({ spec: { group: 'readers' }, after: ['kong.consumer/partner'] });
    expect(objects.get('kong.keyauth_credential/partner/now')?.spec.key).toBeInstanceOf(Secret);
    expect(objects.get('kong.route/extra')?.spec).toMatchObject({ paths: ['/a', '/b'], service: { name: 'shop.orders' } });
    expect(objects.get('kong.plugin/rate')).toMatchObject({
      spec: { service: null, route: { name: 'extra' }, consumer: { username: 'partner' }, enabled: true },
      after: ['kong.route/extra', 'kong.consumer/partner'],
    });
  });

  it.each([
    ['plugins: { p: { name: cors, service: shop.order } }', [['RAW_UNKNOWN_NAME', 'service']]],
    ['plugins: { p: { name: cors, route: theirs } }', [['RAW_UNKNOWN_NAME', 'route']]],
    ['plugins: { p: { name: cors, consumer: [a] } }', [['RAW_REFERENCE', 'consumer']]],
    ['plugins: { p: { config: {} } }', [['RAW_PLUGIN_UNNAMED', 'p']]],
    ['keys: { k: { set: nobody, kid: "1" } }', [['RAW_UNKNOWN_NAME', 'set']]],
    ['upstreams: { u: { client_certificate: none } }', [['RAW_UNKNOWN_NAME', 'client_certificate']]],
    ['services: { shop.orders: { host: x } }', [['RAW_NAME_TAKEN', 'shop.orders']]],
    ['consumers: { c: { username: d, id: x } }', [['RAW_FIELD', 'id'], ['RAW_FIELD', 'username']]],
  ])('names the place of what cannot be (%s)', async (raw, expected) => {
    expect(await told(`entities: { ${raw} }`)).toEqual(expected);
  });

  it.each([
    'certificates: { edge: { cert: PEM, key: in-the-open } }',
    'consumers: { c: { keyauth_credentials: { k: { key: in-the-open } } } }',
    'consumers: { c: { basicauth_credentials: { k: { password: in-the-open } } } }',
    'consumers: { c: { hmacauth_credentials: { k: { secret: in-the-open } } } }',
    'keys: { k: { kid: "1", jwk: in-the-open } }',
    'keys: { k: { kid: "1", pem: { private_key: in-the-open } } }',
  ])('may not hold a secret that is no reference (%s)', async (raw) => {
    expect(await complaints(await withRaw(`entities: { ${raw} }`))).toMatchObject([{ code: 'BLUEPRINT_SECRET_LITERAL', marked: 'in-the-open' }]);
  });

  it('may hold a reference to a vault', async () => {
    const objects = await expanded('entities: { consumers: { c: { basicauth_credentials: { k: { password: "{vault://env/x}" } } } } }');
    expect(objects.get('kong.basicauth_credential/c/k')?.spec.password).toBe('{vault://env/x}');
  });
});
