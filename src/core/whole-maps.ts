import type { Spec } from './resource.ts';
import { isSpec } from './spec.ts';
import type { Fields } from './spec.ts';

/** A spec in which every map that is stated whole says of what else is held there that it must be absent. */
export const withWholeMaps = (fields: Fields, stated: Spec, held: Spec): Spec =>
  Object.fromEntries(
    Object.entries(stated).map(([name, wanted]) => {
      const there = held[name];
      if (fields[name]?.whole !== true || !isSpec(wanted) || !isSpec(there)) return [name, wanted];
      const more = Object.keys(there).filter((entry) => !Object.hasOwn(wanted, entry));
      return [name, { ...wanted, ...Object.fromEntries(more.map((entry) => [entry, null])) }];
    }),
  );
