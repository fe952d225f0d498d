import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { objectOf, textsOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Http } from '../http.ts';
import type { Entity, EntityName, KongNode } from './client.ts';
import { markOf, markerName } from './specs/marks.ts';
import type { RowStore } from './row-store.ts';

/** A URL on the proxy that only the newest state of router and plugins can answer with the revision. */
export interface InForceMarker {
  /** Puts a new revision in place; it is in force no earlier than every write before it. */
  readonly move: () => Promise<string>;
  /** Returns when the proxy answers the revision. Throws `KONG_NOT_IN_FORCE`. */
  readonly reached: (revision: string) => Promise<void>;
  /** Deletes the rows, and returns when the proxy no longer answers. */
  readonly vanish: () => Promise<void>;
}

interface MarkerOptions {
  readonly name: string;
  readonly store: RowStore;
  readonly proxy: Http;
  readonly proxyUrl: string;
  readonly node: () => Promise<Pick<KongNode, 'spread' | 'frequency'>>;
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** Milliseconds to wait at least; longer for a node that looks for changes more seldom than by default. */
const LEAST_BOUND = 15_000;
const PAUSE = 100;
/** Right answers in a row, each on a connection of its own. */
const STREAK = 3;
export const MARKER_HEADER = 'x-authctl-marker';
/** A name that never resolves (RFC 6761 section 6.4): before the plugin is in force nothing is reached. */
export const MARKER_HOST = 'authctl-marker.invalid';
export const markerPath = (name: string, revision: string): string => `/.well-known/authctl/${name}/${revision}`;

/**
 * Kong answers 201 up to five seconds before a change is in force, and an old catch-all route can look right meanwhile. So the last
 * write is a route that did not exist before, with a plugin whose text did not exist before: service, route and request-termination plugin,
 * all named `<name>.authctl-marker`. They are bookkeeping: in no plan, and gone with the last object of the blueprint.
 */
export const createInForceMarker = ({ name, store, proxy, proxyUrl, node, now = Date.now, sleep = wait }: MarkerOptions): InForceMarker => {
  const own = markerName(name);
  const pathOf = (revision: string): string => markerPath(name, revision);

  const boundOf = async (): Promise<number> => Math.max(LEAST_BOUND, 2000 * (await node()).frequency + 5000);

  const held = async (entity: EntityName): Promise<Entity | undefined> => {
    const row = await store.find(entity, own);
    return row?.tags?.includes(markOf(name)) ? row : undefined;
  };

  const put = async (entity: 'services' | 'routes' | 'plugins', path: string, body: Readonly<Record<string, unknown>>): Promise<void> => {
    const field = entity === 'plugins' ? 'instance_name' : 'name';
    const row = await held(entity);
    const existing = row && { existing: { id: row.id, tags: row.tags ?? [], changes: body } };
    await store.put({ entity, key: { field, value: own }, path, body: { ...body, [field]: own }, ...existing });
  };

  const answers = async (revision: string): Promise<string> => {
    const answer = await proxy.send('GET', pathOf(revision), { headers: { [MARKER_HEADER]: name } });
    const { message } = objectOf(answer.body);
    return answer.status === 200 && message === revision
      ? 'yes'
      : `${answer.status} ${typeof message === 'string' ? message.slice(0, 120) : ''}`.trim();
  };

  return {
    move: async () => {
      const revision = randomBytes(8).toString('hex');
      await put('services', '/services', { host: MARKER_HOST, port: 80, protocol: 'http', enabled: true, retries: 0 });
      await put('routes', '/routes', {
        paths: [pathOf(revision)],
        methods: ['GET'],
        headers: { [MARKER_HEADER]: [name] },
        protocols: ['http', 'https'],
        service: { name: own },
      });
      await put('plugins', `/routes/${own}/plugins`, {
        name: 'request-termination',
        enabled: true,
        config: { status_code: 200, message: revision },
      });
      await store.flush();
      return revision;
    },

    reached: async (revision) => {
      const begun = now();
      const settled = begun + (await node()).spread * 1000;
      const bound = await boundOf();
      let streak = 0;
      for (;;) {
        const answer = await answers(revision);
        streak = answer === 'yes' ? streak + 1 : 0;
        if (streak >= STREAK && now() >= settled) return;
        if (now() - begun > bound) throw notInForce(proxyUrl, bound, answer);
        if (streak === 0 || streak >= STREAK) await sleep(PAUSE);
      }
    },

    vanish: async () => {
      const route = await held('routes');
      if (route) await store.remove('routes', route.id);
      const service = await held('services');
      if (service) await store.remove('services', service.id);
      await store.flush();
      const revision = textsOf(route?.paths)[0]?.split('/').at(-1);
      if (revision === undefined) return;
      const begun = now();
      const bound = await boundOf();
      while ((await answers(revision)) === 'yes') {
        if (now() - begun > bound) throw notInForce(proxyUrl, bound, 'still the state from before the deletion');
        await sleep(PAUSE);
      }
    },
  };
};

const notInForce = (proxyUrl: string, bound: number, answer: string): Problem =>
  new Problem(
    'KONG_NOT_IN_FORCE',
    `Kong took every write, but its proxy at ${proxyUrl} does not answer by them after ${Math.round(bound / 1000)} s (it says: ${answer})`,
    {
      expected: 'the marker route answers the new revision',
      hint: 'is targets.kong.proxy.url the proxy of the same Kong, and does no global plugin or balancer stand before it?',
    },
  );
