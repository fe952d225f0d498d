import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { fitsHost } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { objectOf, textOf, textsOf } from '../../core/json.ts';
import { literally } from '../../core/literally.ts';
import { Problem } from '../../core/problem.ts';
import type { Http } from '../http.ts';
import type { Entity, EntityName, KongNode } from './client.ts';
import { markOf, markerName } from './specs/marks.ts';
import type { RowStore } from './row-store.ts';

/** A URL on the proxy that only the newest state of router and plugins can answer with the revision. */
export interface InForceMarker {
  /** Puts a new revision in place; it is in force no earlier than every write before it. */
  readonly move: () => Promise<string>;
  /** Returns when the proxy answers the revision, and no earlier than in `least` milliseconds. Throws `KONG_NOT_IN_FORCE`, which names the plugins that may stand in the way. */
  readonly reached: (revision: string, least?: number) => Promise<void>;
  /** Deletes the rows, and returns when the proxy no longer answers. */
  readonly vanish: () => Promise<void>;
}

interface MarkerOptions {
  readonly name: string;
  readonly store: RowStore;
  readonly proxy: Http;
  readonly proxyUrl: string;
  /** Routes with hosts may take whatever is asked for under this host: the marker must be known by it, too. */
  readonly host?: string;
  readonly node: () => Promise<Pick<KongNode, 'spread' | 'frequency'>>;
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** Milliseconds to wait at least; longer for a node that looks for changes more seldom than by default. */
const LEAST_BOUND = 15_000;
/**
 * And longer for each write before: a worker goes through the news of all of them, one by one and with a write to the database each, before it knows of the
 * last. After 2,200 writes in a row a genuine Kong 3.9.3 on a machine with six times the work it has processors for took 8 to 21 s, and once more than 59;
 * for a single write among as many rows 4 s.
 */
const MORE_PER_WRITE = 60;
const PAUSE = 100;
/** Right answers in a row, each on a connection of its own. */
const STREAK = 3;
export const MARKER_HEADER = 'x-authctl-marker';
/** A name that never resolves (RFC 6761 section 6.4): before the plugin is in force nothing is reached. */
export const MARKER_HOST = 'authctl-marker.invalid';
/** What the marker's plugin says, and no plugin of anybody else. */
export const markerOrigin = (revision: string): string => `https://${revision}.invalid`;
/** The host of the proxy, where routes of the blueprint are known by it: Kong asks those before a route without hosts. */
export const hostOfMarker = (services: Blueprint['services'], proxyUrl: string): { readonly host?: string } => {
  const host = URL.canParse(proxyUrl) ? new URL(proxyUrl).hostname : '';
  return Object.values(services).some(({ routes }) => routes.some(({ hosts }) => hosts.some((pattern) => fitsHost(pattern, host)))) ? { host } : {};
};
export const markerPath = (name: string, revision: string): string => `/.well-known/authctl/${name}/${revision}`;
/** As a route has it: Kong asks expressions before any prefix, and ours before others by its `regex_priority`. Versions before had the bare path. */
const markerPattern = (name: string, revision: string): string => `~${literally(markerPath(name, revision))}$`;
const MARKER_PRIORITY = 1000;
/** The path of a route that is the marker's, however it is stated. */
export const markerPathIn = (stated: string): string => (stated.startsWith('~') ? stated.slice(1).replace(/\$$/, '').replaceAll('\\', '') : stated);

/**
 * Kong answers 201 up to five seconds before a change is in force, and an old catch-all route can look right meanwhile. So the last
 * write is a route that did not exist before, with a plugin whose text did not exist before: service, route and cors plugin, all named
 * `<name>.authctl-marker`. They are bookkeeping: in no plan, and gone with the last object of the blueprint.
 *
 * It is cors because of the plugins for everything that others may have: Kong chooses all plugins of a request before it answers, even when one of
 * them refuses, and cors puts its header on whatever the answer is. It answers a preflight itself, before any that asks for a credential.
 */
export const createInForceMarker = ({ name, store, proxy, proxyUrl, host, node, now = Date.now, sleep = wait }: MarkerOptions): InForceMarker => {
  const own = markerName(name);
  const pathOf = (revision: string): string => markerPath(name, revision);

  const boundOf = async (): Promise<number> => Math.max(LEAST_BOUND, 2000 * (await node()).frequency + 5000) + MORE_PER_WRITE * store.writes();

  const held = async (entity: EntityName): Promise<Entity | undefined> => {
    const row = await store.find(entity, own);
    return row?.tags?.includes(markOf(name)) ? row : undefined;
  };

  const put = async (entity: 'services' | 'routes' | 'plugins', path: string, body: Readonly<Record<string, unknown>>): Promise<void> => {
    const field = entity === 'plugins' ? 'instance_name' : 'name';
    const row = await held(entity);
    const whole = row !== undefined && entity === 'plugins' && row.name !== body.name;
    const existing = row && { existing: { id: row.id, tags: row.tags ?? [], changes: body, whole } };
    await store.put({ entity, key: { field, value: own }, path, body: { ...body, [field]: own }, ...existing });
  };

  const answers = async (revision: string): Promise<string> => {
    const headers = { [MARKER_HEADER]: name, Origin: markerOrigin(revision), 'Access-Control-Request-Method': 'GET' };
    const answer = await proxy.send('OPTIONS', pathOf(revision), { headers, header: 'access-control-allow-origin', reads: true });
    if (answer.header === markerOrigin(revision)) return 'yes';
    const { message } = objectOf(answer.body);
    return `${answer.status} ${typeof message === 'string' ? message.slice(0, 120) : ''}`.trim();
  };

  /** Plugins of others that may answer in the marker's place: those for everything, and those that somebody put on it. */
  const inTheWay = async (): Promise<readonly string[]> => {
    const rows = await store.read('plugins');
    const [service, route] = [await held('services'), await held('routes')];
    const here = (reference: unknown, row: Entity | undefined): boolean => reference == null || objectOf(reference).id === row?.id;
    return rows
      .filter((row) => row.enabled !== false && row.instance_name !== own && row.name !== 'cors' && row.consumer == null && here(row.service, service) && here(row.route, route))
      .map(({ id, name: plugin, instance_name: called }) => `${textOf(plugin)} "${textOf(called) || id}"`);
  };

  return {
    move: async () => {
      const revision = randomBytes(8).toString('hex');
      await put('services', '/services', { host: MARKER_HOST, port: 80, protocol: 'http', enabled: true, retries: 0 });
      await put('routes', '/routes', {
        paths: [markerPattern(name, revision)],
        regex_priority: MARKER_PRIORITY,
        hosts: host === undefined ? null : [host],
        methods: ['OPTIONS'],
        headers: { [MARKER_HEADER]: [name] },
        protocols: ['http', 'https'],
        service: { name: own },
      });
      await put('plugins', `/routes/${own}/plugins`, {
        name: 'cors',
        enabled: true,
        config: { origins: [markerOrigin(revision)], preflight_continue: false },
      });
      await store.flush();
      return revision;
    },

    reached: async (revision, least = 0) => {
      const begun = now();
      const settled = begun + Math.max(least, (await node()).spread * 1000);
      const bound = await boundOf();
      let streak = 0;
      for (;;) {
        const answer = await answers(revision);
        streak = answer === 'yes' ? streak + 1 : 0;
        if (streak >= STREAK && now() >= settled) return;
        if (now() - begun > bound) throw notInForce({ proxyUrl, bound, answer, plugins: await inTheWay(), store });
        if (streak === 0 || streak >= STREAK) await sleep(PAUSE);
      }
    },

    vanish: async () => {
      const route = await held('routes');
      if (route) await store.remove('routes', route.id);
      const service = await held('services');
      if (service) await store.remove('services', service.id);
      await store.flush();
      const revision = textsOf(route?.paths).map(markerPathIn)[0]?.split('/').at(-1);
      if (revision === undefined) return;
      const begun = now();
      const bound = await boundOf();
      while ((await answers(revision)) === 'yes') {
        if (now() - begun > bound) throw notInForce({ proxyUrl, bound, answer: 'still the state from before the deletion', plugins: [], store });
        await sleep(PAUSE);
      }
    },
  };
};

interface NotInForce {
  readonly proxyUrl: string;
  /** Milliseconds. */
  readonly bound: number;
  readonly answer: string;
  readonly plugins: readonly string[];
  readonly store: Pick<RowStore, 'atomic'>;
}

/** A Kong 3.9.3 without a database whose taking of a configuration broke off takes no other until it is started again: its router stays locked. */
const STUCK = 'does its error log say "declarative reconfigure failed"? Then restart it; ';

const notInForce = ({ proxyUrl, bound, answer, plugins, store: { atomic } }: NotInForce): Problem =>
  new Problem(
    'KONG_NOT_IN_FORCE',
    `Kong took every write, but its proxy at ${proxyUrl} does not answer by them after ${Math.round(bound / 1000)} s (it says: ${answer})`,
    {
      expected: 'the marker route answers the new revision',
      hint: (atomic ? STUCK : '') + (
        plugins.length === 0
          ? 'is targets.kong.proxy.url the proxy of the same Kong, and does no balancer answer before it?'
          : `is targets.kong.proxy.url the proxy of the same Kong? If it is, one of these plugins answers before every other: ${plugins.slice(0, 8).join(', ')}; disable it by the Admin API (PATCH /plugins/<name> {"enabled": false}), then run this again`
      ),
    },
  );
