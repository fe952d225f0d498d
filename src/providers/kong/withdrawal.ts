import { randomBytes } from 'node:crypto';
import { objectOf, textOf } from '../../core/json.ts';
import { allOf } from '../../core/all-of.ts';
import type { Change, Live } from '../../core/resource.ts';
import { refOf } from '../../core/resource.ts';
import type { Entity } from './client.ts';
import { closedFields, isClosed } from './closed-route.ts';
import type { InForceMarker } from './in-force-marker.ts';
import { areApart } from './routes-apart.ts';
import type { RowStore } from './row-store.ts';
import { kong } from './specs/index.ts';

/** How routes go that are something else without the plugins on themselves. */
export interface Withdrawal {
  /** Told before the first write what this run is about to do. */
  readonly prepare: (changes: readonly Change[]) => void;
  /**
   * Returns when no route that goes is open without its own plugins: Kong takes them away together with the route, and may hear of it sooner than of the
   * route. Those that nothing else guards match nothing by then, nor those beside which another route is for the same requests: without what opens it, a route
   * refuses them in the place of the other one. Waits once in a run, and where there is none not at all. Throws `KONG_NOT_IN_FORCE`.
   */
  readonly closed: () => Promise<void>;
}

/** What keeps nobody out. */
export const HARMLESS: ReadonlySet<unknown> = new Set(['correlation-id', 'cors', 'prometheus', 'rate-limiting', 'request-size-limiting', 'request-transformer', 'response-ratelimiting', 'response-transformer']);
/** What lets nobody through to whom no route opens: on every protected service of a blueprint. */
const REFUSING: ReadonlySet<unknown> = new Set(['authctl-scope-guard', 'openid-connect', 'request-termination']);

export const createWithdrawal = (store: RowStore, marker: Pick<InForceMarker, 'move' | 'reached'>): Withdrawal => {
  let going: readonly Live[] = [];
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    if (store.atomic || going.length === 0) return;
    const plugins = (await store.read('plugins')).filter(({ enabled }) => enabled !== false);
    const routes = new Map((await store.read('routes')).map((row) => [row.id, row]));
    const rows = going.flatMap((live) => routes.get((refOf(live) as { readonly id: string }).id) ?? []);
    const staying = [...routes.values()].filter((row) => !rows.includes(row));
    const alone = rows.filter((row) => hasOwn(row, plugins) && (isGuardedByItself(row, plugins) || !areApart([row], staying)));
    if (alone.length === 0) return;
    // One that a run which was cut short closed may be open still.
    await allOf(
      alone.filter((row) => !isClosed(row)).map((row) => store.put({ entity: 'routes', key: { field: 'name', value: textOf(row.name) ?? row.id }, path: '/routes', body: {}, existing: { id: row.id, tags: row.tags ?? [], changes: closedFields(row, randomBytes(16).toString('hex')) } })),
    );
    await marker.reached(await marker.move());
  };

  return {
    prepare: (changes) => {
      going = changes.flatMap((change) => ((change.action === 'delete' || change.action === 'replace') && change.live.kind === kong.route.kind ? [change.live] : []));
      closing = undefined;
    },
    closed: () => (closing ??= close()),
  };
};

const at = (plugin: Entity, scope: 'route' | 'service'): unknown => objectOf(plugin[scope]).id;
const hasOwn = (route: Entity, plugins: readonly Entity[]): boolean => plugins.some((plugin) => at(plugin, 'route') === route.id && !HARMLESS.has(plugin.name));
const isGuardedByItself = (route: Entity, plugins: readonly Entity[]): boolean => {
  const service = objectOf(route.service).id;
  return !plugins.some((plugin) => at(plugin, 'route') === undefined && at(plugin, 'service') === service && service !== undefined && plugin.consumer == null && REFUSING.has(plugin.name));
};
