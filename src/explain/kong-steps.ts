import type { Blueprint, Route } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import { textsOf } from '../core/json.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired } from '../core/resource.ts';
import { kong } from '../providers/kong/specs/index.ts';
import type { PluginSpec, RouteSpec, ServiceSpec } from '../providers/kong/specs/index.ts';
import { priorityOf } from '../providers/kong/specs/plugin-config.ts';
import { routeName } from '../patterns/objects.ts';
import { pluginWords } from './kong-plugins.ts';
import { stepBy } from './steps.ts';
import type { Step } from './steps.ts';

/** What Kong does with a request on a route, in the order in which it does it, from the objects that apply would write. */
export const kongSteps = (blueprint: Blueprint, expansion: Expansion, route: Route): readonly Step[] => {
  const id = routeName(blueprint, route);
  const kongRoute = expansion.desired.filter(kong.route.is).find((object) => object.id === id);
  if (!kongRoute) return [];
  const serviceName = kongRoute.spec.service?.name ?? '';
  const service = expansion.desired.filter(kong.service.is).find((object) => object.id === serviceName);
  return [
    stepBy(kongRoute, 'route', [
      `${kongRoute.spec.methods == null ? 'A call of gRPC' : textsOf(kongRoute.spec.methods).join(' and ')} on a path that matches ${textsOf(kongRoute.spec.paths).join(' or ')} ${conditionsText(kongRoute.spec)}becomes this route; anything else is 404.`,
    ]),
    ...pluginsInForce(expansion, id, serviceName).map((plugin) => pluginStep(plugin, expansion)),
    ...(service ? [upstreamStep(service)] : []),
    { title: 'response', what: ['The answer of the upstream goes back as it is.'] },
  ];
};

const conditionsText = ({ hosts, headers }: RouteSpec): string => {
  const shown = Object.entries(headers ?? {}).map(([name, values]) => `${name}: ${textsOf(values).join(' or ')}`);
  return `${textsOf(hosts).length > 0 ? `under the host ${textsOf(hosts).join(' or ')} ` : ''}${shown.length > 0 ? `with ${shown.join(' and ')} ` : ''}`;
};

/** Kong runs a plugin once per request: the route's own goes before the service's, that before the global one. Highest priority first. */
const pluginsInForce = ({ desired }: Expansion, route: string, service: string): readonly Plugin[] => {
  const inForce = new Map<string, { readonly plugin: Plugin; readonly rank: number }>();
  for (const plugin of desired.filter(kong.plugin.is)) {
    if (plugin.spec.enabled === false) continue;
    const rank = rankOf(plugin.spec, route, service);
    const { name } = plugin.spec;
    if (rank > (inForce.get(name)?.rank ?? 0)) inForce.set(name, { plugin, rank });
  }
  return [...inForce].toSorted(([a], [b]) => priorityOf(b) - priorityOf(a)).map(([, { plugin }]) => plugin);
};

const rankOf = (spec: PluginSpec, route: string, service: string): number => {
  if (spec.route != null) return spec.route.name === route ? 3 : 0;
  if (spec.service != null) return spec.service.name === service ? 2 : 0;
  return 1;
};

type Plugin = Desired & { readonly spec: PluginSpec };

const pluginStep = (plugin: Plugin, expansion: Expansion): Step => {
  const { name } = plugin.spec;
  const words = pluginWords(name);
  const priority = priorityOf(name);
  const keys = expansion.deferred.filter(({ kind }) => kind === kong.jwtSecret.kind).map(addressOf);
  return stepBy(
    plugin,
    `${words.title} (${name}${priority > 0 ? `, priority ${priority}` : ''})`,
    words.describe({ ...plugin.spec.config }, keys),
  );
};

const upstreamStep = (service: Desired & { readonly spec: ServiceSpec }): Step => {
  const { protocol, host, port, path } = service.spec;
  return stepBy(service, 'upstream', [
    `The request goes on to ${String(protocol)}://${String(host)}:${String(port)}${typeof path === 'string' ? path : ''}, its path unchanged.`,
  ]);
};
