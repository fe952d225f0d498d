import { textOf } from '../../../core/json.ts';
import type { Live } from '../../../core/resource.ts';
import { kong as specs } from '../specs/index.ts';
import { markerName } from '../specs/marks.ts';
import type { KongClient } from './kong-client.ts';
import { fieldsOf, liveRow, namesIn } from './live-row.ts';

/** The three rows of our bookkeeping, which are in no plan. They are there to be looked at: whoever changes them has a route and a service of ours. */
export const markerRows = async (kong: KongClient): Promise<readonly Live[]> => {
  const own = markerName(kong.name);
  const [services, routes, plugins, consumers] = await Promise.all([kong.rows('services'), kong.rows('routes'), kong.rows('plugins'), kong.rows('consumers')]);
  const [serviceOf, routeOf, consumerOf] = [namesIn(services, 'name'), namesIn(routes, 'name'), namesIn(consumers, 'username')];
  return [
    ...services.filter(({ name }) => name === own).map((row) => liveRow(specs.service, own, row, specs.service.read(fieldsOf(row)), kong.name)),
    ...routes
      .filter(({ name }) => name === own)
      .map((row) => liveRow(specs.route, own, row, specs.route.read({ ...fieldsOf(row), service: serviceOf(row.service) }), kong.name)),
    ...plugins
      .filter(({ instance_name: name }) => textOf(name) === own)
      .map((row) => liveRow(specs.plugin, own, row, specs.plugin.read({ ...fieldsOf(row), service: serviceOf(row.service), route: routeOf(row.route), consumer: consumerOf(row.consumer) }), kong.name)),
  ];
};
