import type { Live, Spec } from './resource.ts';
import { isSpec } from './spec.ts';
import type { Fields } from './spec.ts';

/** A spec in which every map that is stated whole says of what else is held there that it must be absent; one that others add to, of what we made. */
export const withWholeMaps = (fields: Fields, stated: Spec, held: Spec, made: NonNullable<Live['made']> = {}): Spec => {
  const whole = Object.entries(stated).flatMap(([name, wanted]) => {
    const there = held[name];
    const [all, ours] = [fields[name]?.whole === true, made[name] ?? []];
    if ((!all && ours.length === 0) || !isSpec(wanted) || !isSpec(there)) return [];
    const more = Object.keys(there).filter((entry) => !Object.hasOwn(wanted, entry) && (all || ours.includes(entry)));
    return more.length === 0 ? [] : [[name, { ...wanted, ...Object.fromEntries(more.map((entry) => [entry, null])) }] as const];
  });
  return whole.length === 0 ? stated : { ...stated, ...Object.fromEntries(whole) };
};
