import { checks } from '../../../../src/checks/catalogue.ts';
import { groupBy } from '../../../../src/core/collections.ts';
import type { Verdict } from '../../../../src/core/report.ts';
import { loadExample } from './examples.ts';
import type { EXAMPLES } from './examples.ts';
import { crashing, open, shut, talking } from './sins.ts';
import { createWorld } from './world.ts';

export const WORLDS = { right: {}, open, shut, crashing, talking };
type Example = (typeof EXAMPLES)[number];

/** What is asked about a verdict here. The evidence is counted and let go of: all of them together are a hundred thousand requests. */
export type Said = Omit<Verdict, 'evidence'> & { readonly requests: number };

export const GROUPS = [...groupBy(checks, ({ id }) => id.slice(0, id.lastIndexOf('-')))];

type Run = (group: string) => Promise<readonly Said[]>;

const begin = async (example: Example, name: keyof typeof WORLDS): Promise<Run> => {
  const world = createWorld(await loadExample(example), WORLDS[name]);
  const said = new Map<string, Promise<readonly Said[]>>();
  return (group) => {
    const known = said.get(group);
    if (known) return known;
    const members = GROUPS.find(([one]) => one === group)?.[1] ?? [];
    const found = world.verify(members).then((verdicts) => verdicts.map(({ evidence, ...rest }): Said => ({ ...rest, requests: evidence.length })));
    said.set(group, found);
    return found;
  };
};

const runs = new Map<string, Promise<Run>>();

/** What a group of the catalogue says in a world of an example. Each is run once, for all tests that ask: a world is right or wrong for all of them. */
export const runGroup = async (example: Example, name: keyof typeof WORLDS, group: string): Promise<readonly Said[]> => {
  const key = `${example} ${name}`;
  const run = runs.get(key) ?? begin(example, name);
  runs.set(key, run);
  return (await run)(group);
};

/** What the whole catalogue says there: group after group, as verify does; claims about the whole run come last. */
export const runAll = async (example: Example, name: keyof typeof WORLDS): Promise<readonly Said[]> => {
  const all: Said[] = [];
  for (const [group] of GROUPS) all.push(...(await runGroup(example, name, group)));
  return all;
};
