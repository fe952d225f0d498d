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

  it('is not made of what has only begun, but where somebody looks on at a stack that starts', () => {
    const begun: AuthctlEvent = { type: 'stack.step.started', step: 'find OPA' };
    expect([drawn(begun), drawn(begun, true), drawn({ type: 'write.started', address: 'a', action: 'create' }, true)]).toEqual([[], ['… find OPA'], []]);
  });
});

describe('how far verify is', () => {
  it('is told with the time left, once enough is done to say so', () => {
    const lines: string[] = [];
    const nothing = () => { throw new Error('it is no line that stays'); };
    let now = 1000;
    const draw = drawEvents({ say: nothing, passing: (line) => lines.push(line), result: nothing, confirm: nothing, out: style, err: style }, true, () => now);
    for (const [group, done, at] of [['POS', 0, 1000], ['STR', 4, 2000], ['SIG', 20, 21_000], ['AZ', 50, 26_000]] as const) {
      now = at;
      draw({ type: 'verify.group.started', group, checks: 3, subjects: 2, done, total: 400 });
    }
    expect(lines).toEqual(['… POS: 0 of 400 verdicts', '… STR: 4 of 400 verdicts', '… SIG: 20 of 400 verdicts, about 7 min left', '… AZ: 50 of 400 verdicts, about 3 min left']);
  });
});
