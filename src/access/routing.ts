import type { HttpMethod, Route } from '../blueprint/types.ts';
import { kongPriority } from './kong-priority.ts';

/** `GET,POST /orders/{id}`: what a route takes, as the blueprint says it, with the hosts and headers that it is known by. */
export const matchText = ({ verbs, path, hosts = [], headers = {} }: Pick<Route, 'verbs' | 'path'> & Partial<Conditions>): string => {
  const shown = Object.entries(headers).map(([name, values]) => `${name}: ${values.join(' or ')}`);
  return `${verbs} ${path}${hosts.length > 0 ? ` at ${hosts.join(' or ')}` : ''}${shown.length > 0 ? ` with ${shown.join(' and ')}` : ''}`;
};

/** `read`, and `read~2` for the second that its `match` lists: by which the objects of a gateway are called. One that is added at the end renames none. */
export const routeKey = ({ id, nth = 0 }: Pick<Route, 'id' | 'nth'>): string => (nth === 0 ? id : `${id}~${nth + 1}`);

/** In the place of methods: the route is of gRPC, whose calls are a POST each, over HTTP/2, of a content type of their own. (PROTOCOL-HTTP2.md of gRPC) */
export const GRPC = 'GRPC';

export const isGrpc = ({ verbs }: Pick<Route, 'verbs'>): boolean => verbs === GRPC;

/** `/orders/**`: everything below `/orders/`. */
export const isPrefix = (path: string): boolean => path.endsWith('/**');

/** `/orders/` of a prefix; what is literal in it. */
export const baseOf = (prefix: string): string => prefix.slice(0, -2);

export const isVariable = (segment: string): boolean => segment.startsWith('{');

/** How often a path says it: every segment of an exact one counts, words more than variables. More words win at every gateway. */
export const literalsOf = (path: string): number => path.split('/').slice(1).filter((segment) => !isVariable(segment)).length;

/** As a client sends it: what is no ASCII is percent-encoded UTF-8 (RFC 3986 section 2.5). */
export const asSent = (path: string): string => path.replaceAll(/[^\u0021-\u007e]+/gu, (text) => encodeURIComponent(text));

/** What arrives of the path of a request of a route, as its service sees it. Kong takes off all that an exact path matches. */
export const arriving = ({ path, stripPath }: Pick<Route, 'path' | 'stripPath'>, asked: string): string => {
  if (!stripPath) return asked;
  return isPrefix(path) ? `/${asked.slice(asSent(baseOf(path)).length)}` : '/';
};

/** Whether a path, as a client sends it, is of this form. */
export const fitsPath = (template: string, path: string): boolean => {
  if (isPrefix(template)) return path.startsWith(asSent(baseOf(template)));
  const [wanted, sent] = [asSent(template).split('/'), path.split('/')];
  return wanted.length === sent.length && wanted.every((segment, at) => (isVariable(segment) ? sent[at] !== '' : segment === sent[at]));
};

/** What a request says beside its method and its path. */
export interface About {
  /** The host it asks for, without a port. Unset: one that no route names. */
  readonly host?: string | undefined;
  /** By name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}
type Conditions = Pick<Route, 'hosts' | 'headers'>;

/** `api.example.com`, `*.example.com`, `example.*`. */
export const fitsHost = (pattern: string, host: string): boolean => {
  if (pattern.startsWith('*')) return host.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? host.startsWith(pattern.slice(0, -1)) : host === pattern;
};

/** Whether a request names a host and shows the headers that the route is known by. */
export const fitsConditions = ({ hosts, headers }: Conditions, { host, headers: shown = {} }: About): boolean =>
  (hosts.length === 0 || (host !== undefined && hosts.some((pattern) => fitsHost(pattern, host)))) &&
  Object.entries(headers).every(([name, values]) => values.some((value) => value.toLowerCase() === shown[name.toLowerCase()]?.toLowerCase()));

/** A request that shows every condition of the route; its host is one that `others` name less often than it does. */
export const aboutLike = ({ hosts, headers }: Conditions, others: readonly Conditions[] = []): About => {
  const exact = hosts.filter((pattern) => !pattern.includes('*'));
  const named = (host: string): number => others.filter((other) => other.hosts.some((pattern) => fitsHost(pattern, host))).length;
  const made = (label: string): string | undefined => hosts[0]?.replace('*', label);
  const candidates = hosts.length === 0 ? [undefined] : exact.length > 0 ? exact : ['any', 'other', 'one-more'].map(made);
  const [host] = candidates.toSorted((a, b) => named(a ?? '') - named(b ?? ''));
  return {
    ...(host !== undefined && { host }),
    headers: Object.fromEntries(Object.entries(headers).map(([name, [value = '']]) => [name.toLowerCase(), value])),
  };
};

/** Conditions as they are compared, where one is compared with thousands: names and values of headers have no case. */
export interface Compared {
  readonly hosts: readonly string[];
  readonly headers: ReadonlyMap<string, readonly string[]>;
}
export const comparedOf = ({ hosts, headers }: Conditions): Compared => {
  const compared = new Map<string, readonly string[]>();
  for (const [name, values] of Object.entries(headers))
    if (!compared.has(name.toLowerCase())) compared.set(name.toLowerCase(), values.map((value) => value.toLowerCase()));
  return { hosts, headers: compared };
};

/** Whether some request fits the conditions of both. Of two values for one header a request is taken to show one. */
export const conditionsMeet = (one: Compared, other: Compared): boolean => {
  for (const [name, values] of one.headers) {
    const rivals = other.headers.get(name);
    if (rivals !== undefined && !values.some((value) => rivals.includes(value))) return false;
  }
  return one.hosts.length === 0 || other.hosts.length === 0 || one.hosts.some((host) => other.hosts.some((rival) => hostsMeet(host, rival)));
};

const hostsMeet = (one: string, other: string): boolean => {
  if (!one.includes('*')) return fitsHost(other, one);
  if (!other.includes('*')) return fitsHost(one, other);
  const [ending, otherEnding] = [one.startsWith('*'), other.startsWith('*')];
  if (ending !== otherEnding) return true;
  const [rest, otherRest] = [one.replace('*', ''), other.replace('*', '')];
  return ending ? rest.endsWith(otherRest) || otherRest.endsWith(rest) : rest.startsWith(otherRest) || otherRest.startsWith(rest);
};

/**
 * What decides, beside paths, which of two routes that a request fits is asked first, as Kong has it: a route with hosts and headers goes before all others, and one whose
 * hosts are all spelled out before one that has a star; then an exact path goes before any prefix, and only then one with hosts or headers before one without. More headers
 * count last of exact paths, and before the length of prefixes. No other gateway knows any of them. Two routes of one rank, and of paths of which neither is
 * the more literal, are a matter of luck.
 */
export const conditionRank = ({ hosts, headers }: Conditions): readonly number[] => {
  const names = Object.keys(headers).length;
  return [Number(hosts.length > 0) + Number(names > 0), Number(isPlain(hosts)), names];
};

const isPlain = (hosts: readonly string[]): boolean => hosts.length > 0 && !hosts.some((host) => host.includes('*'));

/** How Kong is told a path: as an expression of this `regex_priority`, or as a prefix. */
export const kongPathOf = ({ hosts, headers, path, verbs }: Pick<Route, 'hosts' | 'headers' | 'path' | 'verbs'>): { readonly regex?: number } => {
  const names = Object.keys(headers).length;
  const literal = Math.min(31, isPrefix(path) ? baseOf(path).split('/').length : literalsOf(path));
  if (hosts.length === 0 && names === 0) {
    // Kong takes no methods on a route of gRPC, and asks a prefix that names methods first, however short.
    if (isPrefix(path)) return isGrpc({ verbs }) && path !== '/**' ? { regex: 10 } : {};
    return { regex: 10 * literalsOf(path) };
  }
  // Kong lays the count of headers over the bits from the second on. Of a route with four kinds of condition it loses the length of a prefix.
  if (isPrefix(path)) return hosts.length > 0 && names > 0 ? { regex: 16 * literal } : {};
  return { regex: 512 + 16 * literal };
};

/** Headers of one route whose count Kong keeps apart from how literal its path is. */
export const MOST_HEADERS = 7;

/** The priority of the route of Kong that it becomes: where there are no conditions exact before prefix, the more literal one, the longer prefix, as every gateway has it. */
export const priorityOf = (route: Route): bigint => {
  const { hosts, headers, path } = route;
  const names = Object.keys(headers).length;
  const kinds = (isGrpc(route) ? 1 : 2) + Number(hosts.length > 0) + Number(names > 0);
  return kongPriority({ kinds, plainHosts: isPlain(hosts), headers: names, prefix: isPrefix(path) ? baseOf(path).length : 0, ...kongPathOf(route) });
};

/** Whether Kong asks it before a route of some methods whose path is this regular expression, and which has no hosts and no headers; of two that weigh the same nobody knows. */
export const mayGoBefore = (route: Route, { regex }: { readonly regex: number }): boolean => priorityOf(route) >= kongPriority({ kinds: 2, plainHosts: false, headers: 0, regex });

/** The route that a request becomes, of those that stand at one gateway. */
export const routeOf = (routes: readonly Route[], method: string, path: string, about: About = {}): Route | undefined =>
  routes
    .filter((route) => route.methods.some((one) => one === method) && fitsPath(route.path, path) && fitsConditions(route, about))
    .toSorted((a, b) => Number(priorityOf(b) - priorityOf(a)))[0];

/**
 * A path that becomes this route, as a client sends it. Below a prefix it is one that no exact path among `others` has the segments for.
 */
export const pathLike = ({ path, verbs }: Route, others: readonly Route[], valueOf: (variable: string) => string): string => {
  if (isGrpc({ verbs }) && isPrefix(path)) return `${baseOf(path)}${path === '/**' ? 'authctl.v1.Probe/' : ''}Probe`;
  if (!isPrefix(path)) return asSent(path.replaceAll(/\{([^{}]+)\}/g, (_all, name: string) => valueOf(name)));
  const own = baseOf(path).split('/').length - 2;
  const longest = Math.max(own, ...others.map((other) => (isPrefix(other.path) ? 0 : other.path.split('/').length - 1)));
  return asSent(`${baseOf(path)}${Array.from({ length: longest - own + 1 }, () => valueOf('')).join('/')}`);
};

/**
 * The keys by which an HTTP API knows a route. It knows no list of methods, and no HEAD that goes with GET; `ANY` yields to a named method
 * by itself. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export const awsKeysOf = ({ verbs, methods, path }: Route): readonly string[] => {
  const place = isPrefix(path) ? `${baseOf(path)}{proxy+}` : path;
  if (verbs === 'ANY') return [path === '/**' ? '$default' : `ANY ${place}`];
  return methods.map((method) => `${method} ${place}`);
};

/** The methods that a route takes but for the HEAD that goes with GET: a page may always ask that (Fetch, CORS-safelisted method). */
export const statedOf = ({ verbs, methods }: Route): readonly HttpMethod[] =>
  methods.filter((method) => method !== 'HEAD' || verbs === 'ANY' || verbs.split(',').includes(method));

const WRITES: readonly HttpMethod[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** A method that changes something. */
export const isWrite = (method: string): boolean => WRITES.some((one) => one === method);

/** A method of this route that changes something. */
export const writeOf = ({ methods }: Route): HttpMethod | undefined => WRITES.find((method) => methods.includes(method));
