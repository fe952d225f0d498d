import { addressOf } from './resource.ts';
import type { Address } from './resource.ts';

/** Something that is called otherwise now: of these kinds the object of that name and, where parts are told apart, all of it (`shop.orders`, `shop.orders.list`). */
export interface Rename {
  readonly kinds: ReadonlySet<string>;
  readonly from: string;
  readonly to: string;
  /** Characters of which one stands between the name of something and that of a part of it; without them no name is a part of another, however it begins. */
  readonly parts?: string;
}

/** Where what is there by a former name is by now; `undefined` of what was never called otherwise. */
export const renamedTo = (renames: readonly Rename[], { kind, id }: { readonly kind: string; readonly id: string }): Address | undefined => {
  const rename = renames.find(({ kinds, from, parts = '' }) => kinds.has(kind) && (id === from || (id.startsWith(from) && parts.includes(id.charAt(from.length)))));
  return rename && addressOf({ kind, id: `${rename.to}${id.slice(rename.from.length)}` });
};
