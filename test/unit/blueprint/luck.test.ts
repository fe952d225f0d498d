import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/blueprint/types.ts';
import { bothConditionsOverlap } from '../../../src/blueprint/checks/overlaps.ts';

const route = (path: string, more: Partial<Route> = {}): Route => ({ id: path, path, methods: ['GET'], gateways: ['kong'], hosts: ['a.example'], headers: { 'x-stage': ['draft'] }, ...more }) as Route;

describe('two routes with hosts and headers', () => {
  it.each<[string, Route, Route]>([
    ['an exact path and a prefix', route('/orders/{id}'), route('/orders/**')],
    ['a prefix below another', route('/orders/**'), route('/orders/eu/**')],
    ['two exact paths', route('/orders/{id}'), route('/orders/list')],
    ['hosts that meet', route('/orders/**'), route('/orders/list', { hosts: ['*.example'] })],
    ['everything', route('/**'), route('/orders')],
  ])('are a matter of luck: %s', (_what, one, other) => {
    expect(bothConditionsOverlap([one, other])).toEqual([{ route: other, rival: one }]);
    expect(bothConditionsOverlap([other, one])).toEqual([{ route: one, rival: other }]);
  });

  it.each<[string, Route, Route]>([
    ['the path above a prefix', route('/orders'), route('/orders/**')],
    ['other words', route('/orders/{id}/lines'), route('/orders/{id}/notes')],
    ['other depths', route('/orders/{id}'), route('/orders/{id}/lines')],
    ['prefixes apart', route('/orders/**'), route('/invoices/**')],
    ['other methods', route('/orders/list'), route('/orders/list', { methods: ['POST'] })],
    ['other values of the header', route('/orders/list'), route('/orders/list', { headers: { 'x-stage': ['live'] } })],
    ['other hosts', route('/orders/list'), route('/orders/list', { hosts: ['b.example'] })],
    ['one with hosts alone', route('/orders/list'), route('/orders/list', { headers: {} })],
  ])('are none of one request: %s', (_what, one, other) => expect(bothConditionsOverlap([one, other])).toEqual([]));
});
