import { diffSpec } from '../../core/diff.ts';
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
 * Returns when what was written is in force. New routes are opened last: only when every plugin on them and on their service is there, as
 * desired, and in force. With nothing of ours wanted any more the marker goes too.
 */
export const createSettle = (kong: KongClient, marker: InForceMarker): ((desired: readonly Desired[]) => Promise<void>) => {
  let settledAt = kong.store.writes();

  return async (desired) => {
    if (kong.store.writes() === settledAt) return;
    const wanted = desired.filter(({ kind }) => kind.startsWith('kong.'));
    try {
      if (wanted.length === 0) await marker.vanish();
      else {
        if (kong.closed.size > 0) {
          await marker.reached(await marker.move());
          await openRoutes(kong, wanted);
        }
        await marker.reached(await marker.move(), kong.exposure.unlisted());
      }
    } catch (thrown) {
      // What is in the way is deleted next, and then it is looked again.
      if (kong.exposure.jamLeaves() && isNotInForce(thrown)) return;
      throw thrown;
    }
    settledAt = kong.store.writes();
  };
};

const openRoutes = async (kong: KongClient, wanted: readonly Desired[]): Promise<void> => {
  const plugins = new Map((await pluginKind.list(kong)).map((live) => [live.id, live]));
  const routes = new Map((await routeKind.list(kong)).map((live) => [live.id, live]));
  const pluginsOn = pluginsOf(wanted);
  const opening = wanted.filter(specs.route.is).filter(({ id }) => kong.closed.has(id));
  // One that is not whole keeps no other closed, and one that fails leaves no other under way: the next run would meet its write.
  const ended = await Promise.allSettled(
    opening.map(async (desired) => {
      const { id } = desired;
      const missing = pluginsOn(desired).find((needed) => !inPlace(needed, plugins.get(needed.id), kong.name));
      const live = routes.get(id);
      if (missing || live === undefined) throw keptClosed(desired, missing?.id ?? id);
      const only = { ...desired, spec: kong.closed.get(id) ?? {} };
      await kong.store.put(toWrite(only, live, { entity: 'routes', key: { field: 'name', value: id }, path: '/routes' }));
      kong.closed.delete(id);
    }),
  );
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
};

const inPlace = (needed: Desired, live: Live | undefined, name: string): boolean =>
  live !== undefined && live.owner === name && diffSpec(needed.spec, live.spec).length === 0;

const keptClosed = ({ id, origin }: Desired, missing: string): Problem =>
  new Problem('KONG_ROUTE_KEPT_CLOSED', `route ${id} stays closed: ${missing} is not as the blueprint wants it`, {
    at: origin,
    hint: 'somebody else is writing to this Kong; apply again',
  });
