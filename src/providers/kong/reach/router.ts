import { createHash } from 'node:crypto';
import { kongPriority } from '../../../access/index.ts';
import { textsOf } from '../../../core/json.ts';
import { expressionOf } from './expression.ts';
import type { Facts } from './expression.ts';
import { rowIdOf } from './objects.ts';
import type { LiveRoute } from './objects.ts';
import { compiled, compiledAnywhere } from './samples.ts';

/** A request, as far as a router looks at it. The path is normalised, names of headers are lower case. */
export interface Request {
  readonly method: string;
  readonly host: string | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One rung of the router's ladder: a route, or the part of it whose paths are of one length. */
export interface Rule {
  readonly route: LiveRoute;
  readonly priority: bigint;
  readonly id: string;
  /** `undefined`: it cannot be told. */
  readonly matches: (request: Request) => boolean | undefined;
}

type Test = (request: Request) => boolean;

/**
 * Routes as Kong 3's routers have them ("traditional_compatible", and "expressions", where both ways of stating a route may stand together), by
 * their priorities; equal ones by their ids. Where a request comes
 * from and by which name of a certificate is taken to fit: somebody comes from there. (kong/router/{atc,transform}.lua)
 */
export const rulesOf = (route: LiveRoute): readonly Rule[] => {
  const { spec } = route;
  const id = rowIdOf(route);
  if (typeof spec.expression === 'string' && spec.expression !== '') {
    const { matches } = expressionOf(spec.expression);
    return [{ route, id, priority: BigInt(Math.max(0, Math.trunc(spec.priority ?? 0))), matches: (request) => matches(factsOf(request)) }];
  }
  const paths = textsOf(spec.paths);
  if (countsOf(route, paths).every((count) => count === 0)) return [];
  const groups = new Map<number, string[]>();
  for (const path of paths) {
    const key = path.startsWith('~') ? 0 : path.length;
    groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  const conditions = conditionsOf(route);
  if (groups.size <= 1) return [{ route, id, priority: priorityOf(route, paths), matches: both(conditions, pathTest(paths)) }];
  return [...groups.values()].map((group, at) => ({
    route,
    id: splitId(id, at + 1),
    priority: priorityOf(route, group),
    matches: both(conditions, pathTest(group)),
  }));
};

/** The order in which Kong asks. */
export const inOrder = (rules: readonly Rule[]): readonly Rule[] =>
  rules.toSorted((a, b) => (a.priority === b.priority ? (a.id < b.id ? 1 : -1) : a.priority < b.priority ? 1 : -1));

/** The rule that gets a request, of rules in order. */
export const winnerOf = (rules: readonly Rule[], request: Request): Rule | undefined => rules.find(({ matches }) => matches(request) === true);

const both = (conditions: Test, path: (request: Request) => boolean | undefined) => (request: Request): boolean | undefined => (conditions(request) ? path(request) : false);

/** Kong gives the parts of a route that it splits ids of their own, and equal priorities go by id. (kong/router/transform.lua) */
const splitId = (id: string, group: number): string => {
  const namespace = Buffer.from('7f145bf90dce4f9198ebdebbce4b9f6b', 'hex');
  const hash = createHash('sha1').update(namespace).update(`${id}#${group}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
};

const countsOf = ({ spec }: LiveRoute, paths: readonly string[]): readonly number[] =>
  [spec.sources, spec.destinations, spec.methods, spec.hosts, Object.keys(spec.headers ?? {}), spec.snis, paths].map((one) => one?.length ?? 0);

const priorityOf = (route: LiveRoute, paths: readonly string[]): bigint => {
  const hosts = textsOf(route.spec.hosts);
  const headers = Object.keys(route.spec.headers ?? {}).length;
  const kinds = countsOf(route, paths).filter((count) => count > 0).length;
  const [path = ''] = paths;
  const plainHosts = Array.isArray(route.spec.hosts) && hosts.every((host) => !host.includes('*'));
  return kongPriority({ kinds, plainHosts, headers, ...(path.startsWith('~') ? { regex: route.spec.regex_priority ?? 0 } : { prefix: path.length }) });
};

const conditionsOf = ({ spec }: LiveRoute): Test => {
  const methods = textsOf(spec.methods);
  const hosts = textsOf(spec.hosts).map(hostTest);
  const headers = Object.entries(spec.headers ?? {}).map(([name, wanted]) => headerTest(name, textsOf(wanted)));
  return (request) =>
    (methods.length === 0 || methods.includes(request.method)) &&
    (hosts.length === 0 || hosts.some((fits) => request.host !== undefined && fits(request.host))) &&
    headers.every((fits) => fits(request.headers));
};

/** Whether a host of a route, which may begin or end with a star and name a port, fits a Host header, in the very letters of it. */
export const hostTest = (pattern: string): ((host: string) => boolean) => {
  const [wanted, port] = splitPort(pattern);
  return (host) => {
    const [seen, seenPort] = splitPort(host);
    if (port !== undefined && port !== seenPort) return false;
    if (wanted.startsWith('*')) return seen.endsWith(wanted.slice(1));
    return wanted.endsWith('*') ? seen.startsWith(wanted.slice(0, -1)) : seen === wanted;
  };
};

const splitPort = (host: string): readonly [string, string | undefined] => {
  const [, name = host, port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return [name, port];
};

const headerTest = (name: string, wanted: readonly string[]) => {
  const tests = wanted.map((value) => {
    const lower = value.toLowerCase();
    if (!lower.startsWith('~*')) return (seen: string) => seen === lower;
    const regex = compiledAnywhere(lower.slice(2));
    return (seen: string) => regex === undefined || regex.test(seen);
  });
  return (headers: Request['headers']): boolean => {
    const seen = headerOf(headers, name);
    return seen !== undefined && tests.some((fits) => fits(seen.toLowerCase()));
  };
};

/** A route may name a header with underscores; Kong finds it by hyphens as well. (kong/router/fields.lua, `ngx.req.get_headers`) */
const headerOf = (headers: Request['headers'], name: string): string | undefined => {
  const lower = name.toLowerCase();
  return headers[lower] ?? headers[lower.replaceAll('_', '-')];
};

const pathTest = (paths: readonly string[]): ((request: Request) => boolean | undefined) => {
  if (paths.length === 0) return () => true;
  const tests = paths.map((path) => {
    if (!path.startsWith('~')) return (seen: string): boolean | undefined => seen.startsWith(path);
    const regex = compiled(path.slice(1));
    return (seen: string): boolean | undefined => regex?.test(seen);
  });
  return ({ path }) => {
    const found = tests.map((fits) => fits(path));
    return found.includes(true) ? true : found.includes(undefined) ? undefined : false;
  };
};

/** Without a port in the Host header it is the one that the request came in on, which is not known here. (kong/router/fields.lua) */
const factsOf = ({ method, host = '', path, headers }: Request): Facts => {
  const [name, port] = splitPort(host);
  return {
    'http.method': method,
    'http.host': name,
    'http.path': path,
    'net.protocol': 'https',
    ...(port !== undefined && { 'net.dst.port': port }),
    ...Object.fromEntries(Object.entries(headers).map(([header, value]) => [`http.headers.${header.replaceAll('-', '_')}`, value])),
  };
};
