import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Entity } from '../contract.ts';
import type { HeaderList } from './headers.ts';
import { bytes } from './text.ts';

/** What routing looks at. `path` is normalised; `host` is the Host header as sent; `port` is the port the request came in on. */
export interface RoutingFacts {
  readonly method: string;
  readonly host: string | undefined;
  readonly port: number;
  readonly path: string;
  readonly headers: HeaderList;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverIp: string;
}

/**
 * A matched route. `prefix` is the part of the path that is stripped, undefined when none is; `captures` are a regex path's,
 * by number and name.
 */
export interface RouteMatch {
  readonly route: Entity;
  readonly service: Entity | undefined;
  readonly prefix: string | undefined;
  readonly captures: ReadonlyMap<string | number, string> | undefined;
}

/** `unsupported` is a route that a request reached and that this router cannot evaluate: the caller must refuse the request, not go on. */
export type Routing =
  | { readonly kind: 'matched'; readonly match: RouteMatch }
  | { readonly kind: 'none' }
  | { readonly kind: 'unsupported'; readonly route: Entity; readonly why: string };
export type Router = (facts: RoutingFacts) => Routing;

type PathTest = { readonly prefix: string } | { readonly regex: RegExp } | { readonly broken: string };
interface Candidate {
  readonly route: Entity;
  readonly service: Entity | undefined;
  readonly id: string;
  readonly priority: bigint;
  readonly paths: readonly PathTest[];
  readonly test: (facts: RoutingFacts, host: string | undefined, port: number) => boolean;
}

const strings = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value.filter((one) => typeof one === 'string').map(bytes) : []);
const records = (value: unknown): readonly Record<string, unknown>[] =>
  (Array.isArray(value) ? value.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null) : []);

const splitPort = (host: string | undefined): { host: string | undefined; port: number | undefined } => {
  const colon = host?.indexOf(':') ?? -1;
  const digits = host?.slice(colon + 1) ?? '';
  if (host === undefined || colon === -1 || !/^\d+$/.test(digits)) return { host, port: undefined };
  return { host: host.slice(0, colon), port: Number(digits) };
};

/**
 * Kong gives the parts of a route that it splits by path length ids of their own, and equal priorities go by id.
 * (kong/router/transform.lua)
 */
const splitId = (id: string, group: number): string => {
  const namespace = Buffer.from('7f145bf90dce4f9198ebdebbce4b9f6b', 'hex');
  const hash = createHash('sha1').update(namespace).update(`${id}#${group}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
};

const hostTest = (pattern: string) => {
  const { host = '', port } = splitPort(pattern);
  const matches = host.startsWith('*') ? (seen: string) => seen.endsWith(host.slice(1))
    : host.endsWith('*') ? (seen: string) => seen.startsWith(host.slice(0, -1))
      : (seen: string) => seen === host;
  return (seen: string | undefined, seenPort: number): boolean =>
    seen !== undefined && matches(seen) && (port === undefined || port === seenPort);
};

const headerTest = (name: string, wanted: readonly string[]) => {
  const tests = wanted.map((value) => {
    const lower = value.toLowerCase();
    if (!lower.startsWith('~*')) return (seen: string) => seen === lower;
    const regex = new RegExp(lower.slice(2));
    return (seen: string) => regex.test(seen);
  });
  const spelled = new Set([name.toLowerCase(), name.toLowerCase().replaceAll('_', '-')]);
  return (headers: HeaderList): boolean =>
    headers.entries().some(([seen, value]) => spelled.has(seen.toLowerCase()) && tests.some((test) => test(value.toLowerCase())));
};

const ipNumber = (ip: string): number | undefined => {
  const parts = ip.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
};

/** Whether an address is the one given or lies in the block given (IPv4; other families compare as text). */
export const inBlock = (ip: string, block: string): boolean => {
  const [base = '', bits] = block.split('/');
  const address = ipNumber(ip);
  const network = ipNumber(base);
  if (bits === undefined || address === undefined || network === undefined) return ip === base && bits === undefined;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(address / size) === Math.floor(network / size);
};

const netTest = (wanted: readonly Record<string, unknown>[]) => (ip: string, port: number): boolean =>
  wanted.some((one) =>
    (typeof one['ip'] !== 'string' || inBlock(ip, one['ip'])) && (typeof one['port'] !== 'number' || one['port'] === port));

const pathTest = (path: string): PathTest => {
  if (!path.startsWith('~')) return { prefix: path };
  const insensitive = path.startsWith('~(?i)');
  const source = path.slice(insensitive ? 5 : 1).replaceAll('(?P<', '(?<');
  try {
    return { regex: new RegExp(`^${source}`, insensitive ? 'i' : '') };
  } catch (error) {
    return { broken: error instanceof Error ? error.message : String(error) };
  }
};

/**
 * The priority of Kong's "traditional_compatible" router as Kong 3 computes it, where what is meant to lie above 32 bits does not: plain hosts first, then
 * regexes, then more kinds of condition, headers, longer paths; and before all of them whatever has four kinds of condition or more.
 * (get_priority, kong/router/transform.lua; held to what a genuine 3.9.3 chose)
 */
const priorityOf = (route: Entity, paths: readonly string[]): bigint => {
  const hosts = strings(route['hosts']);
  const headers = Object.keys((route['headers'] ?? {}) as object).length;
  const kinds = [
    records(route['sources']).length, records(route['destinations']).length, strings(route['methods']).length, hosts.length, headers,
    strings(route['snis']).length, paths.length,
  ].filter((count) => count > 0).length;
  const regex = paths[0]?.startsWith('~') ?? false;
  const plainHosts = Array.isArray(route['hosts']) && hosts.every((host) => !host.includes('*'));
  const regexPriority = regex && typeof route['regex_priority'] === 'number' ? route['regex_priority'] : 0;
  // `bit.lshift` of a Lua number counts modulo 32 and answers 32 bits with a sign, of a 64-bit integer (the two flags) it does not.
  // A negative one is 2^63 as an integer of 64 bits, on x86-64.
  const whole = (number: number): bigint => (number < 0 ? 1n << 63n : BigInt(number));
  const numbers = [kinds << 61, Math.min(headers, 255) << 52, regexPriority << 19, regex ? 0 : (paths[0]?.length ?? 0) & 0x7ffff];
  if (!plainHosts && !regex) return whole(numbers.reduce((all, number) => all | number, 0));
  return numbers.reduce((all, number) => all | whole(number), (plainHosts ? 1n << 60n : 0n) | (regex ? 1n << 51n : 0n));
};

const headerTests = (route: Entity): ((headers: HeaderList) => boolean)[] =>
  Object.entries((route['headers'] ?? {}) as Record<string, unknown>).map(([name, wanted]) => headerTest(name, strings(wanted)));

const candidatesOf = (route: Entity, service: Entity | undefined): Candidate[] => {
  const methods = strings(route['methods']);
  const hosts = strings(route['hosts']).map(hostTest);
  let headers: ((headers: HeaderList) => boolean)[] = [];
  let broken: string | undefined;
  try {
    headers = headerTests(route);
  } catch (error) {
    broken = error instanceof Error ? error.message : String(error);
  }
  const sources = records(route['sources']);
  const destinations = records(route['destinations']);
  const paths = strings(route['paths']);
  // SNIs are only looked at on TLS; a route with nothing else takes every plain request, as in Kong.
  const conditions = [methods, hosts, Object.keys((route['headers'] ?? {}) as object), sources, destinations, paths,
    strings(route['snis'])];
  if (conditions.every((list) => list.length === 0)) return [];
  const test: Candidate['test'] = (facts, host, port) =>
    (methods.length === 0 || methods.includes(facts.method))
    && (hosts.length === 0 || hosts.some((matches) => matches(host, port)))
    && headers.every((matches) => matches(facts.headers))
    && (sources.length === 0 || netTest(sources)(facts.clientIp, facts.clientPort))
    && (destinations.length === 0 || netTest(destinations)(facts.serverIp, port));
  if (broken !== undefined) {
    return [{ route, service, id: route.id, priority: priorityOf(route, paths.slice(0, 1)), paths: [{ broken }], test }];
  }
  const groups = new Map<number, string[]>();
  for (const path of paths) {
    const key = path.startsWith('~') ? 0 : path.length;
    groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  if (groups.size <= 1) return [{ route, service, id: route.id, priority: priorityOf(route, paths), paths: paths.map(pathTest), test }];
  return [...groups.values()].map((group, at) =>
    ({ route, service, id: splitId(route.id, at + 1), priority: priorityOf(route, group), paths: group.map(pathTest), test }));
};

const capturesOf = (found: RegExpExecArray): ReadonlyMap<string | number, string> | undefined => {
  const captures = new Map<string | number, string>();
  found.forEach((value: string | undefined, at) => { if (value !== undefined) captures.set(at, value); });
  for (const [name, value] of Object.entries((found.groups ?? {}) as Record<string, string | undefined>)) {
    if (value !== undefined) captures.set(name, value);
  }
  return captures.size > 1 ? captures : undefined;
};

/**
 * Routes as Kong 3's default router ("traditional_compatible") does. Routes of a disabled service are not there at all; a route's protocols
 * do not take part (a plain request that reaches an https-only route is answered 426 by the caller). (kong/router/{atc,transform}.lua)
 */
export const buildRouter = (routes: readonly Entity[], serviceOf: (route: Entity) => Entity | undefined): Router => {
  const stream = new Set(['tcp', 'udp', 'tls', 'tls_passthrough']);
  const candidates = routes
    .filter((route) => !stream.has(strings(route['protocols'])[0] ?? 'http'))
    .map((route) => ({ route, service: serviceOf(route) }))
    .filter(({ service }) => service?.['enabled'] !== false)
    .flatMap(({ route, service }) => candidatesOf(route, service))
    .toSorted((a, b) => (a.priority === b.priority ? (a.id < b.id ? 1 : -1) : a.priority < b.priority ? 1 : -1));
  const readsPaths = candidates.some(({ paths }) => paths.length > 0);
  return (facts) => {
    // Kong's router gives up on a path that is not UTF-8, whichever routes there are.
    if (readsPaths && !isUtf8(Buffer.from(facts.path, 'latin1'))) return { kind: 'none' };
    const { host, port = facts.port } = splitPort(facts.host);
    for (const { route, service, paths, test } of candidates) {
      if (!test(facts, host, port)) continue;
      const matched = (path: string | undefined, captures?: RouteMatch['captures']): Routing =>
        ({ kind: 'matched', match: { route, service, prefix: route['strip_path'] === true ? path : undefined, captures } });
      if (paths.length === 0) return matched(undefined);
      for (const path of paths) {
        if ('broken' in path) return { kind: 'unsupported', route, why: path.broken };
        if ('prefix' in path) {
          if (facts.path.startsWith(path.prefix)) return matched(path.prefix);
          continue;
        }
        const found = path.regex.exec(facts.path);
        if (found !== null) return matched(found[0], capturesOf(found));
      }
    }
    return { kind: 'none' };
  };
};
