import { concealed } from '../../../core/concealed.ts';
import { objectOf, textOf, textsOf } from '../../../core/json.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Kind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import { kong as specs } from '../specs/index.ts';
import type { PluginSpec } from '../specs/index.ts';
import { markerName } from '../specs/marks.ts';
import { readConfig } from '../specs/plugin-config.ts';
import type { KongClient, RowRef } from './kong-client.ts';
import { fieldsOf, liveRow, namesIn } from './live-row.ts';
import { toWrite } from './row-write.ts';

const { plugin } = specs;

/**
 * A plugin is known by its instance_name. A new one is created below its route or service: a top-level write without the scope
 * would make it global. It is deleted after its route, which takes it along, so that no route is left open in between; one that guards many
 * routes, from their service, only when these are seen gone, and the service with it where that goes too.
 */
export const pluginKind: Kind<KongClient, PluginSpec, RowRef> = defineKind<KongClient, PluginSpec, RowRef>()({
  name: plugin.kind,
  after: [],
  removeAfter: [specs.route.kind, specs.service.kind],
  immutable: plugin.immutable,
  list: async (kong) => {
    const [rows, services, routes, consumers] = await Promise.all([
      kong.rows('plugins', 'subject'),
      kong.rows('services'),
      kong.rows('routes'),
      kong.rows('consumers'),
    ]);
    const [serviceOf, routeOf, consumerOf] = [namesIn(services, 'name'), namesIn(routes, 'name'), namesIn(consumers, 'username')];
    return rows
      .filter(({ instance_name }) => instance_name !== markerName(kong.name))
      .map((row) => {
        const places = { service: serviceOf(row.service), route: routeOf(row.route), consumer: consumerOf(row.consumer) };
        const config = concealed(readConfig(String(row.name), objectOf(row.config)));
        return liveRow(plugin, textOf(row.instance_name), row, plugin.read({ ...fieldsOf(row), ...places, config }), kong.name);
      });
  },
  put: async (kong, desired, held) => {
    await kong.narrowing.narrowed();
    const path = `${placeOf(desired.spec)}/plugins`;
    const whole = held !== undefined && held.spec.name !== desired.spec.name;
    await kong.store.put(toWrite(desired, held, { entity: 'plugins', key: { field: 'instance_name', value: desired.id }, path, whole }));
  },
  // Between two algorithms a guard takes both: tokens of the old one are out until the issuer has switched.
  announce: async (kong, desired, held) => {
    const [next, now] = [desired, held].map(({ spec }) => textsOf(spec.config?.algorithms));
    if (next === undefined || now === undefined || next.length === 0 || now.every((one) => next.includes(one))) return 'now';
    const config = { ...desired.spec.config, algorithms: [...new Set([...now, ...next])].toSorted() };
    await pluginKind.put(kong, { ...desired, spec: { ...desired.spec, config } }, held);
    return 'last';
  },
  remove: async (kong, held) => {
    if (!kong.store.atomic && (held.spec.route ?? null) === null) await kong.exposure.departed();
    await kong.store.remove('plugins', refOf(held).id);
    kong.exposure.left(held);
  },
  release: (kong, held) => kong.store.release('plugins', refOf(held)),
});

const placeOf = ({ route, service, consumer }: PluginSpec): string => {
  if (typeof route?.name === 'string') return `/routes/${encodeURIComponent(route.name)}`;
  if (typeof service?.name === 'string') return `/services/${encodeURIComponent(service.name)}`;
  return typeof consumer?.username === 'string' ? `/consumers/${encodeURIComponent(consumer.username)}` : '';
};
