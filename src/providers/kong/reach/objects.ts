import { isObject, textsOf } from '../../../core/json.ts';
import type { Live } from '../../../core/resource.ts';
import type { PluginSpec, RouteSpec, ServiceSpec } from '../specs/index.ts';

export type LiveRoute = Live & { readonly spec: RouteSpec };
export type LiveService = Live & { readonly spec: ServiceSpec };
export type LivePlugin = Live & { readonly spec: PluginSpec };

/** The id, as its kind has it, of what a reference points to. */
export const referenceOf = ({ name, username, id }: { readonly name?: string | null; readonly username?: string | null; readonly id?: string | null }): string =>
  name ?? username ?? `#${String(id)}`;

/** The tags of a live row, where it was read with them. */
export const tagsOf = ({ ref }: Live): readonly string[] => (isObject(ref) ? textsOf(ref.tags) : []);

/** The id that Kong gave a row. */
export const rowIdOf = ({ ref, id }: Live): string => (isObject(ref) && typeof ref.id === 'string' ? ref.id : id);
