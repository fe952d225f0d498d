import { blueprint } from '../declaration/index.ts';
import { loading } from '../declaration/field.ts';
import type { Reference, Schema } from '../declaration/field.ts';
import type { Node, Path } from '../tree.ts';
import { mustExist, namesAt } from './context.ts';
import type { Context } from './context.ts';

/** Every name that the declaration says leads somewhere. */
export const checkReferences = (context: Context): void => {
  const known = new Map<Reference, ReturnType<typeof namesAt>>();
  const names = (to: Reference): ReturnType<typeof namesAt> => {
    const found = known.get(to) ?? namesAt(context, to);
    known.set(to, found);
    return found;
  };
  checkBelow({ ...context, names }, blueprint, context.root, []);
};

interface Walking extends Context {
  /** The names that there are, found once for each place that declares some. */
  readonly names: (to: Reference) => ReturnType<typeof namesAt>;
}

const checkBelow = (context: Walking, field: Schema, node: Node, path: Path): void => {
  const to = field[loading]?.to;
  if (to && node.kind === 'scalar' && typeof node.value === 'string') mustExist(context, path, node.value, context.names(to));
  if (!leads(field)) return;
  if (node.kind === 'list') node.items.forEach((item, index) => checkBelow(context, field.items ?? {}, item, [...path, String(index)]));
  if (node.kind !== 'map') return;
  for (const [key, entry] of node.entries) {
    const inside = Object.hasOwn(field.properties ?? {}, key) ? field.properties?.[key] : field.additionalProperties;
    if (typeof inside === 'object') checkBelow(context, inside, entry.node, [...path, key]);
  }
};

/** Something inside names something else: most of a large blueprint does not. */
const leads = (field: Schema): boolean => {
  const known = LEADS.get(field);
  if (known !== undefined) return known;
  const inside = [field.items, field.additionalProperties, ...Object.values(field.properties ?? {})];
  const found = inside.some((one) => typeof one === 'object' && (one[loading]?.to !== undefined || leads(one)));
  LEADS.set(field, found);
  return found;
};
const LEADS = new WeakMap<Schema, boolean>();
