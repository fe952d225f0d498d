import { describe, expect, it } from 'vitest';
import { kongPriority, routeOf } from '../../../src/access/index.ts';
import type { Route } from '../../../src/blueprint/types.ts';

describe('the priority that Kong gives a route', () => {
  // What get_priority of kong/router/transform.lua (3.9.3) answered under LuaJIT on x86-64.
  it.each([
    ['80080000' + '00500000', { kinds: 4, plainHosts: false, headers: 1, regex: 10 }],
    ['80080000' + '00100000', { kinds: 4, plainHosts: false, headers: 1, regex: 5000 }],
    ['80080000' + '20000000', { kinds: 1, plainHosts: false, headers: 0, regex: -1 }],
    ['80000000' + '00000000', { kinds: 4, plainHosts: false, headers: 1, prefix: 5 }],
    ['00000000' + '40300000', { kinds: 2, plainHosts: false, headers: 3 }],
    ['00080000' + '40500000', { kinds: 2, plainHosts: false, headers: 0, regex: 10 }],
    ['10000000' + '20000000', { kinds: 1, plainHosts: true, headers: 0 }],
  ])('is %s', (hex, weighed) => expect(kongPriority(weighed).toString(16).padStart(16, '0')).toBe(hex));
});

describe('of two routes that a request fits', () => {
  const route = (id: string, path: string, more: Partial<Route> = {}): Route => ({ id, path, methods: ['GET'], hosts: [], headers: {}, ...more }) as Route;
  const about = { host: 'a.example', headers: { 'x-stage': 'draft', 'x-kind': 'a' } };
  const [stage, both] = [{ 'x-stage': ['draft'] }, { 'x-stage': ['draft'], 'x-kind': ['a'] }];
  // As a genuine Kong 3.9.3 chose.
  it.each<[string, Route, Route]>([
    ['hosts without a star go before an exact path', route('1', '/orders/**', { hosts: ['a.example'] }), route('2', '/orders/list')],
    ['hosts without a star go before those with one', route('1', '/orders/**', { hosts: ['a.example'] }), route('2', '/orders/list', { hosts: ['*.example'] })],
    ['an exact path goes before a prefix with headers', route('1', '/orders/list'), route('2', '/orders/**', { headers: both })],
    ['an exact path goes before a prefix for hosts with a star', route('1', '/orders/list'), route('2', '/orders/**', { hosts: ['*.example'] })],
    ['hosts and headers go before all', route('1', '/orders/**', { hosts: ['*.example'], headers: stage }), route('2', '/orders/list', { hosts: ['a.example'] })],
    ['with hosts and headers, too, the longer prefix', route('1', '/orders/eu/**', { hosts: ['*.example'], headers: stage }), route('2', '/orders/**', { hosts: ['*.example'], headers: stage })],
    ['with hosts and headers, too, the exact path', route('1', '/orders/{id}', { hosts: ['*.example'], headers: stage }), route('2', '/orders/**', { hosts: ['*.example'], headers: both })],
    ['headers go before none, of exact paths', route('1', '/orders/{id}', { headers: stage }), route('2', '/orders/list')],
    ['headers go before none, of prefixes', route('1', '/orders/**', { headers: stage }), route('2', '/orders/eu/**')],
    ['more headers go before fewer, of prefixes', route('1', '/orders/**', { headers: both }), route('2', '/orders/eu/**', { headers: stage })],
    ['the more literal path goes before more headers, of exact ones', route('1', '/orders/list', { headers: stage }), route('2', '/orders/{id}', { headers: both })],
  ])('%s', (_what, first, second) => {
    const path = [first, second].some((one) => one.path.includes('/eu/')) ? '/orders/eu/x' : '/orders/list';
    for (const routes of [[first, second], [second, first]]) expect(routeOf(routes, 'GET', path, about)?.id).toBe('1');
  });
});
