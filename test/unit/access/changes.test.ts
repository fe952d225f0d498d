import { describe, expect, it } from 'vitest';
import { accessChanges } from '../../../src/access/index.ts';
import type { Cell } from '../../../src/access/index.ts';
import { example } from './in-force.ts';

const { services, at } = await example('hybrid.yaml');
const routes = Object.values(services).flatMap((service) => service.routes);
const cell = (name: string, who: string, passes: boolean, more: Partial<Cell> = {}): Cell => {
  const [service = '', route = ''] = name.split('.');
  return { gateway: 'kong', service, route, who, passes, expected: passes, judged: true, at: at(`expect.${who}`), ...more };
};

describe('what a plan opens and closes', () => {
  it('tells who, where, by which request, and the line that states it', () => {
    const before = [cell('orders.list', 'alice', false), cell('orders.place', 'alice', true), cell('invoices.list', 'alice', true)];
    const after = [cell('orders.list', 'alice', true), cell('orders.place', 'alice', false), cell('invoices.list', 'alice', true)];
    expect(accessChanges(before, after, routes)).toEqual([
      { change: 'opens', who: 'alice', gateway: 'kong', route: 'orders.list', request: 'GET /orders', origin: at('expect.alice') },
      { change: 'closes', who: 'alice', gateway: 'kong', route: 'orders.place', request: 'POST /orders', origin: at('expect.alice') },
    ]);
  });

  it('tells a route from one of the same name elsewhere', () => {
    expect(accessChanges([], [cell('invoices.list', 'alice', true)], routes)).toMatchObject([{ route: 'invoices.list', request: 'GET /invoices' }]);
  });

  it('tells the own object from somebody else’s', () => {
    const own = cell('orders.read', 'alice', true, { object: 'own' });
    expect(accessChanges([own], [own, cell('orders.read', 'alice', true, { object: 'foreign' })], routes)).toMatchObject([
      { change: 'opens', request: "GET /orders/{id}, someone else's" },
    ]);
  });

  it('counts what is missing before as closed, unless it is open to everybody', () => {
    const after = [cell('orders.list', 'newcomer', true), cell('orders.health', 'newcomer', true)];
    expect(accessChanges([cell('orders.health', 'anonymous', true)], after, routes)).toMatchObject([{ change: 'opens', route: 'orders.list' }]);
  });

  it('has no request for a route that the blueprint does not know', () => {
    expect(accessChanges([], [cell('orders.gone', 'alice', true)], routes)).toMatchObject([{ route: 'orders.gone', request: '' }]);
  });
});
