import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { replay, type Disagreement, type Recorded } from './admin-replay.ts';

const FLOOR = 0.98;

const data = <Content>(name: string): Content =>
  JSON.parse(readFileSync(new URL(`../../../data/kong/admin/${name}.json`, import.meta.url), 'utf8')) as Content;

const recordings = ['database', 'more', 'information', 'dbless'].map((name) => ({
  name, records: data<{ readonly records: readonly Recorded[] }>(name).records,
}));

describe('the Admin API against what a genuine Kong 3.9 answered', () => {
  const known = data<Record<string, string>>('disagreements');
  const found = new Map<string, readonly Disagreement[]>();

  beforeAll(async () => {
    for (const { name, records } of recordings) found.set(name, await replay(records, name === 'dbless'));
  });

  it.each(recordings.map(({ name }) => name))('agrees with the recording "%s" but for what is listed', (name) => {
    expect(found.get(name)?.filter(({ id }) => known[id] === undefined)).toEqual([]);
  });

  it('lists no disagreement that is gone', () => {
    expect([...found.values()].flat().map(({ id }) => id).toSorted()).toEqual(Object.keys(known).toSorted());
  });

  it('compares every record, and agrees with more of them than the floor', () => {
    const compared = recordings.flatMap(({ records }) => records).filter(({ unrecorded }) => !unrecorded).length;
    expect(compared).toBe(489);
    expect(1 - [...found.values()].flat().length / compared).toBeGreaterThanOrEqual(FLOOR);
  });
});
