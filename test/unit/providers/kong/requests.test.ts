import { describe, expect, it } from 'vitest';
import type { LivePlugin, LiveRoute } from '../../../../src/providers/kong/reach/objects.ts';
import { hostsFor, headersFor, inWords, methodsOf, pathsOf, requestsOf } from '../../../../src/providers/kong/reach/requests.ts';
import { inOrder, rulesOf, winnerOf } from '../../../../src/providers/kong/reach/router.ts';
import { inGroup, pluginsInForce } from '../../../../src/providers/kong/reach/scopes.ts';

const route = (spec: object): LiveRoute => ({ kind: 'kong.route', id: 'r', owner: undefined, spec: { name: 'r', ...spec } });
const expression = (source: string) => route({ expression: source });
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

describe('requests that go a route', () => {
  it('take its paths, and one below each', () => {
    expect(pathsOf(route({ paths: ['/a', '/b/'] }))).toEqual(['/a', '/a/x', '/b/', '/b/x']);
    expect(pathsOf(route({ paths: ['/a', '/a/x'] }))).toEqual(['/a', '/a/x', '/a/x/x']);
    expect([pathsOf(route({})), pathsOf(route({ paths: null })), pathsOf(route({ paths: [], expression: '' }))]).toEqual([['/'], ['/'], ['/']]);
    expect(pathsOf(route({ paths: ['~/v(1|2)$'] }))).toContain('/v1');
    expect(pathsOf(expression('http.path ^= "/a/" || http.path ~ "^/v[0-9]"'))).toEqual(expect.arrayContaining(['/a/', '/a/x', '/v0']));
    expect(pathsOf(expression('http.method == "GET"'))).toEqual(['/']);
  });

  it('take its methods, or any', () => {
    expect([methodsOf(route({ methods: ['PUT'] })), methodsOf(route({ methods: null })), methodsOf(route({ methods: [] }))]).toEqual([['PUT'], METHODS, METHODS]);
    expect(methodsOf(expression('http.method == "PUT" || http.method == "GET"'))).toEqual(['PUT', 'GET']);
    expect(methodsOf(expression('http.path == "/PUT"'))).toEqual(METHODS);
  });

  it('take a host of the gateway that fits, else one of its own', () => {
    const hosts = ['gate.example', 'other.example'];
    expect(hostsFor(route({}), hosts)).toEqual(['gate.example']);
    expect(hostsFor(route({}), [])).toEqual([undefined]);
    expect(hostsFor(route({ hosts: ['*.example'] }), hosts)).toEqual(hosts);
    expect(hostsFor(route({ hosts: ['other.example', 'gate.test'] }), hosts)).toEqual(['other.example']);
    expect(hostsFor(route({ hosts: ['*.test', 'b.*'] }), hosts)).toEqual(['x.test']);
    expect(hostsFor(route({ hosts: ['b.*'] }), hosts)).toEqual(['b.x']);
    expect(hostsFor(expression('http.host == "x.test"'), hosts)).toEqual(['x.test']);
    expect(hostsFor(expression('http.path == "/x.test"'), hosts)).toEqual(['gate.example']);
  });

  it('carry the headers that it asks for', () => {
    expect(headersFor(route({ headers: { 'X-Key': ['one', 'two'], 'x-re': ['~*^ab'] } }))).toEqual({ 'x-key': 'one', 'x-re': 'ab' });
    expect(headersFor(route({}))).toEqual({});
    expect(headersFor(expression('http.headers.X_Key == "one" && http.path == "/a"'))).toEqual({ 'x-key': 'one' });
    expect(headersFor(expression('http.path == "/a"'))).toEqual({});
  });

  it('are one for each path, by the first method', () => {
    expect(requestsOf(route({ paths: ['~/a$', '~/b$'], methods: ['PUT', 'GET'], hosts: ['h.test'] }), ['gate.example'])).toEqual([
      { method: 'PUT', host: 'h.test', path: '/a', headers: {} },
      { method: 'PUT', host: 'h.test', path: '/b', headers: {} },
    ]);
  });

  it('are told with what is not usual about them', () => {
    expect(inWords({ method: 'GET', path: '/a', host: 'gate.example', headers: {} }, ['gate.example'])).toBe('GET /a');
    expect(inWords({ method: 'GET', path: '/a', host: undefined, headers: { 'x-key': 'one' } }, [])).toBe('GET /a with x-key: one');
    expect(inWords({ method: 'GET', path: '/a', host: 'h.test', headers: { 'x-key': 'one' } }, ['gate.example'])).toBe('GET /a with Host: h.test and x-key: one');
  });
});

describe('a route that asks for headers', () => {
  const takes = (headers: object, sent: Record<string, string>): boolean =>
    winnerOf(inOrder(rulesOf(route({ paths: ['/'], headers }))), { method: 'GET', path: '/', host: undefined, headers: sent }) !== undefined;
  it.each([
    [{ 'X-Key': ['One', 'two'] }, { 'x-key': 'ONE' }, true],
    [{ 'x-key': ['one', 'two'] }, { 'x-key': 'two' }, true],
    [{ 'x-key': ['one'] }, { 'x-key': 'three' }, false],
    [{ 'x-key': ['one'] }, {}, false],
    [{ 'x-key': ['one'], 'x-other': ['a'] }, { 'x-key': 'one' }, false],
    [{ 'x-key': ['~*^O.E$'] }, { 'x-key': 'oNe' }, true],
    [{ 'x-key': ['~*^o$'] }, { 'x-key': 'one' }, false],
    [{ 'x-key': ['~*('] }, { 'x-key': 'whatever' }, true],
    [{ 'x-key': ['~*('] }, {}, false],
  ])('%j takes %j: %s', (headers, sent, taken) => expect(takes(headers, sent)).toBe(taken));
});

describe('of several plugins of one name', () => {
  const scopes = { route: { name: 'r' }, service: { name: 's' }, consumer: { username: 'c' } };
  type Part = keyof typeof scopes;
  const plugin = (parts: readonly Part[], more: object = {}): LivePlugin => ({
    kind: 'kong.plugin', id: parts.join('+') || 'global', owner: undefined,
    spec: { name: 'cors', instance_name: null, config: {}, ...Object.fromEntries(parts.map((part) => [part, scopes[part]])), ...more },
  });
  const order: readonly (readonly Part[])[] = [['route', 'service', 'consumer'], ['route', 'consumer'], ['service', 'consumer'], ['route', 'service'], ['consumer'], ['route'], ['service'], []];
  const place = { route: 'r', service: 's', consumer: 'c' };

  it('the most specific one counts', () => {
    for (let from = 0; from < order.length; from += 1)
      expect(pluginsInForce(order.slice(from).toReversed().map((parts) => plugin(parts))).at('cors', place)?.id).toBe((order[from] ?? []).join('+') || 'global');
  });

  it.each(order)('that on %s %s %s counts there alone', (...parts) => {
    const { at } = pluginsInForce([plugin(parts)]);
    expect(at('cors', place)).toBeDefined();
    for (const part of parts) {
      expect(at('cors', { ...place, [part]: undefined })).toBeUndefined();
      expect(at('cors', { ...place, [part]: 'another' })).toBeUndefined();
    }
    expect(at('jwt', place)).toBeUndefined();
  });

  it('one that is off, or for a group of consumers, counts nowhere', () => {
    const group = { consumer_group: { name: 'g' } };
    expect([{ enabled: false }, group].map((more) => pluginsInForce([plugin([], more)]).allAt(place))).toEqual([[], []]);
    expect([inGroup(plugin([], group).spec), inGroup(plugin([], { consumer_group: null }).spec), inGroup(plugin([]).spec)]).toEqual([true, false, false]);
    expect(pluginsInForce([plugin([], { enabled: true }), plugin(['route'])]).allAt(place).map(({ id }) => id)).toEqual(['route']);
  });
});
