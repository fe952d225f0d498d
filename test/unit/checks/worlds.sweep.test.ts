import { describe, expect, it } from 'vitest';
import { groupBy } from '../../../src/core/collections.ts';
import { EXAMPLES } from './worlds/examples.ts';
import { GROUPS, runGroup, WORLDS } from './worlds/runs.ts';
import type { Said } from './worlds/runs.ts';

const named = Object.keys(WORLDS) as readonly (keyof typeof WORLDS)[];
// What is claimed of a whole run is nothing by itself: can-fail.sweep.test.ts runs it all.
const groups = GROUPS.map(([group]) => group).filter((group) => group !== 'ERR');

/** A line a check: `SIG-03 8 passed by 24`, which is the number of requests it tells of. What is skipped altogether is left out. */
const listed = (verdicts: readonly Said[]): readonly string[] =>
  [...groupBy(verdicts, ({ id }) => id)].flatMap(([id, own]) => {
    const counts = [...groupBy(own, ({ status }) => status)].map(([status, many]) => `${many.length} ${status}`).toSorted();
    const sent = own.reduce((sum, { requests }) => sum + requests, 0);
    return own.every(({ status }) => status === 'skipped') ? [] : [`${id} ${counts.join(', ')} by ${sent}`];
  });

/**
 * What every check says in every world, group by group. Whoever changes a check reads what that changes in the snapshot beside this file, and
 * writes it with `npx vitest run --project sweeps test/unit/checks/worlds.sweep.test.ts -u`.
 */
describe.each(EXAMPLES)('blueprints/%s.yaml', (example) => {
  it.each(groups)('the group %s says what is listed', async (group) => {
    const said: string[] = [];
    for (const name of named) {
      const verdicts = await runGroup(example, name, group);
      // Subjects are tried beside one another: which is done first is chance.
      said.push(...listed(verdicts).toSorted().map((line) => `${name}: ${line}`));
    }
    expect(said).toMatchSnapshot();
  });
});
