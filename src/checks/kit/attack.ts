import { aboutLike, fitsHost, isGrpc, pathFor, sampleOf, whoPasses } from '../../access/index.ts';
import type { Blueprint, Route } from '../../blueprint/types.ts';
import type { RouteSubject } from '../subject.ts';
import type { Shows } from './certificates.ts';
import { EMPTY_MESSAGE } from './grpc.ts';

/** A request to a route, in the words of a check. */
export interface Attack {
  /** How the evidence names it; holds no secret. */
  readonly label: string;
  /** What people do every day, whatever becomes of it: no claim about hostile requests counts it. */
  readonly benign?: true;
  /** It goes a way of somebody else's: no claim about all answers counts how that looks. */
  readonly foreign?: true;
  /**
   * Sent as `Authorization: Bearer <token>`, where tokens are bound as `DPoP` with a proof of their key; to a service behind sessions it is the session
   * cookie's value.
   */
  readonly token?: string;
  /** Sent as given, in order, repeats kept. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Added to the URL, without the question mark. */
  readonly query?: string;
  readonly method?: string;
  /** Instead of the route's own path with its variables filled. */
  readonly path?: string;
  readonly body?: string | Buffer;
  /** Instead of the gateway's own address: another stage, somebody else's API. */
  readonly base?: string;
  /** Sent as a call of gRPC or by HTTP/1.1, whichever the route is of. */
  readonly by?: 'grpc' | 'http';
  /** Without the host and the headers that the route is known by. */
  readonly bare?: true;
  /** Sent to the service itself, around the gateway. */
  readonly around?: boolean;
  /** The answer says it all: the recorder is not asked. */
  readonly unwatched?: true;
  /** Where tokens are bound: the headers say how the token is shown and proven, and nothing is put to them. */
  readonly proven?: true;
  /** Where tokens are bound to a certificate: whose is shown in the handshake; that of the tokens unless stated. */
  readonly shows?: Shows;
  /** It shows a valid credential that the kit did not give: a write with it needs leave, as with those that it gave. */
  readonly valid?: true;
}

/** The request that an attack stands for: what it does not say is the sample's, as far as that speaks of it. */
export const asSent = (blueprint: Blueprint, { service, route, ...subject }: RouteSubject, attack: Attack, good: () => boolean) => {
  const { method = route.method, headers: stated = [] } = attack;
  const path = attack.path ?? pathFor(service, route, whoPasses(blueprint, route));
  // A sample is for its route's own methods: a preflight has none of it.
  const own = method === route.method || (method !== 'OPTIONS' && route.methods.some((one) => one === method));
  const sample = own ? sampleOf(service, route) : undefined;
  const names = stated.map(([name]) => name.toLowerCase());
  const called = isCall(route, attack);
  return {
    method,
    path,
    query: attack.query ?? (path.includes('?') ? undefined : sample?.query),
    ...(called && { grpc: true as const }),
    headers: [...(called ? CALL : []), ...conditionsFor(blueprint, { service, route, ...subject }, attack), ...(sample?.headers ?? [])].filter(([name]) => !names.includes(name.toLowerCase())).concat(stated),
    // What is to be refused has an empty body: it does least, should it get through.
    body: called ? (method === 'POST' ? EMPTY_MESSAGE : undefined) : attack.body ?? (sample?.body !== undefined && HAVE_A_BODY.includes(method) && good() ? sample.body : undefined) ?? (HAVE_A_BODY.slice(0, 3).includes(method) ? '{}' : undefined),
  };
};

/** By which a call is known (PROTOCOL-HTTP2.md of gRPC). */
const CALL = [['content-type', 'application/grpc'], ['te', 'trailers']] as const;

/** On a route of gRPC everything is sent as a call, but for what is said to be none. */
const isCall = (route: Route, { by = isGrpc(route) ? 'grpc' : 'http' }: Attack): boolean => by === 'grpc';

/** Why an attack cannot be sent as a call of gRPC: Kong takes nothing else for one, so that no guard would see it. */
export const noCall = ({ route }: RouteSubject, attack: Attack): string | undefined => {
  if (!isCall(route, attack)) return undefined;
  const { body, headers = [] } = attack;
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return body !== undefined || (type !== undefined && !type.startsWith('application/grpc')) ? 'not tried: a call of gRPC has no such body' : undefined;
};

const HAVE_A_BODY: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

type Headers = readonly (readonly [name: string, value: string])[];

/** `Host` and the headers that Kong knows the route by. A preflight carries none of the latter. */
export const conditionsOf = (blueprint: Blueprint, { gateway, route }: Pick<RouteSubject, 'gateway' | 'route'>): Headers => {
  if (gateway !== 'kong') return [];
  const routes = Object.values(blueprint.services).flatMap((service) => service.routes);
  const { host = hostOfNone(blueprint, routes), headers = {} } = aboutLike(route, routes);
  return [...(host === undefined ? [] : [['Host', host] as const]), ...Object.entries(headers)];
};

/** Where a route names the host of the gateway itself, one without hosts is asked for under another. */
const hostOfNone = ({ targets }: Blueprint, routes: readonly Route[]): string | undefined => {
  const url = targets.kong?.proxy.url ?? '';
  const own = URL.canParse(url) ? new URL(url).hostname : '';
  return routes.some(({ hosts }) => hosts.some((pattern) => fitsHost(pattern, own))) ? 'any.invalid' : undefined;
};

const conditionsFor = (blueprint: Blueprint, subject: RouteSubject, { bare, around, base, method }: Attack): Headers => {
  if (bare === true || around === true || base !== undefined) return [];
  const preflight = method === 'OPTIONS' && subject.route.method !== 'OPTIONS';
  return conditionsOf(blueprint, subject).filter(([name]) => !preflight || name === 'Host');
};
