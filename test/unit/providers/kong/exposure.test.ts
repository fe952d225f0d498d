import { describe, expect, it } from 'vitest';
import type { Change, Desired, Live } from '../../../../src/core/resource.ts';
import { createExposure } from '../../../../src/providers/kong/exposure.ts';

const watched = (reached: () => Promise<void> = () => Promise.resolve()) => {
  const events: string[] = [];
  const gate = createExposure({
    move: () => {
      events.push('move');
      return Promise.resolve(`revision-${events.length}`);
    },
    reached: (revision) => {
      events.push(`reached ${revision}`);
      return reached();
    },
  });
  gate.prepare([]);
  return { gate, events };
};

describe('what guards a route', () => {
  it('may go when what was deleted before is seen out of force, looked for once however many go', async () => {
    const { gate, events } = watched();
    await Promise.all([gate.departed(), gate.departed()]);
    await gate.departed();
    expect(events).toEqual(['move', 'reached revision-1']);
  });

  it('is looked for again in the next run', async () => {
    const { gate, events } = watched();
    await gate.departed();
    gate.prepare([]);
    await gate.departed();
    expect(events).toEqual(['move', 'reached revision-1', 'move', 'reached revision-3']);
  });

  it('stays when the proxy never shows it', async () => {
    const { gate } = watched(() => Promise.reject(new Error('not in force')));
    await expect(gate.departed()).rejects.toThrow('not in force');
    await expect(gate.departed()).rejects.toThrow('not in force');
  });
});

describe('a key that was made', () => {
  const plugin = (config: object): Live => ({ kind: 'kong.plugin', id: 'shop.orders.authctl-token-guard', owner: 'shop', spec: { name: 'authctl-token-guard', config: { ...config } } });
  const desired: Desired = { kind: 'kong.plugin', id: 'shop.orders.authctl-token-guard', spec: {}, after: [], origin: { file: 'blueprint.yaml', line: 1, column: 1 } };
  const waits = (change: Change, consumer = 'shop.issuer'): number => {
    const { gate } = watched();
    gate.prepare([change]);
    gate.keyed(consumer);
    return gate.unlisted();
  };
  const asks = plugin({ pinned_consumer: 'shop.issuer' });

  it('is waited for where a guard was there before that has a list of the keys of its consumer, and nowhere else', () => {
    expect([
      waits({ action: 'keep', desired, live: asks }),
      waits({ action: 'update', desired, live: asks, because: [] }),
      waits({ action: 'keep', desired, live: asks }, 'partner'),
      waits({ action: 'keep', desired, live: plugin({ pinned_consumer: null }) }),
      waits({ action: 'create', desired }),
      waits({ action: 'delete', live: asks }),
    ]).toEqual([1500, 1500, 0, 0, 0, 0]);
  });

  it('is waited for in its own run alone, and nobody waits for none', () => {
    const { gate } = watched();
    gate.prepare([{ action: 'keep', desired, live: asks }]);
    expect(gate.unlisted()).toBe(0);
    gate.keyed('shop.issuer');
    gate.prepare([{ action: 'keep', desired, live: asks }]);
    expect(gate.unlisted()).toBe(0);
  });
});
