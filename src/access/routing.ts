import type { HttpMethod, Route } from '../blueprint/types.ts';

/** `GET,POST /orders/{id}`: what a route takes, as the blueprint says it. */
export const matchText = ({ verbs, path }: Pick<Route, 'verbs' | 'path'>): string => `${verbs} ${path}`;

/** `/orders/**`: everything below `/orders/`. */
export const isPrefix = (path: string): boolean => path.endsWith('/**');

/** `/orders/` of a prefix; what is literal in it. */
export const baseOf = (prefix: string): string => prefix.slice(0, -2);

export const isVariable = (segment: string): boolean => segment.startsWith('{');

/** How often a path says it: every segment of an exact one counts, words more than variables. More words win at every gateway. */
export const literalsOf = (path: string): number => path.split('/').slice(1).filter((segment) => !isVariable(segment)).length;

/** As a client sends it: what is no ASCII is percent-encoded UTF-8 (RFC 3986 section 2.5). */
export const asSent = (path: string): string => path.replaceAll(/[^\u0021-\u007e]+/gu, (text) => encodeURIComponent(text));

/** Whether a path, as a client sends it, is of this form. */
export const fitsPath = (template: string, path: string): boolean => {
  if (isPrefix(template)) return path.startsWith(asSent(baseOf(template)));
  const [wanted, sent] = [asSent(template).split('/'), path.split('/')];
  return wanted.length === sent.length && wanted.every((segment, at) => (isVariable(segment) ? sent[at] !== '' : segment === sent[at]));
};

/** Exact before prefix, then the more literal one, then the longer prefix: as every gateway has it. */
const rankOf = ({ path }: Route): number => (isPrefix(path) ? baseOf(path).length : 1_000_000 + literalsOf(path));

/** The route that a request becomes, of those that stand at one gateway. */
export const routeOf = (routes: readonly Route[], method: string, path: string): Route | undefined =>
  routes
    .filter((route) => route.methods.some((one) => one === method) && fitsPath(route.path, path))
    .toSorted((a, b) => rankOf(b) - rankOf(a))[0];

/**
 * A path that becomes this route, as a client sends it. Below a prefix it is one that no exact path among `others` has the segments for.
 */
export const pathLike = ({ path }: Route, others: readonly Route[], valueOf: (variable: string) => string): string => {
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
