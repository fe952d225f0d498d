import { addressOf } from './resource.ts';
import type { Address } from './resource.ts';

/** Something that is called otherwise now: of these kinds the object of that name, and all below it (`shop.orders`, `shop.orders.list`). */
export interface Rename {
  readonly kinds: RegExp;
  readonly from: string;
  readonly to: string;
}

/** Where what is there by a former name is by now; `undefined` of what was never called otherwise. */
export const renamedTo = (renames: readonly Rename[], { kind, id }: { readonly kind: string; readonly id: string }): Address | undefined => {
  const rename = renames.find(({ kinds, from }) => kinds.test(kind) && (id === from || id.startsWith(`${from}.`) || id.startsWith(`${from}/`)));
  return rename && addressOf({ kind, id: `${rename.to}${id.slice(rename.from.length)}` });
};
