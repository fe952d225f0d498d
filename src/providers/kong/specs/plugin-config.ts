import { defineSpec, setsInOrder } from '../../../core/spec.ts';
import type { Fields, Partly, Wholly } from '../../../core/spec.ts';
import type { Spec } from '../../../core/resource.ts';
import { plugin } from './plugin.ts';
import type { PluginSpec } from './plugin.ts';
import { pluginConfigs } from './plugin-configs.generated.ts';

/** The plugins that patterns use. */
export type PluginName = keyof typeof pluginConfigs;
/** The configuration of a plugin, by its schema: another field does not compile. */
export type PluginConfig<Name extends PluginName> = Wholly<(typeof pluginConfigs)[Name]['always']> & Partly<(typeof pluginConfigs)[Name]['fields']>;

/** True for a plugin of that name, whose `config` then has its type. */
export const isPlugin = <Name extends PluginName, Object extends { readonly kind: string; readonly spec: Spec }>(
  name: Name,
  object: Object,
): object is Object & { readonly spec: PluginSpec & { readonly config: PluginConfig<Name> } } => plugin.is(object) && object.spec.name === name;

const isKnown = (name: string): name is PluginName => Object.hasOwn(pluginConfigs, name);

/** The fields of a plugin's configuration; none are known of one that no pattern uses. */
export const configFields = (name: string): Fields => (isKnown(name) ? { ...pluginConfigs[name].always, ...pluginConfigs[name].fields } : {});

/** A configuration as a server holds it: what its schema calls a set in order, what it encrypts wrapped. */
export const readConfig = (name: string, held: Readonly<Record<string, unknown>>): Spec =>
  Object.fromEntries(Object.entries(defineSpec(name, { always: {}, fields: configFields(name) }).read(held)).map(([field, value]) => [field, value ?? null]));

/** Kong's order of execution: higher runs first. 0 where it is not known. */
export const priorityOf = (name: string): number => (isKnown(name) ? pluginConfigs[name].priority : 0);

/** A plugin with what its own schema and that of all plugins call a set in order. */
export const pluginInOrder = (spec: Spec): Spec => {
  const { name, config } = spec;
  const fields: Fields = typeof name === 'string' && config !== undefined ? { ...plugin.fields, config: { shape: 'record', fields: configFields(name) } } : plugin.fields;
  return setsInOrder(fields, spec);
};

/** `cool_down` of the token guard's pinned.lua: for so long it may go by a list of keys that it has read before one of them was written. */
export const GUARD_LIST_SECONDS = 1;
