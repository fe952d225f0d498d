import { addressOf } from './resource.ts';
import type { Address } from './resource.ts';

/** Something that is called otherwise now: of these kinds the object of that name and, where they have a separator, all below it (`shop.orders`, `shop.orders.list`). */
export interface Rename {
  readonly kinds: ReadonlySet<string>;
  readonly from: string;
  readonly to: string;
  /** What stands between the name of something and that of a part of it; without one no name is a part of another, however it begins. */
  readonly below?: string;
}

/** Where what is there by a former name is by now; `undefined` of what was never called otherwise. */
export const renamedTo = (renames: readonly Rename[], { kind, id }: { readonly kind: string; readonly id: string }): Address | undefined => {
  const rename = renames.find(({ kinds, from, below }) => kinds.has(kind) && (id === from || (below !== undefined && id.startsWith(`${from}${below}`))));
  return rename && addressOf({ kind, id: `${rename.to}${id.slice(rename.from.length)}` });
};
