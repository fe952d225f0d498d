import { describe, expect, it } from 'vitest';
import { cellKey, expected, matrixOf, policyData, questionsOf, routeKey } from '../../../src/access/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { explainBlueprint } from '../../../src/explain/overview.ts';
import { expand } from '../../../src/patterns/index.ts';
import { kong } from '../../../src/providers/kong/specs/index.ts';
import { matrixText } from '../../../src/render/matrix.ts';
import { guardedServices } from '../../../src/stack/needs/guarded-services.ts';
import { createRouteTable } from '../../../src/service/routes.ts';
import { complaints, load, sso } from './loading.ts';

const read = '"GET /orders/{id}"';
const listed = (...matches: readonly string[]) => sso([`match: ${read}`, `match: [${matches.join(', ')}]`]);
const two = () => listed(read, '"POST /orders/search"');
const reads = ({ services }: Blueprint) => (services.orders?.routes ?? []).filter(({ id }) => id === 'read');
const names = (blueprint: Blueprint): readonly string[] =>
  expand(blueprint).desired.filter((object) => !object.kind.startsWith('keycloak.')).map(addressOf).filter((address) => address.includes('orders.read'));

describe('a route that lists several matches', () => {
  it('is each of them, by one id and with the same demands, and each has its own line', async () => {
    const blueprint = await load(await two());
    const [first, second] = reads(blueprint);
    expect(reads(blueprint).map((route) => [route.id, routeKey(route), route.verbs, route.path])).toEqual([
      ['read', 'read', 'GET', '/orders/{id}'],
      ['read', 'read~2', 'POST', '/orders/search'],
    ]);
    expect(second).toMatchObject({ scopes: first?.scopes, roles: first?.roles, gateways: first?.gateways });
    expect(second?.at.column).toBeGreaterThan(first?.at.column ?? Infinity);
    // Expected of one is expected of the other.
    for (const who of ['alice', 'sam', 'anonymous']) expect(expected(blueprint, who, second!)).toBe(expected(blueprint, who, first!));
  });

  it('is the same as a text where it lists one', async () => {
    const [one, text] = [await load(await listed(read)), await load(await sso())];
    expect(names(one)).toEqual(names(text));
    expect(policyData(one)).toEqual(policyData(text));
  });

  it('renames nothing when one is added at its end', async () => {
    const [before, after] = [names(await load(await two())), names(await load(await listed(read, '"POST /orders/search"', '"GET /orders/{id}/lines"')))];
    expect(after).toEqual(expect.arrayContaining([...before]));
    expect(before.filter((address) => address.startsWith('kong.route/'))).toEqual(['kong.route/shop.orders.read', 'kong.route/shop.orders.read~2']);
  });

  it('is one row of the matrix where all of it fares alike, and is told apart where it does not', async () => {
    const blueprint = await load(await two());
    const row = (deny?: string): readonly string[] => {
      const answers = new Map(questionsOf(blueprint, 0).map(({ key }) => [key, { allow: key !== deny, reasons: [] }]));
      return matrixText(matrixOf(blueprint, answers), 'a test').split('\n').filter((line) => line.startsWith('orders.read ') && line.includes(' kong ')).map((line) => line.split(/ {2,}/)[1] ?? '');
    };
    expect(row()).toEqual(['GET /orders/{id}; POST /orders/search']);
    expect(row('kong orders.read~2 alice')).toEqual(['GET /orders/{id}', 'POST /orders/search']);
    expect(matrixOf(blueprint, undefined).cells.filter(({ route, who }) => route === 'read' && who === 'alice').map(cellKey)).toEqual(expect.arrayContaining(['read', 'read~2']));
  });

  it('is one route to a policy, which is asked by the path of each', async () => {
    const blueprint = await load(await two());
    expect(policyData(blueprint)).toMatchObject({
      services: { orders: { routes: { read: { method: 'GET', path: '/orders/{id}', also: [{ method: 'POST', methods: ['POST'], path: '/orders/search' }] } } } },
    });
    const asked = questionsOf(blueprint, 0).filter(({ key }) => /orders\.read(~2)? alice/.test(key)).map(({ input }) => input);
    expect(asked).toMatchObject([
      { request: { path: '/orders/42' }, route: { service: 'orders', id: 'read' } },
      { request: { path: '/orders/search' }, route: { service: 'orders', id: 'read' } },
    ]);
    const plugins = expand(blueprint).desired.filter(kong.plugin.is).filter(({ id }) => id.endsWith('.opa') && id.includes('orders.read'));
    expect(plugins.map(({ spec }) => spec.config)).toMatchObject([{ route: 'read', path_template: '/orders/{id}' }, { route: 'read', path_template: '/orders/search' }]);
  });

  it('is named once in the overview, with each match on a line', async () => {
    const blueprint = await load(await two());
    const lines = explainBlueprint(blueprint, expand(blueprint), 'authctl explain').split('\n');
    const at = lines.findIndex((line) => line.startsWith('  orders.read '));
    expect(lines[at]).toContain('GET /orders/{id}');
    expect(lines[at + 1]).toMatch(/^ {3,}POST \/orders\/search/);
  });

  it('is laid over whole by raw', async () => {
    const blueprint = await load(`${await two()}\nraw: { kong: { routes: { orders.read: { https_redirect_status_code: 308 } } } }\n`);
    const redirects = expand(blueprint).desired.filter(kong.route.is).filter(({ id }) => id.includes('orders.read')).map(({ spec }) => spec.https_redirect_status_code);
    expect(redirects).toEqual([308, 308]);
  });

  it('is one route to the guard of a service', async () => {
    const guarded = guardedServices(await load((await two()).replace('pattern: sso', 'pattern: jwt').replace(/authorization:\n( {2}.*\n)+/, 'authorization: { pattern: none }\n')));
    const rule = guarded.orders?.routes.find(({ id }) => id === 'read');
    expect(rule).toMatchObject({ method: 'GET', path: '/orders/{id}', also: [{ method: 'POST', path: '/orders/search' }] });
    const find = createRouteTable(rule ? [rule] : []);
    const target = (segments: readonly string[]) => ({ path: `/${segments.join('/')}`, query: '', segments });
    expect(find('GET', target(['orders', '7']))).toMatchObject({ rule: { id: 'read' }, params: { id: '7' } });
    expect(find('POST', target(['orders', 'search']))).toMatchObject({ rule: { id: 'read' }, params: {} });
    expect(find('GET', target(['orders', 'search', 'x']))).toBeUndefined();
    expect(() => createRouteTable(rule ? [{ ...rule, also: [{ method: 'GET', path: '/orders/{other}' }] }] : [])).toThrow('declared twice');
  });
});

describe('what is wrong with one match', () => {
  const told = async (text: string) => (await complaints(text)).map(({ code, marked }) => [code, marked]);

  it.each([
    ['the same twice', [read, read], 'BLUEPRINT_ROUTE_OVERLAP', read],
    ['the same path by another name', [read, '"GET /orders/{order}"'], 'BLUEPRINT_ROUTE_OVERLAP', '"GET /orders/{order}"'],
    ['what another route takes', [read, '"GET /orders/health"'], 'BLUEPRINT_ROUTE_OVERLAP', undefined],
    ['no method', [read, '"/orders/all"'], 'BLUEPRINT_WRONG_VALUE', '"/orders/all"'],
    ['a variable twice', [read, '"GET /x/{a}/{a}"'], 'BLUEPRINT_ROUTE_PATH', '"GET /x/{a}/{a}"'],
  ])('%s is told at it', async (_what, matches, code, marked) => {
    expect(await told(await listed(...matches))).toEqual([[code, marked ?? expect.any(String)]]);
  });

  it('an empty list takes nothing', async () => {
    expect((await told(await listed())).map(([code]) => code)).toEqual(['BLUEPRINT_WRONG_VALUE']);
  });

  it('a path without the variable that names the owner is told', async () => {
    const text = await listed(read, '"GET /mine"');
    expect((await told(text.replace(`[${read}, "GET /mine"],`, `[${read}, "GET /mine"], ownedBy: id,`).replace('pattern: centralised', 'pattern: hybrid').replace('    routes:\n      list', '    objects: { "1001": alice }\n    routes:\n      list'))).map(([code]) => code)).toContain('BLUEPRINT_OWNER');
  });

  it('a sample may name the variables of any of them, and no others', async () => {
    const sampled = async (name: string) => told((await listed(read, '"GET /lines/{line}"')).replace('"GET /lines/{line}"],', `"GET /lines/{line}"], sample: { path: { ${name}: "7" } },`));
    expect(await sampled('line')).toEqual([]);
    expect((await sampled('other')).map(([code]) => code)).toEqual(['BLUEPRINT_SAMPLE']);
  });
});
