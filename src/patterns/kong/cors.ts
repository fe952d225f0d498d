import type { Blueprint, Service } from '../../blueprint/types.ts';
import type { Desired } from '../../core/resource.ts';
import type { PluginConfig } from '../../providers/kong/specs/plugin-config.ts';
import { statedOf } from '../../access/index.ts';
import { pluginMaker } from './plugin.ts';

type Methods = NonNullable<PluginConfig<'cors'>['methods']>;

/** Preflights answered at the gateway, for the pages of these origins alone. */
export const corsConfig = (origins: readonly string[], methods: Methods, credentials: boolean): PluginConfig<'cors'> => ({
  origins: [...origins],
  methods,
  headers: ['Authorization', 'Content-Type', 'X-Requested-With'],
  credentials,
  max_age: 600,
  preflight_continue: false,
});

/** Nothing where the pages have the gateway's own origin. */
export const corsPlugin = (blueprint: Blueprint, service: Service, name: string): readonly Desired[] => {
  const { origins, token, session } = service.authentication;
  if (origins.length === 0) return [];
  const methods = [...new Set(service.routes.flatMap(statedOf))].toSorted();
  const config = corsConfig(origins, methods, token.cookie !== undefined || session !== undefined);
  return [pluginMaker(blueprint, `services.${service.id}`)('cors', `${name}.cors`, { service: name }, config)];
};
