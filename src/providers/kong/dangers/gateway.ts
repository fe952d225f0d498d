import type { Desired, Live } from '../../../core/resource.ts';
import type { PluginSpec } from '../specs/index.ts';

/** What the blueprint wants and what the gateway holds, as every danger is looked for in them. */
export interface Gateway {
  /** By address. */
  readonly wanted: ReadonlyMap<string, Desired>;
  readonly live: readonly Live[];
  readonly ours: (live: Live) => boolean;
}

/** Whether a reference names an object; one that has no name is named by its id. */
export const names = (reference: { readonly name?: string | null; readonly id?: string | null }, { id }: { readonly id: string }): boolean =>
  typeof reference.name === 'string' ? id === reference.name : id === `#${String(reference.id)}`;

/** Whether a plugin stands where requests on this route meet it, whoever sends them. */
export const covers = (
  plugin: PluginSpec,
  route: { readonly id: string },
  service: { readonly id: string } | undefined,
): boolean => {
  if (plugin.consumer != null) return false;
  if (plugin.route != null) return names(plugin.route, route);
  return plugin.service == null || (service !== undefined && names(plugin.service, service));
};
