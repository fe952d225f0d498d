import { describe, expect, it } from 'vitest';
import { drawEvents } from '../../../src/cli/draw-events.ts';
import type { AuthctlEvent } from '../../../src/core/events.ts';
import { Problem } from '../../../src/core/problem.ts';

const marked = (mark: string) => (text: string) => `<${mark} ${text}>`;
const style = { good: marked('good'), bad: marked('bad'), change: marked('change'), faint: marked('faint'), strong: marked('strong') };
/** What stands on stderr once this has happened. */
const drawn = (event: AuthctlEvent, watched = false): readonly string[] => {
  const lines: string[] = [];
  const passing = (): void => undefined;
  const nothing = () => { throw new Error('it is not the result, and nobody is asked'); };
  drawEvents({ say: (line) => lines.push(line), passing, result: nothing, confirm: nothing, out: style, err: style }, watched)(event);
  return lines;
};

const write = { type: 'write.finished', address: 'kong.route/r', action: 'create', milliseconds: 12 } as const;
const verdicts = { passed: 3, failed: 0, crashed: 0, inconclusive: 0, waived: 0, skipped: 1 };

describe('a line on stderr', () => {
  it.each<readonly [AuthctlEvent, string]>([
    [{ type: 'stack.used', directory: '/shop/.authctl/stack' }, '<faint local stack: addresses and credentials not in the environment come from /shop/.authctl/stack>'],
    [{ type: 'blueprint.untried', blueprint: 'shop', notice: 'never run' }, 'never run'],
    [{ type: 'policy.unjudged', blueprint: 'shop' }, '<faint no opa was found, so the policy was not checked>'],
    [{ ...write, outcome: 'done' }, '<good done   > create   kong.route/r <faint 12 ms>'],
    [{ ...write, outcome: 'failed', problem: new Problem('KONG_REFUSED', 'no') }, '<bad failed > create   kong.route/r <faint 12 ms>'],
    [{ ...write, outcome: 'skipped' }, '<faint skipped> create   kong.route/r <faint 12 ms>'],
    [{ type: 'verify.group.finished', group: 'SIG', checks: 4, subjects: 2, verdicts, milliseconds: 90 }, '<faint SIG: 4 checks on 2 subjects in 90 ms>'],
    [{ type: 'stack.step.finished', step: 'find OPA', outcome: 'done', detail: '1.22.0', milliseconds: 1240 }, '<good ✓> find OPA <faint 1.22.0, 1.2 s>'],
    [{ type: 'stack.step.finished', step: 'start Keycloak', outcome: 'failed', milliseconds: 40 }, '<bad ✗> start Keycloak <faint 0.0 s>'],
  ])('for %j', (event, line) => {
    expect(drawn(event)).toEqual([line]);
  });

  it('is not made of what has only begun', () => {
    const begun: AuthctlEvent = { type: 'stack.step.started', step: 'find OPA' };
    expect([drawn(begun), drawn(begun, true), drawn({ type: 'write.started', address: 'a', action: 'create' }, true)]).toEqual([[], [], []]);
  });
});

describe('what is under way', () => {
  /** What stands below the other lines after each event. */
  const drawing = (watched = true) => {
    const shown: (readonly string[])[] = [];
    const ticks: { readonly draw: () => void; stopped: boolean }[] = [];
    const at = { now: 0 };
    const nothing = () => { throw new Error('it is not the result, and nobody is asked'); };
    const draw = drawEvents({ say: () => undefined, passing: (lines) => shown.push(lines), result: nothing, confirm: nothing, out: style, err: style }, watched, () => at.now, (again) => {
      const tick = { draw: again, stopped: false };
      ticks.push(tick);
      return () => { tick.stopped = true; };
    });
    const after = (now: number, ...events: readonly AuthctlEvent[]): readonly string[] | undefined => {
      at.now = now;
      for (const event of events) draw(event);
      return shown.at(-1);
    };
    return { after, ticks, shown };
  };

  it('is a tree of an apply: by target how many of how many, what is being written, and how long the rest takes', () => {
    const { after } = drawing();
    after(0, { type: 'apply.planned', writes: { keycloak: 30, kong: 10 } });
    const writing = (address: string): AuthctlEvent => ({ type: 'write.started', address, action: 'create' });
    const written = (address: string): AuthctlEvent => ({ type: 'write.finished', address, action: 'create', outcome: 'done', milliseconds: 5 });
    for (let at = 0; at < 10; at += 1) after(100 * at, writing(`keycloak.role/${at}`), written(`keycloak.role/${at}`));
    expect(after(10_000, writing('keycloak.client/a'), writing('keycloak.client/b\u001b[2J'), writing('kong.route/shop.list'))).toEqual([
      '… applying: 10 of 40, about 30 s left',
      '  ├ keycloak  10 of 30: keycloak.client/a and 1 more',
      '  └ kong      0 of 10: kong.route/shop.list',
    ]);
    expect(after(12_000, written('keycloak.client/a'))?.[1]).toBe('  ├ keycloak  11 of 30: keycloak.client/b\\u001b[2J');
    expect(after(14_000, { type: 'write.started', address: 'kong.settle/shop', action: 'settle' })?.at(-1)).toBe('  └ …         kong: until it is in force, 0 s');
    expect(after(15_000, { type: 'run.finished', useCase: 'apply', exitCode: 0, problems: 0, milliseconds: 1 })).toEqual([]);
  });

  it('counts what was known later with the rest', () => {
    const { after } = drawing();
    after(0, { type: 'apply.planned', writes: { kong: 1 } });
    expect(after(1, ...['a', 'b', 'c'].map((id): AuthctlEvent => ({ type: 'write.finished', address: `kong.jwt_secret/${id}`, action: 'create', outcome: 'done', milliseconds: 1 })))?.[0]).toBe('… applying: 3 of 3');
  });

  it('is each step of a stack that starts, with its seconds, which go on without an event', () => {
    const { after, ticks, shown } = drawing();
    after(0, { type: 'stack.step.started', step: 'start Keycloak' });
    expect(after(2000, { type: 'stack.step.started', step: 'find OPA' })).toEqual(['… local stack', '  ├ start Keycloak  2 s', '  └ find OPA        0 s']);
    after(2000, { type: 'stack.step.finished', step: 'find OPA', outcome: 'done', milliseconds: 1 });
    after(9000);
    ticks[0]?.draw();
    expect(shown.at(-1)).toEqual(['… local stack', '  └ start Keycloak  9 s']);
    expect(after(9000, { type: 'stack.step.finished', step: 'start Keycloak', outcome: 'done', milliseconds: 1 })).toEqual([]);
    expect(ticks.map(({ stopped }) => stopped)).toEqual([true]);
  });

  it('is how far verify is, with the time left, once enough is done to say so', () => {
    const { after } = drawing();
    const roots = ([['POS', 0, 1000], ['STR', 4, 2000], ['SIG', 20, 21_000], ['AZ', 50, 26_000]] as const).map(([group, done, at]) => after(at, { type: 'verify.group.started', group, checks: 3, subjects: 1, done, total: 400 }));
    expect(roots.map((lines) => lines?.[0])).toEqual(['… attacking: 0 of 400 verdicts', '… attacking: 4 of 400 verdicts', '… attacking: 20 of 400 verdicts, about 7 min left', '… attacking: 50 of 400 verdicts, about 3 min left']);
    expect(roots.at(-1)?.[1]).toBe('  └ AZ  3 checks on 1 subject');
  });

  it('is not there where nobody looks on', () => {
    const { after, ticks } = drawing(false);
    expect([after(0, { type: 'apply.planned', writes: { kong: 1 } }, { type: 'stack.step.started', step: 's' }), ticks]).toEqual([undefined, []]);
  });
});
