import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlapsOf } from '../../../src/blueprint/checks/overlaps.ts';
import type { Gateway, Route } from '../../../src/blueprint/types.ts';

const aRoute = (id: number, path: string, { method = 'GET', ...over }: Partial<Route> = {}): Route => ({
  id: `r${id}`,
  service: 'orders',
  verbs: method,
  methods: [method],
  method,
  path,
  public: false,
  scopes: [],
  roles: [],
  anyOwner: [],
  gateways: ['kong'],
  hosts: [],
  headers: {},
  stripPath: false,
  preserveHost: false,
  at: { file: 'shop.yaml', line: id, column: 1 },
  ...over,
});
const found = (routes: readonly Route[]): readonly (readonly [string, string])[] => overlapsOf(routes).map(({ route, rival }) => [route.id, rival.id]);

/** Every pair, by the definition: both match some request, and neither is the more literal one. */
const foundByPairs = (routes: readonly Route[]): readonly (readonly [string, string])[] =>
  routes.flatMap((route, index) => {
    const rival = routes.slice(0, index).find((other) => {
      const [left, right] = [route.path.split('/'), other.path.split('/')];
      const isWord = (segment = ''): boolean => !segment.startsWith('{');
      if (route.method !== other.method || left.length !== right.length) return false;
      if (route.service !== other.service && !route.gateways.some((gateway) => other.gateways.includes(gateway))) return false;
      if (left.some((segment, place) => isWord(segment) && isWord(right[place]) && segment !== right[place])) return false;
      const more = left.some((segment, place) => isWord(segment) && !isWord(right[place]));
      const less = left.some((segment, place) => !isWord(segment) && isWord(right[place]));
      return more === less;
    });
    return rival ? [[route.id, rival.id] as const] : [];
  });

describe('routes that match the same requests', () => {
  it('lets the more literal one win, and tells two of which neither is', () => {
    expect(found([aRoute(1, '/orders/health'), aRoute(2, '/orders/{id}'), aRoute(3, '/{kind}/{id}')])).toEqual([]);
    expect(found([aRoute(1, '/orders/{id}'), aRoute(2, '/{kind}/health'), aRoute(3, '/orders/{name}')])).toEqual([
      ['r2', 'r1'],
      ['r3', 'r1'],
    ]);
  });

  it('finds what comparing every pair finds', () => {
    const segment = fc.constantFrom('a', 'b', '{x}', '{y}');
    const route = fc.record({
      path: fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
      service: fc.constantFrom('orders', 'invoices'),
      method: fc.constantFrom<Route['method']>('GET', 'POST'),
      gateways: fc.subarray<Gateway>(['kong', 'aws'], { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(route, { maxLength: 25 }), (made) => {
        const routes = made.map(({ path, ...over }, id) => aRoute(id, path, over));
        expect(found(routes)).toEqual(foundByPairs(routes));
      }),
    );
  });

  it('looks a few times per route, however many there are', () => {
    const looks = (count: number): number => {
      let asked = 0;
      const files: NonNullable<Parameters<typeof overlapsOf>[1]> = new Map();
      const get = files.get.bind(files);
      files.get = (name) => {
        asked += 1;
        return get(name);
      };
      const routes = Array.from({ length: count }, (_, id) => aRoute(id, [`/things/t${id}`, `/t${id}/{id}`, `/{tenant}/t${id}`, `/t${id}/{id}/parts/{part}`][id % 4] ?? '/'));
      overlapsOf(routes, files);
      return asked;
    };
    expect(looks(2000)).toBeLessThanOrEqual(2000 * 6);
    expect(looks(2000)).toBe(looks(1000) * 2);
  });
});
