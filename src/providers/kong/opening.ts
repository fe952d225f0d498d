import { randomBytes } from 'node:crypto';
import { allOf } from '../../core/all-of.ts';
import { textOf } from '../../core/json.ts';
import { problemsOf } from '../../core/problem.ts';
import type { Change, Desired } from '../../core/resource.ts';
import type { Entity } from './client.ts';
import { pluginsOf } from './exposure.ts';
import { areApart } from './routes-apart.ts';
import type { RowStore } from './row-store.ts';
import { kong } from './specs/index.ts';
import type { RouteSpec } from './specs/index.ts';
import { markerName, rareTag } from './specs/marks.ts';
import { CLOSED_HOST, isClosedHost } from './specs/service.ts';
import type { ServiceSpec } from './specs/service.ts';

type Service = Desired<ServiceSpec>;

/**
 * New services that lead nowhere until all that guards them is in force. Routes and plugins come into force at the turns of timers, the targets of an
 * upstream at once: a service whose host is an upstream without targets answers 503, and one target opens it. So all that is new is written in one go
 * and waited for once. Afterwards the services get their own hosts, and the upstreams go when nothing asks for them any more.
 */
export interface Opening {
  /** Told before the first write what this run is about to do. */
  readonly prepare: (changes: readonly Change[]) => void;
  /** The host that a new service is written with; `undefined`: its own, and its new routes are to be closed themselves. */
  readonly hostOf: (service: string) => Promise<string | undefined>;
  /** Told of each service that was written without its own host: a new one, or one that a run which was cut short left so. */
  readonly wrote: (service: string, host: string) => void;
  /** True for a service that leads nowhere before `open`, whatever stands on it. One that was left by another run may have its target already. */
  readonly holds: (service: string) => boolean;
  /** Services that have not got their own host so far. */
  readonly closed: () => ReadonlySet<string>;
  /** Leads services to where they shall lead; in force at once. */
  readonly open: (services: readonly Service[]) => Promise<void>;
  /** Gives services their own hosts, which are in force as any change is. */
  readonly restore: (services: readonly Service[], rows: readonly Entity[]) => Promise<void>;
  /** Told of each service that goes without its own host, which a run that was cut short left: its upstream goes with it. */
  readonly gone: () => void;
  /** The upstream of a service that is let go is let go with it. */
  readonly release: (host: string) => Promise<void>;
  /** Deletes the upstreams that no service asks for any more, when that is in force. */
  readonly sweep: () => Promise<void>;
}

export const createOpening = (store: RowStore, name: string): Opening => {
  let coming: Coming = { services: [], routes: [] };
  let leading: Promise<ReadonlyMap<string, string> | undefined> | undefined;
  const closed = new Map<string, string>();
  const made = new Set<string>();
  let littered = false;

  /** By service, the upstream that it is to lead to meanwhile; none where that cannot be, or where somebody would be turned away by it. */
  const lead = async (): Promise<ReadonlyMap<string, string>> => {
    if (store.atomic || coming.services.length === 0) return new Map();
    const upstreams = new Set((await store.read('upstreams')).map((row) => textOf(row.name)));
    // What has an address can stand for a service, what is an upstream itself can not.
    if (coming.services.some(({ spec: { host } }) => typeof host !== 'string' || upstreams.has(host))) return new Map();
    const others = (await store.read('routes')).filter((row) => row.name !== markerName(name));
    if (!areApart(coming.routes.map(({ spec }) => spec), others)) return new Map();
    const hosts = new Map(coming.services.map(({ spec }) => [targetOf(spec), closedHost()]));
    littered = true;
    await allOf([...hosts.values()].map((host) => store.put({ entity: 'upstreams', key: { field: 'name', value: host }, path: '/upstreams', body: { name: host }, tags: [rareTag(name)] })));
    for (const host of hosts.values()) made.add(host);
    return new Map(coming.services.map(({ id, spec }) => [id, String(hosts.get(targetOf(spec)))]));
  };

  return {
    prepare: (changes) => {
      coming = comingOf(changes);
      leading = undefined;
    },
    hostOf: async (service) => (await (leading ??= orNot(lead())))?.get(service),
    wrote: (service, host) => {
      littered = true;
      closed.set(service, host);
    },
    holds: (service) => made.has(closed.get(service) ?? ''),
    closed: () => new Set(closed.keys()),
    open: async (services) => {
      const whole = new Set(services.map(({ id }) => id));
      // Services at one address share an upstream: one that stays closed keeps it closed, and the others open with their own hosts.
      const shut = new Set([...closed].flatMap(([service, host]) => (whole.has(service) ? [] : [host])));
      const targets = new Map<string, string>();
      for (const { id, spec } of services) {
        const host = closed.get(id) ?? '';
        if (made.has(host) && !shut.has(host)) targets.set(host, targetOf(spec));
      }
      // Where one cannot be written, its services open a wait later, with their own hosts.
      await orNot(allOf([...targets].map(([host, target]) => store.put({ entity: 'targets', key: { field: 'target', value: target }, path: `/upstreams/${host}/targets`, nested: true, body: { target } }))));
    },
    restore: async (services, rows) => {
      const rowOf = new Map(rows.map((row) => [textOf(row.name), row]));
      await allOf(
        services.map(async ({ id, spec: { host } }) => {
          const row = rowOf.get(id);
          if (row === undefined) return;
          await store.put({ entity: 'services', key: { field: 'name', value: id }, path: '/services', body: {}, existing: { id: row.id, tags: row.tags ?? [], changes: { host } } });
          closed.delete(id);
        }),
      );
    },
    gone: () => {
      littered = true;
    },
    release: async (host) => {
      const row = await store.find('upstreams', host);
      if (row?.tags?.includes(rareTag(name))) await store.release('upstreams', { id: row.id, tags: row.tags });
    },
    sweep: async () => {
      if (!littered) return;
      const asked = hostsOf(await store.read('services'));
      const left = (await store.read('upstreams')).filter((row) => isClosedHost(row.name) && row.tags?.includes(rareTag(name)) === true);
      await allOf(left.filter((row) => !asked.has(textOf(row.name))).map(({ id }) => store.remove('upstreams', id)));
      littered = false;
    },
  };
};

/** Upstreams are a shorter way, and no more: a login may not be allowed to read or write them. */
const orNot = <Value>(work: Promise<Value>): Promise<Value | undefined> =>
  work.catch((thrown: unknown) => {
    if (problemsOf(thrown) === undefined) throw thrown;
    return undefined;
  });

export const hostsOf = (services: readonly Entity[]): ReadonlySet<string | undefined> => new Set(services.map(({ host }) => textOf(host)));

interface Coming {
  readonly services: readonly Service[];
  readonly routes: readonly Desired<RouteSpec>[];
}

/** The new services that have something to wait for, and the new routes on them; none where a new route stands on a service that is there, which cannot be closed. */
const comingOf = (changes: readonly Change[]): Coming => {
  const made = changes.flatMap((change) => (change.action === 'create' ? [change.desired] : []));
  const pluginsOn = pluginsOf(changes.flatMap((change) => ('desired' in change ? [change.desired] : [])));
  const routes = made.filter(kong.route.is);
  const guarded = new Set(routes.filter((route) => pluginsOn(route).length > 0).map(serviceOf));
  const services = made.filter(kong.service.is).filter(({ id }) => guarded.has(id));
  return services.length === guarded.size ? { services, routes: routes.filter((route) => guarded.has(serviceOf(route))) } : { services: [], routes: [] };
};

const serviceOf = ({ spec }: Desired<RouteSpec>): string | undefined => spec.service?.name ?? undefined;

/** A name that no upstream ever had: a worker finds one that was deleted by its name until the next turn of its timer, and its target with it. (upstreams.lua, 3.9.3) */
const closedHost = (): string => randomBytes(8).toString('hex') + CLOSED_HOST;

/** The address of a service as that of a target. */
const targetOf = ({ host, port }: ServiceSpec): string => `${String(host).includes(':') && !String(host).startsWith('[') ? `[${String(host)}]` : String(host)}:${port ?? 80}`;
