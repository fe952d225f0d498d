import type { Shipped } from './shape.ts';
import { v26_7 } from './v26-7.ts';

/** Newest first. */
const versions: readonly Shipped[] = [v26_7];

/** What the version of a server ships; where none was recorded of it, the newest recording, and `same` is false. */
export const shippedWith = (version: string | undefined): { readonly shipped: Shipped; readonly same: boolean } => {
  const exact = versions.find((one) => version?.startsWith(`${one.version}.`));
  return { shipped: exact ?? v26_7, same: exact !== undefined };
};
