import { expect, it } from 'vitest';
import { Problem, unreachable } from '../../../src/core/problem.ts';
import { exitCodeOf } from '../../../src/core/report.ts';
import type { ApplyOutcome, Report } from '../../../src/core/report.ts';

const away = unreachable('kong', 'http://x', new Error('refused'));
const wrong = new Problem('KONG_STORE', 'x');
const applied = (...outcomes: readonly ApplyOutcome[]): Partial<Report> => ({ applied: outcomes.map((outcome) => ({ address: 'a/b', action: 'create', outcome, milliseconds: 0 })) });

it.each<readonly [string, Partial<Report>, number]>([
  ['nothing to say', {}, 0],
  ['all done', applied('done', 'done'), 0],
  ['nothing to do', applied(), 0],
  ['one failed among others', applied('done', 'failed'), 1],
  ['one skipped', applied('skipped'), 1],
  ['a problem', { problems: [wrong] }, 1],
  ['a problem, and the answer would be no', { problems: [wrong], negative: true }, 1],
  ['the answer is no', { negative: true }, 2],
  ['a target away', { problems: [away] }, 3],
  ['a target away after the first write', { ...applied('done', 'failed', 'skipped'), problems: [away] }, 1],
  ['a target away before it', { ...applied('failed', 'skipped'), problems: [away] }, 3],
  ['a target away among other problems', { problems: [wrong, away], negative: true }, 3],
])('%s', (_, part, code) => {
  expect(exitCodeOf({ command: 'x', problems: [], ...part })).toBe(code);
});
