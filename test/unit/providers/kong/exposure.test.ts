import { describe, expect, it } from 'vitest';
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
