import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../../src/core/resource.ts';
import { desired, guard, jwt, owned, ours, reach, scope, service, wanted } from './holding.ts';
import type { Thing } from './holding.ts';

const elsewhere: Thing = { kind: 'kong.service', id: 'theirs', spec: { name: 'theirs', protocol: 'http', host: 'evil.example', port: 80, enabled: true } };
const hijack = (spec: Spec): Thing => ({ kind: 'kong.route', id: 'hijack', spec: { name: 'hijack', service: { name: 'theirs' }, protocols: ['http', 'https'], ...spec } });

const told = async (things: readonly Thing[], ofOurs = ours, wantedOnes = desired): Promise<readonly string[]> => {
  const { dangers, unseen } = await reach(wantedOnes, [...owned(...ofOurs), elsewhere, ...things]);
  return [...dangers.map(({ effect, id }) => `${effect} ${id}`), ...unseen.map(({ what }) => `unseen: ${what}`)];
};

const NOT_KNOWN = ['unseen: whether hijack takes requests of ours'];

describe('a path by an expression that is read otherwise here than by Kong', () => {
  const byPaths = (...paths: readonly string[]) => told([hijack({ paths, methods: ['GET'], regex_priority: 1000 })]);

  it.each(['~/[[:alpha:]]{6}$', '~/\\p{L}+$', '~/\\x{6f}rders$', '~/(?:theirs|\\p{L}rders)$', '~/orders\\z', '~/[a-z&&[^x]]+$', '~/(?x) orders $'])('takes nobody knows what: %s', async (path) => expect(await byPaths(path)).toEqual(NOT_KNOWN));
  it('hides behind no other path of the route', async () => expect(await byPaths('/theirs', '~/[[:alpha:]]{6}$')).toEqual(NOT_KNOWN));
  it.each(['~/theirs/[[:alpha:]]+$', '~/theirs/\\p{L}+$'])('is nobody’s business where it begins as none of ours: %s', async (path) => expect(await byPaths(path)).toEqual([]));
  it('is nobody’s business where ours goes before it', async () => expect(await told([hijack({ paths: ['~/[[:alpha:]]{6}$'], methods: ['GET'], regex_priority: 0 })])).toEqual([]));
  it('takes what Kong asks first: a priority below 0 goes before all, whatever it is', async () => expect(await told([hijack({ paths: ['~/[[:alpha:]]{6}$'], methods: ['GET'], regex_priority: -1 })])).toEqual(NOT_KNOWN));
  it.each(['~/o\\w+s$', '~/order[s]$', '~/orde(rs)$', '~/orderss?$', '~/orders/*$', '~/orders{1}$', '~/ord', '~/theirs/x|/o\\w+s$', '~/o.+$', '~/\\w+$'])('takes what begins as ours: %s', async (path) => expect(await byPaths(path)).toEqual(['exposes hijack']));
  it.each(['~/\\x6frders$', '~/[a-z\\-]{6}$', '~/[^/]+$'])('is read where both read it alike: %s', async (path) => expect(await byPaths(path)).toEqual(['exposes hijack']));
});

describe('a path that is only the beginning of ours', () => {
  const byPrefix = (path: string) => told([hijack({ paths: [path], methods: ['GET'], hosts: ['kong.example'] })]);
  it.each(['/', '/o', '/ord', '/orders'])('takes it where the route asks for more: %s', async (path) => expect(await byPrefix(path)).toEqual(['exposes hijack']));
  it.each(['/orders/', '/ordersx', '/x', '/orders/o'])('takes none of it: %s', async (path) => expect(await byPrefix(path)).toEqual([]));
});

describe('a route by an expression, beside ours, which is one as well', () => {
  const route: Thing = { kind: 'kong.route', id: 'shop.orders.list', spec: { name: 'shop.orders.list', service: { name: 'shop.orders' }, expression: 'http.path == "/orders" && http.method == "GET"', priority: 10, protocols: ['http', 'https'] } };
  const all = [service, route, guard, jwt, scope];
  const by = (expression: string) => told([hijack({ expression, priority: 20 })], all, wanted(...all));

  it.each([
    'http.path == "/orders"',
    'http.path == "/orders" && http.method != "POST"',
    'http.path == "/orders" && !(http.method == "POST" || http.method == "PUT")',
    'http.path == "/orders" && http.host != "x.example"',
    'http.path == "/orders" && !(http.headers.x_internal == "yes")',
    'http.path == "/orders" && (http.headers.a == "1" || http.headers.b == "1")',
    '(http.method == "POST" && http.path == "/x") || (http.method == "GET" && http.path == "/orders")',
    '(http.host == "x.example" && http.path == "/x") || http.path == "/orders"',
    'http.path != "/x"',
  ])('takes ours: %s', async (expression) => expect(await by(expression)).toEqual(['exposes hijack']));

  it.each(['http.path == "/orders" && http.queries.a == "1"', 'http.path.segments.0 == "orders"', 'http.path == "/orders" && net.src.ip in 10.0.0.0/8', 'http.path ~ "^/[[:alpha:]]{6}$"', '((('])(
    'takes nobody knows what: %s',
    async (expression) => expect(await by(expression)).toEqual(NOT_KNOWN),
  );

  it.each(['http.path == "/theirs" && http.queries.a == "1"', 'http.method == "POST" && http.queries.a == "1"', 'http.path == "/orders" && http.method == "DELETE"'])('takes none of ours: %s', async (expression) => expect(await by(expression)).toEqual([]));
});
