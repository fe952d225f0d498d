import { markOf } from '../../blueprint/kong-marks.ts';
import type { Blueprint, KongTarget } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { bindKind } from '../../core/provider.ts';
import type { Provider } from '../../core/provider.ts';
import type { Desired } from '../../core/resource.ts';
import { masker } from '../../core/mask.ts';
import { createHttp, shownUrl } from '../http.ts';
import type { Http } from '../http.ts';
import { checkAgainst } from './check.ts';
import { createAdmin } from './client.ts';
import { dangersOf } from './dangers.ts';
import { createDatabaseStore } from './database.ts';
import { createDblessStore } from './dbless.ts';
import { createGate } from './gate.ts';
import { caCertificate, certificate, sni } from './kinds/certificates.ts';
import { consumer } from './kinds/consumer.ts';
import { acl, basicAuth, hmacAuth, keyAuth } from './kinds/credentials.ts';
import { jwtSecret } from './kinds/jwt-secret.ts';
import { key, keySet, vault } from './kinds/keys.ts';
import { plugin } from './kinds/plugin.ts';
import { route } from './kinds/route.ts';
import type { KongClient } from './kinds/rows.ts';
import { service } from './kinds/service.ts';
import { target as upstreamTarget, upstream } from './kinds/upstreams.ts';
import { createMarker } from './marker.ts';
import { createRounds } from './rounds.ts';
import { createSettle } from './settle.ts';
import { statedIn } from './stated.ts';
import type { KongStore } from './store.ts';

export interface KongProvider extends Provider {
  /** Asks the live schemas, before the first write, what they would refuse. */
  readonly check: (desired: readonly Desired[]) => Promise<readonly Problem[]>;
}

interface Connections {
  readonly admin: Http;
  /** Opens a connection per request, and tries once. */
  readonly proxy: Http;
}

const KINDS = [
  ...[service, consumer, route, plugin, jwtSecret],
  ...[vault, certificate, caCertificate, sni, keySet, key, upstream, upstreamTarget, acl, keyAuth, basicAuth, hmacAuth],
];

/** The Kong that `targets.kong` names. Nothing is sent before the first list. */
export const connectKong = (blueprint: Blueprint): KongProvider => {
  const target = blueprint.targets.kong;
  if (target === undefined) throw new Problem('TARGET_MISSING', 'the blueprint names no targets.kong', { at: blueprint.at('targets') });
  const token = target.admin.token && { 'Kong-Admin-Token': target.admin.token.reveal() };
  return createKongProvider(blueprint, target, {
    admin: createHttp({ target: 'kong', url: target.admin.url, ...(token && { headers: token }) }),
    proxy: createHttp({ target: 'kong', url: target.proxy.url, freshConnections: true, tries: 1, timeoutMs: 3_000 }),
  });
};

export const createKongProvider = (
  { name, secrets, at, raw }: Pick<Blueprint, 'name' | 'secrets' | 'at'> & { readonly raw?: Pick<Blueprint['raw'], 'kong'> },
  target: KongTarget,
  { admin: http, proxy }: Connections,
): KongProvider => {
  const admin = createAdmin(http, { url: target.admin.url, workspace: target.workspace, mask: masker(secrets) });
  const probe = async (): Promise<void> => {
    const { store: actual } = await admin.node();
    if (actual !== target.store) throw wrongStore(target, actual, at('targets.kong.store'));
  };
  const open = target.store === 'dbless' ? createDblessStore : createDatabaseStore;
  const bare = open(admin, markOf(name));
  const store: KongStore = { ...bare, read: (list) => probe().then(() => bare.read(list)) };
  const marker = createMarker({
    name,
    store,
    proxy,
    proxyUrl: shownUrl(target.proxy.url),
    node: admin.node,
  });
  const gate = createGate(marker);
  const stated = statedIn(raw?.kong.entities ?? {});
  const kong: KongClient = { name, store, stated, rows: createRounds(store), gate, closed: new Map() };

  return {
    name: 'kong',
    kinds: KINDS.map((kind) => bindKind(kind, kong)),
    concurrency: 16,
    atomic: store.atomic,
    dangers: dangersOf,
    check: (desired) => checkAgainst(admin, desired),
    prepare: gate.prepare,
    settle: createSettle(kong, marker),
    requests: () => ({
      reads: http.requests().reads + proxy.requests().reads,
      writes: http.requests().writes,
    }),
    close: () => {
      http.close();
      proxy.close();
      return Promise.resolve();
    },
  };
};

const wrongStore = (target: KongTarget, actual: string, at: Problem['at']): Problem =>
  new Problem('KONG_STORE', `targets.kong.store says ${target.store}, but this Kong runs as ${actual}`, {
    at,
    hint: `set targets.kong.store to ${actual}`,
  });
