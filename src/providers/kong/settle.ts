import { allOf } from '../../core/all-of.ts';
import { diffSpec } from '../../core/diff.ts';
import { textOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Desired, Live } from '../../core/resource.ts';
import { isNotInForce, pluginsOf } from './exposure.ts';
import { pluginKind } from './kinds/plugin.ts';
import { routeKind } from './kinds/route.ts';
import { toWrite } from './kinds/row-write.ts';
import type { KongClient } from './kinds/kong-client.ts';
import type { InForceMarker } from './in-force-marker.ts';
import { kong as specs } from './specs/index.ts';

/**
 * Returns when what was written is in force. What is new is opened last: only when every plugin on it is there, as desired, and in force. With nothing
 * of ours wanted any more the marker goes too.
 */
export const createSettle = (kong: KongClient, marker: InForceMarker): ((desired: readonly Desired[]) => Promise<void>) => {
  let settledAt = kong.store.writes();

  return async (desired) => {
    if (kong.store.writes() === settledAt) return;
    const wanted = desired.filter(({ kind }) => kind.startsWith('kong.'));
    let kept: Problem | undefined;
    try {
      if (wanted.length === 0) await marker.vanish();
      else {
        if (kong.closed.size > 0 || kong.opening.closed().size > 0) {
          await marker.reached(await marker.move());
          kept = await openWhole(kong, wanted);
        }
        await marker.reached(await marker.move(), kong.exposure.unlisted());
      }
      await kong.opening.sweep();
    } catch (thrown) {
      // What is in the way is deleted next, and then it is looked again.
      if (kong.exposure.jamLeaves() && isNotInForce(thrown)) return;
      throw thrown;
    }
    if (kept) throw kept;
    settledAt = kong.store.writes();
  };
};

/** Opens what is whole: one that is not keeps no other closed, and is told. */
const openWhole = async (kong: KongClient, wanted: readonly Desired[]): Promise<Problem | undefined> => {
  const plugins = new Map((await pluginKind.list(kong)).map((live) => [live.id, live]));
  const routes = new Map((await routeKind.list(kong)).map((live) => [live.id, live]));
  const rows = await kong.store.read('services');
  const there = new Set(rows.map(({ name }) => textOf(name)));
  const pluginsOn = pluginsOf(wanted);
  const lackingOn = (route: Desired): string | undefined => pluginsOn(route).find((needed) => !inPlace(needed, plugins.get(needed.id), kong.name))?.id;
  const stays: Problem[] = [];

  const wantedRoutes = wanted.filter(specs.route.is);
  const lackingBy = new Map<string, string>();
  for (const route of wantedRoutes) {
    const service = route.spec.service?.name ?? '';
    const lacking = !routes.has(route.id) || lackingBy.has(service) ? undefined : lackingOn(route);
    if (lacking !== undefined) lackingBy.set(service, lacking);
  }
  const closed = kong.opening.closed();
  const services = wanted.filter(specs.service.is).filter((service) => {
    if (!closed.has(service.id)) return false;
    const missing = lackingBy.get(service.id) ?? (there.has(service.id) ? undefined : service.id);
    if (missing !== undefined) stays.push(keptClosed('service', service, missing));
    return missing === undefined;
  });
  await kong.opening.open(services);

  // One that fails leaves no other under way: the next run would meet its write.
  await allOf(
    wantedRoutes.filter(({ id }) => kong.closed.has(id)).map(async (desired) => {
      const { id } = desired;
      const live = routes.get(id);
      const missing = lackingOn(desired) ?? (live === undefined ? id : undefined);
      if (live === undefined || missing !== undefined) return void stays.push(keptClosed('route', desired, missing ?? id));
      const only = { ...desired, spec: kong.closed.get(id) ?? {} };
      await kong.store.put(toWrite(only, live, { entity: 'routes', key: { field: 'name', value: id }, path: '/routes' }));
      kong.closed.delete(id);
    }),
  );
  await kong.opening.restore(services, rows);
  return stays[0];
};

const inPlace = (needed: Desired, live: Live | undefined, name: string): boolean =>
  live !== undefined && live.owner === name && diffSpec(needed.spec, live.spec).length === 0;

const keptClosed = (what: 'route' | 'service', { id, origin }: Desired, missing: string): Problem =>
  new Problem('KONG_ROUTE_KEPT_CLOSED', `${what} ${id} stays closed: ${missing} is not as the blueprint wants it`, {
    at: origin,
    hint: 'somebody else is writing to this Kong; apply again',
  });
