import { describe, expect, it } from 'vitest';
import { fieldsOfSchema, stillMeant } from '../../../../src/providers/kong/reach/schema-defaults.ts';
import { canonicalHost, endpointsOf } from '../../../../src/providers/address.ts';
import { expressionOf } from '../../../../src/providers/kong/reach/expression.ts';
import { lookUpNames } from '../../../../src/providers/names.ts';
import { inOrder, rulesOf, winnerOf } from '../../../../src/providers/kong/reach/router.ts';
import type { Request } from '../../../../src/providers/kong/reach/router.ts';
import { samplesOf } from '../../../../src/providers/kong/reach/samples.ts';
import { buildRouter } from '../../../../infra/stand-ins/src/kong/proxy/router.ts';
import { headerList } from '../../../../infra/stand-ins/src/kong/proxy/headers.ts';
import type { Spec } from '../../../../src/core/resource.ts';
import { unstated } from '../../../../src/core/unstated.ts';
import { desired, origin, ours, owned, reach, service } from './holding.ts';

describe('a host', () => {
  it.each(['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', '127.0.0.1', '127.1', '0', '0.0.0.0', '2130706433', '0x7f000001', '0177.0.0.1', '0x7f.1', '::1', '[::1]', '::', '::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:0:0:1'])(
    '%s is this machine', (host) => expect(canonicalHost(host)).toBe('loopback'),
  );
  it.each([['10.1', '10.0.0.1'], ['012.0.0.1', '10.0.0.1'], ['::ffff:10.0.0.1', '10.0.0.1'], ['2001:DB8:0::1', '2001:db8::1'], ['Orders.Example.', 'orders.example'], ['127.example', '127.example'], ['127.8.8.8', '127.8.8.8'], ['999.1.1.1', '999.1.1.1']])(
    '%s is %s', (host, canonical) => expect(canonicalHost(host)).toBe(canonical),
  );
  it('is known by its name and by every address behind it', () => {
    expect(endpointsOf('db.example', 5432, () => ['10.0.0.7', '127.0.0.1'])).toEqual(['db.example:5432', '10.0.0.7:5432', 'loopback:5432']);
  });
});

describe('names', () => {
  it('are asked for once, side by side, and one that is not found or hangs is not known', async () => {
    const asked: string[] = [];
    const lookUp = lookUpNames((name) => {
      asked.push(name);
      return name === 'hangs' ? new Promise(() => undefined) : name === 'missing' ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(['10.0.0.1']);
    }, 1);
    expect(Object.fromEntries(await lookUp(['found', 'missing', 'hangs', 'found']))).toEqual({ found: ['10.0.0.1'], missing: undefined, hangs: undefined });
    await lookUp(['found']);
    expect(asked).toEqual(['found', 'missing', 'hangs']);
  });
  it('lead to ours where they say so, and are told as not looked at where they say nothing', async () => {
    const side = [
      { kind: 'kong.service', id: 'theirs', spec: { ...service.spec, name: 'theirs', host: 'alias.example' } },
      { kind: 'kong.route', id: 'side-door', spec: { name: 'side-door', service: { name: 'theirs' }, paths: ['/bd'] } },
    ];
    const known = await reach(desired, [...owned(...ours), ...side], { addresses: new Map([['alias.example', ['10.0.0.1']], ['orders', ['10.0.0.1']]]) });
    expect(known).toMatchObject({ dangers: [{ id: 'side-door', effect: 'opens', origin }], unseen: [] });
    const unknown = await reach(desired, [...owned(...ours), ...side], { addresses: new Map([['alias.example', undefined], ['orders', undefined]]) });
    expect(unknown).toEqual({ dangers: [], unseen: [{ target: 'kong', what: 'whether alias.example lead to a service of the blueprint', why: 'these names do not resolve on this machine; they are compared as names only' }] });
  });
});

describe('samples of a regular expression', () => {
  it.each([['/orders/[^/]+$', '/orders/x'], ['/v(1|2)/[a-z]+$', '/v1/x'], ['/orders/\\d{3}', '/orders/444'], ['(?i)/ORDERS', '/ORDERS'], ['/a(?<id>\\w+)?/b$', '/a/b'], ['/(?!x)y', '/y'], ['/files/.*\\.pdf$', '/files/.pdf']])(
    'of %s hold %s', (source, sample) => expect(samplesOf(source)).toContain(sample),
  );
  it('are none of what cannot be read', () => expect(samplesOf('/a(?<=')).toEqual([]));
});

describe('a router expression', () => {
  const asks = (source: string, facts: Record<string, string>) => expressionOf(source).matches({ 'http.method': 'GET', 'http.path': '/orders', ...facts });
  it.each([
    ['http.path == "/orders"', true],
    ['http.path ^= "/ord" && http.method == "GET"', true],
    ['http.path ^= "/inv" || http.method == "POST"', false],
    ['!(http.path ~ r#"^/orders$"#)', false],
    ['http.path =^ "ders" && lower(http.method) == "get"', true],
    ['http.headers.x_key == "a"', false],
    ['net.src.ip in 10.0.0.0/8', undefined],
    ['net.src.ip in 10.0.0.0/8 && http.method == "POST"', false],
    ['http.path contains "rde"', true],
    ['nonsense ((', undefined],
  ])('%s is %s', (source, matches) => expect(asks(source, {})).toBe(matches));
  it('is one of two routes that stand side by side', () => {
    const rules = inOrder([
      ...rulesOf({ kind: 'kong.route', id: 'low', owner: undefined, spec: { name: 'low', expression: 'http.path ^= "/orders"', priority: 1 } }),
      ...rulesOf({ kind: 'kong.route', id: 'high', owner: undefined, spec: { name: 'high', expression: 'http.path == "/orders" && http.method == "GET"', priority: 5 } }),
    ]);
    const ask = (path: string): string | undefined => winnerOf(rules, { method: 'GET', host: undefined, path, headers: {} })?.route.id;
    expect([ask('/orders'), ask('/orders/1'), ask('/else')]).toEqual(['high', 'low', undefined]);
  });
});

describe('the router', () => {
  /** A small world of conditions, in every combination that a seed gives. */
  const pick = <Item>(items: readonly Item[], seed: number): Item => items[seed % items.length]!;
  const specOf = (seed: number): Spec => ({
    name: `r${seed}`,
    paths: pick([null, ['/orders'], ['/orders/x'], ['~/orders/[^/]+$'], ['~/orders$', '/o'], ['/'], ['/orders', '/orders/xy/z']], seed),
    methods: pick([null, ['GET'], ['POST', 'PUT'], ['GET', 'POST']], Math.floor(seed / 7)),
    hosts: pick([null, ['a.example'], ['*.example'], ['b.*'], ['a.example', '*.example']], Math.floor(seed / 28)),
    headers: pick([null, { 'x-key': ['one', 'two'] }, { 'x-key': ['~*^o.*$'] }], Math.floor(seed / 140)),
    regex_priority: pick([0, 5], Math.floor(seed / 420)),
    protocols: ['http', 'https'],
  });
  const requests: readonly Request[] = ['/orders', '/orders/x', '/orders/xy/z', '/o', '/other'].flatMap((path) =>
    ['GET', 'PUT'].flatMap((method) => ['a.example', 'b.test', undefined].flatMap((host) => [{}, { 'x-key': 'one' }].map((headers) => ({ path, method, host, headers })))),
  );

  it('gives each request to the route that the stand-in gives it to', () => {
    let compared = 0;
    for (let round = 0; round < 60; round += 1) {
      const rows = Array.from({ length: 6 }, (_, at) => ({ id: `00000000-0000-4000-8000-0000000${10_000 + ((round * 37 + at * 101) % 840)}`, ...specOf((round * 37 + at * 101) % 840) }));
      const theirs = buildRouter(rows, () => undefined);
      const rules = inOrder(rows.flatMap(({ id, ...spec }) => rulesOf({ kind: 'kong.route', id: String((spec as Spec).name), owner: undefined, ref: { id, tags: [] }, spec: { name: '', ...spec } })));
      for (const request of requests) {
        const facts = { method: request.method, host: request.host, path: request.path, headers: headerList(Object.entries(request.headers)), port: 8000, clientIp: '10.0.0.1', clientPort: 1, serverIp: '10.0.0.2' };
        const routed = theirs(facts);
        expect(winnerOf(rules, request)?.route.id, JSON.stringify({ request, rows })).toBe(routed.kind === 'matched' ? routed.match.route.name : undefined);
        compared += 1;
      }
    }
    expect(compared).toBe(60 * requests.length);
  });
});

describe("a live schema's defaults", () => {
  const schema = {
    type: 'record',
    fields: [{ limit: { type: 'integer', default: 5 } }, { redis: { type: 'record', default: { host: 'r' }, fields: [{ host: { type: 'string' } }, { port: { type: 'integer', default: 6379 } }] } }, { names: { type: 'set', default: ['b', 'a'] } }, { id: { type: 'string', auto: true } }],
    shorthand_fields: [{ redis_host: { type: 'string', deprecation: { replaced_with: [{ path: ['redis', 'host'] }] } } }],
  };
  const left = (held: Spec, stated: Spec = {}) => unstated(stillMeant(fieldsOfSchema(schema), stated), stated, held).map(({ path }) => path);
  it('are no difference, in sets in any order, in records, and under old names', () => {
    expect(left({ limit: 5, redis: { host: 'r', port: 6379 }, names: ['a', 'b'], id: 'made', redis_host: 'r' })).toEqual([]);
    expect(left({ limit: 6, redis: { host: 's', port: 1 }, names: ['a'], redis_host: 's' })).toEqual(['limit', 'redis.host', 'redis.port', 'names']);
    expect(left({ redis: { host: 's', port: 6379 }, redis_host: 's' }, { redis_host: 's' })).toEqual([]);
  });
});
