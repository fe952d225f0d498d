import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entity, EntityKind, EntityStore } from '../../../../infra/stand-ins/src/kong/contract.ts';
import { keepInForce } from '../../../../infra/stand-ins/src/kong/proxy/in-force.ts';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

/** A store to which a route and its plugin are written in one moment. */
const written = () => {
  const rows: Partial<Record<EntityKind, readonly Entity[]>> = {};
  let version = 0;
  const store: EntityStore = { all: (kind) => rows[kind] ?? [], byId: () => undefined, version: () => version };
  return {
    store,
    write: () => {
      Object.assign(rows, { services: [{ id: 's', host: 'orders', port: 80, protocol: 'http' }], routes: [{ id: 'r', service: { id: 's' }, paths: ['/orders'], protocols: ['http'] }], plugins: [{ id: 'p', name: 'jwt', service: { id: 's' }, enabled: true }] });
      version += 1;
    },
  };
};
describe('what a Kong has in force', () => {
  it('is what was written, where it has no timers', () => {
    const { store, write } = written();
    const kong = keepInForce(store, undefined, () => undefined);
    expect(kong.snapshot().plugins).toHaveLength(0);
    write();
    expect(kong.snapshot().plugins).toHaveLength(1);
  });

  it('has the routes of a configuration before its plugins, without a database', () => {
    const { store, write } = written();
    const listeners: (() => void)[] = [];
    const kong = keepInForce({ ...store, replaced: (listener) => void listeners.push(listener) }, { pluginsAfter: 20 }, () => undefined);
    const before = kong.snapshot().router;
    write();
    for (const listener of listeners) listener();
    vi.advanceTimersByTime(19);
    expect([kong.snapshot().router === before, kong.snapshot().plugins.length]).toEqual([false, 0]);
    vi.advanceTimersByTime(1);
    expect(kong.snapshot().plugins).toHaveLength(1);
    write();
    for (const listener of listeners) listener();
    kong.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has new routes before their plugins, where the timer of routes turns first', () => {
    const { store, write } = written();
    const kong = keepInForce(store, { every: 5, after: 2 }, () => undefined);
    const before = kong.snapshot().router;
    vi.advanceTimersByTime(4000);
    write();
    expect([kong.snapshot().router === before, kong.snapshot().plugins.length]).toEqual([true, 0]);
    vi.advanceTimersByTime(1000);
    expect([kong.snapshot().router === before, kong.snapshot().plugins.length]).toEqual([false, 0]);
    vi.advanceTimersByTime(2000);
    expect(kong.snapshot().plugins).toHaveLength(1);
    kong.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
