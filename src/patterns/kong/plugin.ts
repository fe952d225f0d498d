import type { Blueprint } from '../../blueprint/types.ts';
import type { Address, Desired, Spec } from '../../core/resource.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import type { PluginSpec } from '../../providers/kong/specs/index.ts';
import type { PluginConfig, PluginName } from '../../providers/kong/specs/plugin-config.ts';
import { made } from '../objects.ts';

/** Where a plugin stands, by the name of its route or service. */
type Place = { readonly route: string } | { readonly service: string };

/** Makes plugins: their instance is called `instance`, and they take what their own schema takes. */
type PluginMaker = <Name extends PluginName>(
  name: Name,
  instance: string,
  place: Place,
  config: PluginConfig<Name>,
  after?: readonly Address[],
) => Desired<PluginSpec>;

export const pluginMaker = (blueprint: Blueprint, path: string): PluginMaker => {
  const make = (name: string, instance: string, place: Place, config: Spec, after: readonly Address[] = []): Desired<PluginSpec> => {
    const spec = {
      name,
      instance_name: instance,
      enabled: true,
      protocols: ['grpc', 'grpcs', 'http', 'https'],
      route: 'route' in place ? { name: place.route } : null,
      service: 'service' in place ? { name: place.service } : null,
      consumer: null,
      config,
    };
    const standing = 'route' in place ? kong.route.address(place.route) : kong.service.address(place.service);
    return made(blueprint, path, kong.plugin, [instance], spec, [standing, ...after]);
  };
  return make;
};
