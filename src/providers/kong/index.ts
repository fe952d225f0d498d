import type { Blueprint, KongTarget } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { bindKind } from '../../core/provider.ts';
import type { Kind, Provider, Reach } from '../../core/provider.ts';
import type { Desired, Spec } from '../../core/resource.ts';
import { isLockName } from '../../core/lock.ts';
import { masker } from '../../core/mask.ts';
import { createHttp, shownUrl } from '../http.ts';
import type { Http } from '../http.ts';
import { aboutNode } from './about.ts';
import { withAuditLog } from './audit-log.ts';
import { createAdmin } from './client.ts';
import { dependentsOf } from './dependents.ts';
import { createDatabaseStore } from './database-store.ts';
import { createDblessStore } from './dbless-store.ts';
import { createExposure } from './exposure.ts';
import { caCertificateKind, certificateKind, sniKind } from './kinds/certificates.ts';
import { consumerKind } from './kinds/consumer.ts';
import { aclKind, basicAuthKind, hmacAuthKind, keyAuthKind } from './kinds/credentials.ts';
import { jwtSecretKind } from './kinds/jwt-secret.ts';
import { keyKind, keySetKind, vaultKind } from './kinds/keys.ts';
import { pluginKind } from './kinds/plugin.ts';
import { routeKind } from './kinds/route.ts';
import type { KongClient, RowRef } from './kinds/kong-client.ts';
import { serviceKind } from './kinds/service.ts';
import { targetKind, upstreamKind } from './kinds/upstreams.ts';
import { aboutKonnect, unseenAtKonnect } from './konnect/about.ts';
import { createKonnectAdmin } from './konnect/admin.ts';
import { createLookingStore } from './konnect/store.ts';
import { createLock } from './lock.ts';
import { createInForceMarker, hostOfMarker } from './in-force-marker.ts';
import { createNarrowing } from './narrowing.ts';
import { createOpening } from './opening.ts';
import { refusals } from './preflight.ts';
import { rawEntitiesOf } from './raw-entities.ts';
import { createReadRounds } from './read-rounds.ts';
import { defaultPort, isThisMachine } from '../address.ts';
import { controlsOf } from '../controls.ts';
import type { Holdings } from './reach/gateway.ts';
import { reachOf } from './reach/index.ts';
import { lookUpNames } from '../names.ts';
import type { LookUp } from '../names.ts';
import { readHoldings, schemasOf } from './reach/read.ts';
import { waysWithRequests } from './reach/ways.ts';
import { otherWorkspaces } from './reach/workspaces.ts';
import { refusesWrites } from '../../blueprint/looking.ts';
import { inTheirPlace } from './in-their-place.ts';
import { recognised } from './recognised.ts';
import { createSettle } from './settle.ts';
import { markOf } from './specs/marks.ts';
import { tracesIn } from './traces.ts';
import type { RowStore } from './row-store.ts';
import { createWithdrawal } from './withdrawal.ts';

export interface KongProvider extends Provider {
  /** Asks the live schemas, before the first write, what they would refuse. */
  readonly check: (desired: readonly Desired[]) => Promise<readonly Problem[]>;
}

interface Connections {
  readonly admin: Http;
  /** Opens a connection per request, and tries once. */
  readonly proxy: Http;
  /** What the names of services lead to; this machine's resolver unless stated. */
  readonly lookUp?: LookUp;
  /** What waiting for the proxy is measured by; the machine's clock unless stated. */
  readonly clock?: { readonly now: () => number; readonly sleep: (milliseconds: number) => Promise<unknown> };
}

/** The Kong that `targets.kong` names. Nothing is sent before the first list. */
export const connectKong = (blueprint: Blueprint, limitMs?: number): KongProvider => {
  const target = blueprint.targets.kong;
  if (target === undefined) throw new Problem('TARGET_MISSING', 'the blueprint names no targets.kong', { at: blueprint.at('targets') });
  return createKongProvider(blueprint, target, {
    admin: createHttp({ target: 'kong', url: target.admin.url, limitMs, refuses: refusesWrites(blueprint, 'kong'), headers: loginOf(target) }),
    proxy: createHttp({ target: 'kong', url: target.proxy.url, freshConnections: true, tries: 1, timeoutMs: 3_000, limitMs }),
  });
};

const loginOf = ({ admin: { token }, konnect }: KongTarget): Readonly<Record<string, string>> =>
  konnect ? { Authorization: `Bearer ${konnect.token.reveal()}` } : token ? { 'Kong-Admin-Token': token.reveal() } : {};

export const createKongProvider = (
  { name, secrets, at, raw, targets, realm, services = {} }: Pick<Blueprint, 'name' | 'secrets' | 'at'> & { readonly raw?: Pick<Blueprint['raw'], 'kong'> } & Partial<Pick<Blueprint, 'targets' | 'realm' | 'services'>>,
  target: KongTarget,
  { admin: http, proxy, lookUp = lookUpNames(), clock }: Connections,
): KongProvider => {
  const adminOf = (workspace?: string) => createAdmin(http, { url: target.admin.url, workspace, mask: masker(secrets) });
  const konnect = target.konnect && createKonnectAdmin(http, { konnect: target.konnect, url: target.admin.url, at: at('targets.kong.konnect'), mask: masker(secrets) });
  const admin = adminOf(target.workspace);
  const reading = konnect ?? admin;
  let told: string | undefined;
  const probe = async (): Promise<void> => {
    const { store: actual, version } = await reading.node();
    told = version;
    if (actual !== target.store) throw wrongStore(target, actual, at('targets.kong.store'));
  };
  const open = target.store === 'dbless' ? createDblessStore : createDatabaseStore;
  const bare = konnect ? createLookingStore(konnect, at('targets.kong.konnect')) : open(admin, markOf(name));
  const store: RowStore = { ...bare, read: async (list) => (await probe().then(() => bare.read(list))).filter(({ username }) => !isLockName(username)) };
  const marker = createInForceMarker({
    name,
    store,
    proxy,
    proxyUrl: shownUrl(target.proxy.url),
    ...hostOfMarker(services, target.proxy.url),
    node: reading.node,
    ...clock,
  });
  const exposure = createExposure(marker);
  const opening = createOpening(store, name);
  const withdrawal = createWithdrawal(store, marker);
  const narrowing = createNarrowing(store, marker);
  const rawEntities = rawEntitiesOf(raw?.kong.entities ?? {});
  const kong: KongClient = { name, store, rawEntities, rows: createReadRounds(store), exposure, opening, withdrawal, narrowing, closed: new Map() };
  const schemaOf = schemasOf(reading);
  const reader = {
    kong,
    lookUp,
    hosts: hostsOf([target.proxy.url, target.proxy.secondNode, target.proxy.mtls, ...(target.proxy.origins ?? [])]),
    // A service that leads back here has its requests judged anew, with whatever credential a plugin has put on them.
    controls: [{ url: target.proxy.url, what: 'this gateway itself' }, ...controlsOf({ ...targets, kong: target })],
    // What the origins say may be ended by something in front.
    tls: [target.proxy.url, target.proxy.secondNode, target.proxy.mtls].some((url) => url?.startsWith('https:') === true),
    node: reading.node,
    here: isThisMachine(new URL(target.admin.url).hostname),
  };
  const bound = <S extends Spec>(kind: Kind<KongClient, S, RowRef>) => bindKind(kind, kong);

  /** What shares the proxy, and is not of this list of entities. */
  const besideOf = async (holdings: Holdings): Promise<Pick<Reach, 'dangers' | 'unseen'>> => {
    if (konnect) return { dangers: [], unseen: await unseenAtKonnect({ http, admin: konnect }) };
    return target.edition === 'enterprise' ? otherWorkspaces({ adminOf, own: target.workspace ?? 'default', holdings }) : { dangers: [], unseen: [] };
  };

  const whoChanged: NonNullable<Provider['traces']> = async (found, live) => {
    if (konnect) return { ...tracesIn(found, live), untold: 'who changed it is not known: Konnect keeps its audit log for a whole organisation, and sends it elsewhere' };
    return target.edition === 'enterprise' ? withAuditLog(admin, found, live) : tracesIn(found, live);
  };

  return {
    name: 'kong',
    kinds: [
      ...[bound(serviceKind), bound(consumerKind), bound(routeKind), bound(pluginKind), bound(jwtSecretKind), bound(vaultKind)],
      ...[bound(certificateKind), bound(caCertificateKind), bound(sniKind), bound(keySetKind), bound(keyKind), bound(upstreamKind)],
      ...[bound(targetKind), bound(aclKind), bound(keyAuthKind), bound(basicAuthKind), bound(hmacAuthKind)],
    ],
    concurrency: 16,
    atomic: store.atomic,
    ...(realm && { drain: (realm.tokens.accessTokenLifespan + Math.max(0, ...Object.values(services).map(({ authentication }) => authentication.token.leeway))) * 1000 }),
    // Of a Kong that is only looked at nothing is asked for by its name.
    recognised: (desired, live) => recognised(name, desired, target.manage === 'none' ? live : inTheirPlace(desired, live)),
    reach: async (desired, live) => {
      // Nothing is protected here, so nothing is in reach.
      if (!desired.some(({ kind }) => kind.startsWith('kong.'))) return { dangers: [], unseen: [] };
      const { holdings, unseen } = await readHoldings(reader, desired, live);
      const reach = await reachOf(holdings, schemaOf, target.manage === 'none');
      const beside = await besideOf(holdings);
      return { ...(reach.doors && { doors: reach.doors }), ...(reach.gains && { gains: reach.gains }), dangers: [...reach.dangers, ...beside.dangers], unseen: [...unseen, ...reach.unseen, ...beside.unseen] };
    },
    // Without a database every row says when the configuration was loaded.
    ...(target.store === 'database' && { traces: whoChanged }),
    dependents: (deleted, staying) => Promise.resolve(dependentsOf(deleted, staying)),
    ways: async (desired, live) => waysWithRequests((await readHoldings(reader, desired, live)).holdings),
    version: () => told,
    about: (desired) => (konnect ? aboutKonnect({ http, admin: konnect }, desired) : aboutNode(admin, desired)),
    check: (desired) => (konnect ? Promise.resolve([]) : refusals(admin, desired)),
    prepare: (changes) => {
      exposure.prepare(changes);
      opening.prepare(changes);
      withdrawal.prepare(changes);
      narrowing.prepare(changes);
    },
    settle: createSettle(kong, marker),
    requests: () => ({
      reads: http.requests().reads + proxy.requests().reads,
      writes: http.requests().writes,
    }),
    // Without a database nothing is made one by one: whoever loads second is told so by what is loaded.
    ...(target.store === 'database' && !konnect && { lock: createLock(admin, name, http.ahead) }),
    close: () => {
      http.close();
      proxy.close();
      return Promise.resolve();
    },
  };
};

/** What clients send as Host: the name, and where they say the port, both. A route may ask for either. */
const hostsOf = (urls: readonly (string | undefined)[]): readonly string[] => {
  const known = urls.flatMap((url) => (url === undefined || !URL.canParse(url) ? [] : [new URL(url)]));
  return [...known.map(({ hostname }) => hostname), ...known.map(({ hostname, port, protocol }) => `${hostname}:${port || defaultPort(protocol.slice(0, -1))}`)];
};

const wrongStore = (target: KongTarget, actual: string, at: Problem['at']): Problem =>
  new Problem('KONG_STORE', `targets.kong.store says ${target.store}, but this Kong runs as ${actual}`, {
    at,
    hint: `set targets.kong.store to ${actual}`,
  });
