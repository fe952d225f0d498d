import type { Live, Spec } from './resource.ts';
import { isSpec } from './spec.ts';
import type { Fields } from './spec.ts';

/** A spec in which every map that is stated whole says of what else is held there that it must be absent; one that others add to, of what we made. */
export const withWholeMaps = (fields: Fields, stated: Spec, held: Spec, made: NonNullable<Live['made']> = {}): Spec =>
  Object.fromEntries(
    Object.entries(stated).map(([name, wanted]) => {
      const there = held[name];
      if (!isSpec(wanted) || !isSpec(there)) return [name, wanted];
      const ours = (entry: string): boolean => fields[name]?.whole === true || made[name]?.includes(entry) === true;
      const more = Object.keys(there).filter((entry) => !Object.hasOwn(wanted, entry) && ours(entry));
      return [name, { ...wanted, ...Object.fromEntries(more.map((entry) => [entry, null])) }];
    }),
  );
