import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPool } from '../../../../src/providers/keycloak/pool.ts';

describe('a pool', () => {
  it('runs no more than its size at a time, all of it, and goes on after a failure', async () => {
    const pool = createPool(3);
    let running = 0;
    let most = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) =>
        pool(async () => {
          running += 1;
          most = Math.max(most, running);
          await setImmediate();
          running -= 1;
          if (at % 5 === 0) throw new Error('no');
          return at;
        }),
      ),
    );
    expect(most).toBe(3);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
  });
});
