import { randomBytes } from 'node:crypto';
import { allOf } from '../../core/all-of.ts';
import { diffSpec, sameValue } from '../../core/diff.ts';
import { isSpec } from '../../core/spec.ts';
import type { Change, Desired, Live, Spec, SpecValue } from '../../core/resource.ts';
import { refOf } from '../../core/resource.ts';
import { closedFields, isClosed } from './closed-route.ts';
import type { InForceMarker } from './in-force-marker.ts';
import type { RowStore } from './row-store.ts';
import { kong } from './specs/index.ts';
import type { RouteSpec } from './specs/index.ts';
import { HARMLESS } from './withdrawal.ts';

/**
 * How a route that is there gets other requests. Routes and plugins come into force at two moments, in either order: with other guards in the same run, requests of
 * before would be judged by the guards of after, or the other way round, and let in whom neither lets in. So it takes only what it takes before and after, then
 * its guards change, and what it takes besides comes when these are in force.
 */
export interface Narrowing {
  /** Told before the first write what this run is about to do. */
  readonly prepare: (changes: readonly Change[]) => void;
  /** Returns when no route whose guards change takes a request that it will not take afterwards. Waits once in a run, and where there is none not at all. Throws `KONG_NOT_IN_FORCE`. */
  readonly narrowed: () => Promise<void>;
  /** What of a route is written before its guards are in force; `undefined` for one whose requests stay as they are. */
  readonly first: (route: Desired<RouteSpec>) => Desired | undefined;
  /** A route as it is since it was narrowed. */
  readonly since: <Ref>(held: Live<RouteSpec, Ref>) => Live<RouteSpec, Ref>;
}

interface Row {
  readonly id: string;
  readonly tags: readonly string[];
}

type Written = Extract<Change, { readonly because: unknown }>;
type Update = Written & { readonly desired: Desired<RouteSpec> };

/** Each one a list of which one must fit; an empty one asks nothing. */
const LISTS = ['protocols', 'methods', 'hosts', 'paths', 'snis', 'sources', 'destinations'] as const;
const CONDITIONS: ReadonlySet<string> = new Set([...LISTS, 'headers', 'regex_priority', 'expression', 'priority']);

export const createNarrowing = (store: RowStore, marker: Pick<InForceMarker, 'move' | 'reached'>): Narrowing => {
  let moving: ReadonlySet<string> = new Set();
  let guarded: readonly Update[] = [];
  let narrowing: Promise<void> | undefined;
  const written = new Map<string, Spec>();

  const narrow = async (): Promise<void> => {
    const narrower = guarded.flatMap(({ desired, live }) => {
      const changes = inBoth(live.spec, desired.spec);
      return Object.keys(changes).length > 0 ? [{ desired, ref: refOf(live) as Row, changes }] : [];
    });
    if (narrower.length === 0) return;
    await allOf(narrower.map(({ desired: { id }, ref, changes }) => store.put({ entity: 'routes', key: { field: 'name', value: id }, path: '/routes', body: {}, existing: { id: ref.id, tags: ref.tags, changes } })));
    for (const { desired: { id }, changes } of narrower) written.set(id, changes);
    await marker.reached(await marker.move());
  };

  return {
    prepare: (changes) => {
      const updates = changes.flatMap((change) => ('because' in change && isMoving(change) ? [change] : []));
      moving = new Set(updates.map(({ desired: { id } }) => id));
      const changesOn = guardsIn(changes);
      guarded = updates.filter(changesOn);
      narrowing = undefined;
      written.clear();
    },
    narrowed: () => (narrowing ??= narrow()),
    first: (route) =>
      moving.has(route.id) ? { ...route, spec: Object.fromEntries(Object.entries(route.spec).filter(([field]) => !CONDITIONS.has(field))) } : undefined,
    since: (held) => ({ ...held, spec: { ...held.spec, ...written.get(held.id) } }),
  };
};

/** One that a run which was cut short left closed is opened last in any case. */
const isMoving = (change: Written): change is Update =>
  change.action === 'update' && kong.route.is(change.desired) && change.live.owner !== undefined && !isClosed(change.live.spec) && diffSpec(conditionsOf(change.desired.spec), change.live.spec).length > 0;
const conditionsOf = (spec: Spec): Spec => Object.fromEntries(Object.entries(spec).filter(([field]) => CONDITIONS.has(field)));

/** Whether this run makes or changes a plugin that a route has, or is to have, before it. */
const guardsIn = (changes: readonly Change[]): ((update: Update) => boolean) => {
  const places = new Set<string>();
  for (const change of changes) {
    if (change.action === 'keep' || !('desired' in change) || !kong.plugin.is(change.desired) || HARMLESS.has(change.desired.spec.name)) continue;
    const { route, service } = change.desired.spec;
    places.add(route?.name ? `route ${route.name}` : service?.name ? `service ${service.name}` : '');
  }
  const nameIn = (reference: SpecValue | undefined): string => (isSpec(reference) ? String(reference['name']) : '');
  return ({ desired, live }) => ['', `route ${desired.id}`, `service ${nameIn(desired.spec.service)}`, `service ${nameIn(live.spec['service'])}`].some((place) => places.has(place));
};

/** What of a route changes so that it takes only what it takes before and after; where that is nothing, or cannot be said, it is closed. */
const inBoth = (live: Spec, desired: Spec): Spec => {
  const shut = (): Spec => closedFields(live, randomBytes(16).toString('hex')) as Spec;
  if (!sameValue(live['expression'], desired['expression'] ?? live['expression'])) return shut();
  const changes: Record<string, SpecValue> = {};
  for (const field of LISTS) {
    if (desired[field] === undefined) continue;
    const both = common(itemsOf(live[field]), itemsOf(desired[field]));
    if (both === undefined) return shut();
    if (both.length !== itemsOf(live[field]).length) changes[field] = both;
  }
  const headers = desired['headers'] === undefined ? {} : commonHeaders(live['headers'], desired['headers']);
  if (headers === undefined) return shut();
  return Object.keys(headers).length === 0 ? changes : { ...changes, headers };
};

const itemsOf = (value: SpecValue | undefined): readonly SpecValue[] => (Array.isArray(value) ? (value as readonly SpecValue[]) : []);
const common = (now: readonly SpecValue[], then: readonly SpecValue[]): readonly SpecValue[] | undefined => {
  if (now.length === 0) return then;
  if (then.length === 0) return now;
  const both = now.filter((one) => then.some((other) => sameValue(one, other)));
  return both.length === 0 ? undefined : both;
};
/** Empty where nothing changes. */
const commonHeaders = (live: SpecValue | undefined, desired: SpecValue): Spec | undefined => {
  const [now, then] = [live, desired].map((value) => (isSpec(value) ? value : {}));
  if (now === undefined || then === undefined || sameValue(now, then)) return {};
  const all = [...new Set([...Object.keys(now), ...Object.keys(then)])].map((name) => [name, common(itemsOf(now[name]), itemsOf(then[name]))] as const);
  if (all.some(([, values]) => values === undefined)) return undefined;
  const both = Object.fromEntries(all.map(([name, values]) => [name, values ?? []]));
  return sameValue(both, now) ? {} : both;
};
