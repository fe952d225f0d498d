import { describe, expect, it } from 'vitest';
import { foreignObject, matrixOf, ownObject, pathFor, pathOfObject, questionsOf, requestText, whosesOf } from '../../../src/access/index.ts';
import type { Route, Service } from '../../../src/blueprint/types.ts';
import { example } from './in-force.ts';

const hybrid = await example('hybrid.yaml');
const orders: Service = hybrid.services.orders!;
const routeOf = (id: string): Route => orders.routes.find((route) => route.id === id)!;
const [list, read] = [routeOf('list'), routeOf('read')];
const empty: Service = { ...orders, objects: {} };

describe('an object', () => {
  it('is somebody’s own or somebody else’s', () => {
    expect(['alice', 'bob', 'sam'].map((who) => [ownObject(orders, who), foreignObject(orders, who)])).toEqual([
      ['1001', '1002'],
      ['1002', '1001'],
      [undefined, '1001'],
    ]);
    expect([ownObject(empty, 'alice'), foreignObject(empty, 'alice')]).toEqual([undefined, undefined]);
  });

  it('is asked for in two ways where the route knows owners, in one where it does not', () => {
    expect([read, list].map(whosesOf)).toEqual([['own', 'foreign'], [undefined]]);
  });

  it('is named in the text of a request', () => {
    expect([requestText(list, undefined), requestText(read, 'own'), requestText(read, 'foreign')]).toEqual([
      'GET /orders',
      'GET /orders/{id}, own',
      "GET /orders/{id}, someone else's",
    ]);
  });
});

describe('the path of a request', () => {
  it.each([
    ['one’s own object', orders, 'bob', '/orders/1002'],
    ['any object for whom owns none', orders, 'sam', '/orders/1001'],
    ['any object for nobody in particular', orders, undefined, '/orders/1001'],
    ['something where there is no object', empty, 'bob', '/orders/42'],
  ] as const)('names %s', (_what, service, who, path) => {
    expect(pathFor(service, read, who)).toBe(path);
  });

  it('is itself where it has no variable', () => {
    expect(pathFor(orders, list, 'bob')).toBe('/orders');
  });

  it('fills every variable, and only the one that owners go by with the object', () => {
    const lines = { ...read, path: '/orders/{id}/lines/{line}' };
    expect(pathOfObject(lines, '1002')).toBe('/orders/1002/lines/42');
    expect(pathOfObject(lines, undefined)).toBe('/orders/42/lines/42');
    const { ownedBy: _owned, ...unowned } = lines;
    expect(pathOfObject(unowned, '1002')).toBe('/orders/42/lines/42');
  });
});

describe('the matrix of a route whose objects are owned', () => {
  const isRead = ({ service, route }: { readonly service: string; readonly route: string }): boolean => `${service}.${route}` === 'orders.read';

  it('has a cell for the own and one for somebody else’s, and only there', () => {
    const { cells } = matrixOf(hybrid, undefined);
    expect(cells.filter(isRead).map(({ who, object, expected }) => [who, object, expected])).toEqual([
      ['alice', 'own', true],
      ['alice', 'foreign', false],
      ['bob', 'own', true],
      ['bob', 'foreign', false],
      ['sam', 'own', true],
      ['sam', 'foreign', true],
      // An admin is support, too.
      ['ada', 'own', true],
      ['ada', 'foreign', true],
      ['reports', 'own', false],
      ['reports', 'foreign', false],
      ['anonymous', 'own', false],
      ['anonymous', 'foreign', false],
    ]);
    expect(cells.filter((cell) => cell.route === 'list').every((cell) => !('object' in cell))).toBe(true);
  });

  it('tells the policy, as the service asks it, whose object it is', () => {
    const asked = questionsOf(hybrid, 0).filter(({ route }) => route === 'orders.read');
    expect(asked.slice(0, 2).map(({ key, input }) => [key, input])).toEqual([
      ['kong orders.read alice own', expect.objectContaining({ source: 'service', object: { owner: 'alice' } })],
      ['kong orders.read alice foreign', expect.objectContaining({ source: 'service', object: { owner: 'not-alice' } })],
    ]);
    const listing = questionsOf(hybrid, 0).filter(({ route }) => route === 'orders.list');
    expect(listing.map(({ key }) => key)).toEqual(['alice', 'bob', 'sam', 'ada', 'reports', 'anonymous'].map((who) => `kong orders.list ${who}`));
    expect(listing.filter(({ input }) => JSON.stringify(input).includes('"object"'))).toEqual([]);
  });
});
