import type { Blueprint, Route } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import type { Desired, Spec } from '../core/resource.ts';
import { kongName } from '../patterns/objects.ts';
import { pluginWords } from './kong-plugins.ts';
import { specIn, textIn, textsIn } from '../core/read-spec.ts';
import { stepBy } from './steps.ts';
import type { Step } from './steps.ts';

/** What Kong does with a request on a route, in the order in which it does it, from the objects that apply would write. */
export const kongSteps = (blueprint: Blueprint, expansion: Expansion, route: Route): readonly Step[] => {
  const id = kongName(blueprint, route.service, route.id);
  const kongRoute = expansion.desired.find((object) => object.kind === 'kong.route' && object.id === id);
  if (!kongRoute) return [];
  const serviceName = textIn(specIn(kongRoute.spec, 'service'), 'name') ?? '';
  const service = expansion.desired.find((object) => object.kind === 'kong.service' && object.id === serviceName);
  return [
    stepBy(kongRoute, 'route', [
      `${textsIn(kongRoute.spec, 'methods').join(' and ')} on a path that matches ${textsIn(kongRoute.spec, 'paths').join(' or ')} becomes this route; anything else is 404.`,
    ]),
    ...pluginsInForce(expansion, id, serviceName).map((plugin) => pluginStep(plugin, expansion)),
    ...(service ? [upstreamStep(service)] : []),
    { title: 'response', what: ['The answer of the upstream goes back as it is.'] },
  ];
};

/** Kong runs a plugin once per request: the route's own goes before the service's, that before the global one. Highest priority first. */
const pluginsInForce = ({ desired }: Expansion, route: string, service: string): readonly Desired[] => {
  const inForce = new Map<string, { readonly plugin: Desired; readonly rank: number }>();
  for (const plugin of desired) {
    if (plugin.kind !== 'kong.plugin' || plugin.spec.enabled === false) continue;
    const rank = rankOf(plugin.spec, route, service);
    const name = textIn(plugin.spec, 'name') ?? '';
    if (rank > (inForce.get(name)?.rank ?? 0)) inForce.set(name, { plugin, rank });
  }
  return [...inForce].toSorted(([a], [b]) => pluginWords(b).priority - pluginWords(a).priority).map(([, { plugin }]) => plugin);
};

const rankOf = (spec: Spec, route: string, service: string): number => {
  const [ownRoute, ownService] = [textIn(specIn(spec, 'route'), 'name'), textIn(specIn(spec, 'service'), 'name')];
  if (ownRoute !== undefined) return ownRoute === route ? 3 : 0;
  if (ownService !== undefined) return ownService === service ? 2 : 0;
  return 1;
};

const pluginStep = (plugin: Desired, expansion: Expansion): Step => {
  const name = textIn(plugin.spec, 'name') ?? '';
  const words = pluginWords(name);
  const keys = expansion.deferred.filter(({ kind }) => kind === 'kong.jwt_secret').map(({ kind, id }) => `${kind}/${id}`);
  return stepBy(
    plugin,
    `${words.title} (${name}${words.priority > 0 ? `, priority ${words.priority}` : ''})`,
    words.describe(specIn(plugin.spec, 'config'), keys),
  );
};

const upstreamStep = (service: Desired): Step => {
  const { protocol, host, port, path } = service.spec;
  return stepBy(service, 'upstream', [
    `The request goes on to ${String(protocol)}://${String(host)}:${String(port)}${typeof path === 'string' ? path : ''}, its path unchanged.`,
  ]);
};
