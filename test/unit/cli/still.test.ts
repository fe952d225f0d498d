import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stillAtIt } from '../../../src/cli/still.ts';
import type { AuthctlEvent } from '../../../src/core/events.ts';

describe('what takes its time', () => {
  beforeEach(() => { vi.useFakeTimers(); });
  afterEach(() => { vi.useRealTimers(); });

  const watched = () => {
    const lines: string[] = [];
    const drawn: AuthctlEvent[] = [];
    const events = stillAtIt((event) => drawn.push(event), (line) => lines.push(line), () => Date.now());
    return { lines, drawn, events };
  };

  it('is said to go on whenever nothing else was said for ten seconds', async () => {
    const { lines, drawn, events } = watched();
    events({ type: 'stack.step.started', step: 'find OPA' });
    await vi.advanceTimersByTimeAsync(9000);
    events({ type: 'stack.step.started', step: 'find Keycloak' });
    await vi.advanceTimersByTimeAsync(9000);
    expect(lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(11_000);
    events({ type: 'stack.step.finished', step: 'find OPA', outcome: 'done', milliseconds: 29_000 });
    await vi.advanceTimersByTimeAsync(10_000);
    events({ type: 'stack.step.finished', step: 'find Keycloak', outcome: 'failed', milliseconds: 30_000 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toEqual(['… find OPA, find Keycloak: 19 s', '… find OPA, find Keycloak: 29 s', '… find Keycloak: 30 s']);
    expect(drawn).toHaveLength(4);
  });

  it('is a group of checks, and a write, too', async () => {
    const { lines, events } = watched();
    const group = { group: 'SIG', checks: 4, subjects: 2 };
    events({ type: 'verify.group.started', ...group, done: 0, total: 8 });
    await vi.advanceTimersByTimeAsync(10_000);
    events({ type: 'verify.group.finished', ...group, verdicts: { passed: 8, failed: 0, crashed: 0, inconclusive: 0, waived: 0, skipped: 0 }, milliseconds: 10_000 });
    events({ type: 'write.started', address: 'kong.route/a', action: 'create' });
    await vi.advanceTimersByTimeAsync(10_000);
    events({ type: 'write.finished', address: 'kong.route/a', action: 'create', outcome: 'done', milliseconds: 10_000 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toEqual(['… SIG of verify: 10 s', '… create kong.route/a: 10 s']);
  });

  it('is nothing where nothing is under way', async () => {
    const { lines, events } = watched();
    events({ type: 'stack.used', directory: '/shop' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toEqual([]);
  });
});
