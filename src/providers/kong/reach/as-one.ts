import { groupBy } from '../../../core/collections.ts';
import { addressOf, effects } from '../../../core/resource.ts';
import type { Danger, Live } from '../../../core/resource.ts';
import { seenOf } from '../../../core/seen.ts';
import type { Finding } from './gateway.ts';
import { tagsOf } from './objects.ts';

/** All that is found about one object is one danger, as bad as the worst of it. */
export const asOne = (findings: readonly Finding[], live: readonly Live[]): readonly Danger[] => {
  const objects = new Map(live.map((object) => [addressOf(object), object]));
  return [...groupBy(findings, addressOf).values()].map((members) => worstOf(members, objects));
};

const worstOf = (findings: readonly Finding[], live: ReadonlyMap<string, Live>): Danger => {
  const [worst, ...others] = findings.toSorted((a, b) => effects.indexOf(a.effect) - effects.indexOf(b.effect));
  if (worst === undefined) throw new Error('a group has a member');
  const object = live.get(addressOf(worst));
  const { kind, id, effect, what, origin, hint } = worst;
  const gains = findings.flatMap((one) => one.gains ?? []);
  return {
    ...{ kind, id, effect, origin, hint },
    what: [what, ...others.map((other) => other.what)].join('; '),
    seen: seenOf(findings.map(({ seen }) => seen)),
    ...(gains.length > 0 && { gains }),
    tags: object ? tagsOf(object) : [],
  };
};
