import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import { groupBy } from '../../../src/core/collections.ts';
import type { Verdict } from '../../../src/core/report.ts';
import { EXAMPLES, loadExample } from './worlds/examples.ts';
import { crashing, open, shut, talking } from './worlds/sins.ts';
import { createWorld } from './worlds/world.ts';

const worlds = { right: {}, open, shut, crashing, talking };
const named = Object.keys(worlds) as readonly (keyof typeof worlds)[];
// What is claimed of a whole run is nothing by itself: can-fail.test.ts runs it all.
const groups = [...groupBy(checks, ({ id }) => id.slice(0, id.lastIndexOf('-')))].filter(([group]) => group !== 'ERR');

/** A line a check: `SIG-03 8 passed by 24`, which is the number of requests it tells of. What is skipped altogether is left out. */
const listed = (verdicts: readonly Verdict[]): readonly string[] =>
  [...groupBy(verdicts, ({ id }) => id)].flatMap(([id, own]) => {
    const counts = [...groupBy(own, ({ status }) => status)].map(([status, many]) => `${many.length} ${status}`).toSorted();
    const requests = own.reduce((sum, { evidence }) => sum + evidence.length, 0);
    return own.every(({ status }) => status === 'skipped') ? [] : [`${id} ${counts.join(', ')} by ${requests}`];
  });

/**
 * What every check says in every world, group by group. Whoever changes a check reads what that changes in the snapshot beside this file, and
 * writes it with `npx vitest run --project unit test/unit/checks/worlds.test.ts -u`.
 */
describe.each(EXAMPLES)('blueprints/%s.yaml', async (example) => {
  const blueprint = await loadExample(example);

  it.each(groups)('the group %s says what is listed', async (_group, members) => {
    const said: string[] = [];
    for (const name of named) {
      const verdicts = await createWorld(blueprint, worlds[name]).verify(members);
      // Subjects are tried beside one another: which is done first is chance.
      said.push(...listed(verdicts).toSorted().map((line) => `${name}: ${line}`));
    }
    expect(said).toMatchSnapshot();
  });
});
