import type { Blueprint, Service } from '../../../../src/blueprint/types.ts';
import { checks } from '../../../../src/checks/catalogue.ts';
import type { Check } from '../../../../src/checks/contract.ts';
import { createFixtures, noJournal } from '../../../../src/checks/kit/fixtures/index.ts';
import { createKit } from '../../../../src/checks/kit/index.ts';
import { CHECK_HEADER } from '../../../../src/checks/kit/http.ts';
import type { HttpAnswer, ShownTls } from '../../../../src/checks/kit/http.ts';
import type { Network } from '../../../../src/checks/kit/network.ts';
import type { RecordedCall } from '../../../../src/checks/kit/recorder.ts';
import type { OpenStore } from '../../../../src/checks/kit/store.ts';
import { runChecks } from '../../../../src/checks/runner.ts';
import type { Provider, Way } from '../../../../src/core/provider.ts';
import type { Verdict } from '../../../../src/core/report.ts';
import { reachOf } from '../../../../src/providers/kong/reach/index.ts';
import { waysWithRequests } from '../../../../src/providers/kong/reach/ways.ts';
import type { Holdings } from '../../../../src/providers/kong/reach/gateway.ts';
import type { Danger, Desired, Live } from '../../../../src/core/resource.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { serviceVerifies } from '../../../../src/access/decides.ts';
import { createFurther } from './further.ts';
import type { Further } from './further.ts';
import { createGateway, fingerprint, routeAt, sentOn } from './gateway.ts';
import type { Entrance } from './gateway.ts';
import { answerOf, incomingOf } from './incoming.ts';
import type { Incoming } from './incoming.ts';
import { builtIn, createIssuer, harness, publicKeys } from './issuer.ts';
import type { Issuer } from './issuer.ts';
import { createSessionService, createStore } from './sessions.ts';
import type { FakeStore } from './sessions.ts';

/** Milliseconds since 1970, by the world's clock. */
export type Now = () => number;
/** Who a request of a run is for. */
export type Place = Entrance | 'issuer' | 'further' | 'opa' | 'status';

/** What a sin may do and look at. */
export interface Hands {
  readonly blueprint: Blueprint;
  readonly issuer: Issuer;
  readonly further: Further;
  readonly store: FakeStore;
  readonly now: Now;
  /** Lets time go by. */
  readonly advance: (milliseconds: number) => void;
  /** Hands a request to the service behind it, whatever it is, with the headers it came with. */
  readonly letThrough: (request: Incoming, entrance: Entrance, extra?: Readonly<Record<string, string>>) => HttpAnswer;
  readonly record: (service: Service, check: string | undefined, call: RecordedCall) => void;
}

/** A way in which a world differs from the right one. */
export interface Sin {
  /** Instead of what the right server answers. */
  readonly answer?: (place: Place, request: Incoming, right: () => HttpAnswer, hands: Hands) => HttpAnswer | Promise<HttpAnswer>;
  /** Instead of the right answer, and of what the service gets, when bytes are sent that are no request. */
  readonly bytes?: (text: string, hands: Hands) => HttpAnswer;
  readonly live?: (objects: readonly Live[], kind: string) => readonly Live[];
  /** Instead of the ways in that are declared. */
  readonly ways?: (right: readonly Way[]) => readonly Way[];
  /** What is within reach of the realm beside the blueprint. */
  readonly dangers?: readonly Danger[];
  /** Random bytes of a session's id, 32 where nothing is wrong. */
  readonly idBytes?: number;
  readonly openStore?: (right: OpenStore, hands: Hands) => OpenStore;
}

/** How verify is run: as at the local stack unless said. */
interface Run {
  readonly local?: boolean;
  readonly disruptive?: boolean;
}

/** A whole installation of a blueprint in this process, right in everything but its sin, and a verifier to let loose on it. */
export const createWorld = (blueprint: Blueprint, sin: Sin = {}, { local = true, disruptive = true }: Run = {}) => {
  // It stands still but for whoever waits.
  let time = Date.now();
  const now: Now = () => time;
  const advance = (milliseconds: number): void => void (time += Math.max(0, milliseconds));
  const issuer = createIssuer(blueprint, now);
  const further = createFurther(blueprint, now);
  const store = createStore(now, advance);
  const sessions = createSessionService({ blueprint, issuer, store, now, idBytes: sin.idBytes ?? 32 });
  const calls = new Map<string, RecordedCall[]>();
  const record: Hands['record'] = (service, check, call) => {
    const key = `${service.id} ${check ?? ''}`;
    const known = calls.get(key);
    if (known) known.push(call);
    else calls.set(key, [call]);
  };
  const gateway = createGateway({ blueprint, issuer, further, sessions, now, record });
  const letThrough: Hands['letThrough'] = (request, entrance, extra = {}) => {
    const { service } = routeAt(blueprint, entrance, request) ?? { service: Object.values(blueprint.services)[0]! };
    const headers = Object.fromEntries(request.headers.map(([name, value]) => [name.toLowerCase(), name.toLowerCase() === 'authorization' ? fingerprint(value.slice(7)) : value]));
    record(service, request.header('x-authctl-check'), { method: request.method, path: sentOn(blueprint, entrance, request), headers: { ...headers, ...extra } });
    return answerOf(200, { ok: true });
  };
  const hands: Hands = { blueprint, issuer, further, store, now, advance, letThrough, record };
  const { desired } = expand(blueprint);
  const revision = desired.find(({ kind }) => kind === 'opa.bundle')?.spec.revision;
  const signing = blueprint.targets.opa?.bundle.signing;

  const right: Readonly<Record<Place, (request: Incoming) => HttpAnswer>> = {
    kong: (request) => gateway.answer('kong', request),
    aws: (request) => gateway.answer('aws', request),
    service: (request) => gateway.answer('service', request),
    issuer: issuer.answer,
    further: further.answer,
    status: () => answerOf(200, { ready: true, revision }),
    opa: ({ path, json }) => {
      const keyId = signing?.keyId ?? '';
      if (path === '/v1/config') return answerOf(200, { result: { bundles: { [blueprint.name]: { signing: { keyid: keyId } } }, keys: { [keyId]: { algorithm: signing?.algorithm } } } });
      return answerOf(200, { result: { allow: policy(blueprint, json) } });
    },
  };

  const hostsOf = (...urls: readonly (string | undefined)[]): readonly string[] => urls.flatMap((url) => (url === undefined || url === '' ? [] : [new URL(url).host]));
  const { kong, opa, keycloak } = blueprint.targets;
  const services = Object.values(blueprint.services);
  const placeOf = ({ host, path }: Incoming): Place | undefined => {
    if (further.isAt({ host, path })) return 'further';
    if (hostsOf(keycloak?.url, keycloak?.mtls).includes(host)) return 'issuer';
    if (hostsOf(kong?.proxy.url, kong?.proxy.mtls, kong?.proxy.secondNode).includes(host)) return 'kong';
    if (host === AWS) return 'aws';
    if (hostsOf(...(opa?.servers ?? [])).includes(host)) return 'opa';
    if (services.some(({ status }) => status !== undefined && new URL(status).host === host && new URL(status).pathname === path)) return 'status';
    return services.some((service) => hostsOf(service.upstream).includes(host) && serviceVerifies(blueprint, service)) ? 'service' : undefined;
  };

  /** A request whose body is held back: who is not refused by its headers is asked for it, and nobody else hears of it. */
  const heldBack = async (address: string, text: string, tls?: ShownTls): Promise<HttpAnswer> => {
    const [first = '', ...lines] = text.split('\r\n');
    const [method = '', path = ''] = first.split(' ');
    const headers = lines.flatMap((line) => (line.includes(': ') ? [[line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const] : []));
    const incoming = incomingOf({ url: `${new URL(address).origin}${path}`, method, headers: headers.filter(([name]) => name !== CHECK_HEADER), ...(tls && { tls }) });
    const place = placeOf(incoming);
    if (!place) return answerOf(0);
    const answer = await (sin.answer?.(place, incoming, () => right[place](incoming), hands) ?? right[place](incoming));
    return answer.status < 400 ? answerOf(100) : answer;
  };

  const network: Network = {
    send: (request) => {
      const incoming = incomingOf(request);
      const watched = services.find(({ recorder }) => recorder !== undefined && request.url.startsWith(`${recorder.replace(/\/$/, '')}/__authctl/`));
      if (watched) {
        const asked = incoming.query.getAll('check');
        const found = asked.flatMap((check) => (calls.get(`${watched.id} ${check}`) ?? []).map((call) => ({ ...call, check })));
        return Promise.resolve(answerOf(200, { calls: found, checks: asked, unattributed: 0, dropped: 0 }));
      }
      const place = placeOf(incoming);
      if (!place) return Promise.resolve({ ...answerOf(0), failure: `nobody is at ${incoming.host}` });
      const found = sin.answer?.(place, incoming, () => right[place](incoming), hands) ?? right[place](incoming);
      return Promise.resolve(found);
    },
    sendBytes: (address, text, tls) => Promise.resolve(sin.bytes?.(text, hands)).then((instead) => {
      if (instead) return instead;
      if (/^expect: 100-continue/im.test(text)) return heldBack(address, text, tls);
      // As nginx does: 501 for a transfer coding that it does not know.
      return answerOf(/^transfer-encoding: xchunked/im.test(text) ? 501 : 400);
    }),
    openStore: sin.openStore?.(store.open, hands) ?? store.open,
    clock: {
      now,
      wait: (milliseconds) => {
        advance(milliseconds);
        return Promise.resolve();
      },
    },
  };

  const objects: readonly Live[] = [
    ...desired.map(({ kind, id, spec }) => ({ kind, id, spec, owner: blueprint.name })),
    ...Object.entries(builtIn(blueprint.realm.name)).map(([id, { redirectUris, takesPasswords }]) => ({
      kind: 'keycloak.client', id: `${blueprint.realm.name}/${id}`, owner: undefined,
      spec: { enabled: true, protocol: 'openid-connect', publicClient: true, bearerOnly: false, standardFlowEnabled: !takesPasswords, implicitFlowEnabled: false, directAccessGrantsEnabled: takesPasswords, serviceAccountsEnabled: false, fullScopeAllowed: takesPasswords, redirectUris, webOrigins: [] },
    })),
    ...publicKeys.filter(({ use }) => use === 'sig').map(({ kid }) => ({ kind: 'kong.jwt_secret', id: `${blueprint.name}.issuer/${kid}`, spec: {}, owner: blueprint.name })),
  ];
  const kinds = [...new Set(objects.map(({ kind }) => kind))];
  const list = (kind: string): readonly Live[] => {
    const held = objects.filter((object) => object.kind === kind);
    return sin.live?.(held, kind) ?? held;
  };
  const declared: readonly Way[] = services.flatMap(({ id, routes }) =>
    routes.filter(({ gateways }) => gateways.includes('aws')).map(({ verbs, method, path }) => ({
      address: `aws.route/${blueprint.name}/${verbs === 'ANY' ? verbs : method} ${path.replace('**', '{proxy+}')}`, name: `${blueprint.name} $default ${method} ${path}`, stated: true, own: true, service: id,
      requests: [{ base: `http://${AWS}`, method, path: path.replaceAll(/\{[^}]+\}|\*\*/g, '42'), headers: [] }],
    })),
  );
  const holding = (wanted: readonly Desired[], live: readonly Live[]): Holdings => ({
    name: blueprint.name, desired: wanted, live, pools: [], addresses: new Map(), local: new Set(), hosts: hostsOf(kong?.proxy.url), controls: [], tls: false, filterChains: [],
  });
  const provider: Provider = {
    name: 'aws',
    kinds: kinds.map((name) => ({
      name, after: [], removeAfter: undefined, immutable: [], derived: false, undeletable: false,
      list: () => Promise.resolve(list(name)), put: () => Promise.resolve(), remove: () => Promise.resolve(),
    })),
    concurrency: 1,
    output: () => Promise.resolve(`http://${AWS}`),
    reach: async (wanted, live) => {
      const found = await reachOf(holding(wanted, live), () => Promise.resolve(undefined));
      return { ...found, dangers: [...found.dangers, ...(sin.dangers ?? [])] };
    },
    ways: (wanted, live) => Promise.resolve([...(sin.ways?.(declared) ?? declared), ...waysWithRequests(holding(wanted, live))]),
    requests: () => ({ reads: 0, writes: 0 }),
  };
  const fixtures = createFixtures({ blueprint, send: network.send, journal: noJournal, openStore: network.openStore });
  const kit = createKit({ blueprint, network, providers: [provider], disruptive, local, harness, fixtures, rate: Number.POSITIVE_INFINITY });
  return { verify: (chosen: readonly Check[] = checks): Promise<readonly Verdict[]> => runChecks(chosen, kit, () => undefined) };
};

const AWS = 'aws-gateway.localhost';

/** The rule of every example: the scopes of the route, one of its roles, and no service where a role is asked for. */
const policy = (blueprint: Blueprint, json: unknown): boolean => {
  const { input } = json as { input: { route?: { service?: string; id?: string }; token?: { scope?: unknown; realm_access?: { roles?: unknown }; client_id?: string } | null } };
  const route = blueprint.services[input.route?.service ?? '']?.routes.find(({ id }) => id === input.route?.id);
  if (!route || typeof input.token?.scope !== 'string') return false;
  const scopes = input.token.scope.split(' ');
  const roles = Array.isArray(input.token.realm_access?.roles) ? input.token.realm_access.roles : [];
  return route.scopes.every((scope) => scopes.includes(scope)) && (route.roles.length === 0 || (input.token.client_id === undefined && route.roles.some((role) => roles.includes(role))));
};
