import { isUtf8 } from 'node:buffer';
import { claimsIdentity } from './identity-headers.ts';
import { queryParameters } from './path.ts';
import { percentDecode } from './token/parameters.ts';

/** In which shape a policy is asked: the gateway's plugin knows the same four (docs/policies.md). */
export interface QuestionShape {
  /** `authctl` unless stated. */
  readonly input?: 'authctl' | 'envoy' | 'kong' | 'mapping';
  /** For `mapping`: a name in the policy's input (`user.name`) to the place in authctl's own where its value is (`token.sub`). */
  readonly fields?: Readonly<Record<string, string>>;
  /** For `kong`: the blueprint, by which its services and routes are called at Kong. */
  readonly blueprint?: string;
}

/** What is known of a request when a policy is asked. */
export interface Facts {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  /** As the request names it, with its port. */
  readonly authority?: string | undefined;
  readonly scheme?: string | undefined;
  readonly clientIp?: string | undefined;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly route: { readonly service: string; readonly id: string; readonly params: Readonly<Record<string, string>> };
  /** What a service looked up: whose object it is. */
  readonly object?: object | undefined;
  /** Who asks: `kong`, `aws`, `service`. */
  readonly source: string;
  /** The claims of the verified token, the very text that was signed; without one the request has none. */
  readonly payload?: string | undefined;
  /** That token. */
  readonly token?: string | undefined;
}

/** The policy's `input` as JSON text, or why the request cannot be put into the shape: it is to be refused then. */
export type Question = { readonly text: string } | { readonly why: string };

/** Makes the question. Its twin in the gateway's plugin is `question.lua`; both are held to test/data/question/vectors.json. */
export const questionOf = (facts: Facts, { input = 'authctl', fields = {}, blueprint = '' }: QuestionShape = {}): Question => {
  if (input === 'authctl') return { text: ownText(facts) };
  const read = readStrictly(facts);
  if (typeof read === 'string') return { why: read };
  if (input === 'mapping') return { text: mappedText(facts, fields) };
  return { text: input === 'envoy' ? envoyText(facts, read) : kongText(facts, read, blueprint) };
};

/** An object of members that are JSON texts already; what is undefined is left out. */
const objectText = (members: Readonly<Record<string, string | undefined>>): string =>
  `{${Object.entries(members).flatMap(([name, text]) => (text === undefined ? [] : [`${JSON.stringify(name)}:${text}`])).join(',')}}`;

/** JSON.stringify says `undefined` of nothing, and its type does not. */
const text = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

const segmentsOf = (path: string): readonly string[] => (path === '/' ? [] : path.slice(1).split('/'));
const hostOf = (authority: string): string => authority.replace(/:\d+$/, '');

const ownText = ({ method, path, query, authority, scheme, clientIp, route, object, source, payload }: Facts): string =>
  objectText({
    request: text({
      method,
      path,
      segments: segmentsOf(path).map(percentDecode),
      query: queryParameters(query),
      ...(authority !== undefined && { host: hostOf(authority) }),
      ...(scheme !== undefined && { scheme }),
      ...(clientIp !== undefined && { client_ip: clientIp }),
    }),
    route: text(route),
    object: text(object),
    source: text(source),
    token: payload ?? 'null',
  });

/** Segments, parameters and headers as texts that every reader takes alike. */
interface Read {
  readonly segments: readonly string[];
  readonly query: readonly (readonly [name: string, value: string | undefined])[];
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
}

const readStrictly = ({ path, query, headers, token }: Facts): Read | string => {
  const segments = path.slice(1).split('/').map(decoded);
  // One reader decodes before it splits, another after it.
  if (segments.some((segment) => segment === undefined || segment.includes('/'))) return 'a path that readers take differently';
  const parameters = query.split('&').flatMap((part) => (part === '' ? [] : [parameterOf(part)]));
  if (parameters.some(([name, value]) => name === undefined || value === null)) return 'a query that is no text';
  const shown: (readonly [string, readonly string[]])[] = [];
  for (const [name, values] of headers) {
    // Credentials: of all that a client sent, the one token that was verified goes in.
    if (name === 'authorization' || name === 'cookie' || name.startsWith(':') || claimsIdentity(name)) continue;
    const texts = values.map(headerText);
    if (texts.includes(undefined)) return 'a header that is no text';
    shown.push([name, texts as readonly string[]]);
  }
  if (token !== undefined) shown.push(['authorization', [`Bearer ${token}`]]);
  return {
    segments: segments as readonly string[],
    query: parameters as Read['query'],
    headers: shown.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
};

/** `undefined` where the bytes are no UTF-8, and for what no client can have sent. */
const decoded = (encoded: string): string | undefined => {
  if (/[^\u0000-\u007f]/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded.replace(/%([0-9A-Fa-f]{2})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))), 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
};

/** A parameter without `=` has no value; `null` for one that is no text. */
const parameterOf = (part: string): readonly [string | undefined, string | undefined | null] => {
  const at = part.indexOf('=');
  const plain = (encoded: string): string | undefined => decoded(encoded.replaceAll('+', ' '));
  return at < 0 ? [plain(part), undefined] : [plain(part.slice(0, at)), plain(part.slice(at + 1)) ?? null];
};

/** Node and Fetch hand over one character for each byte. */
const headerText = (value: string): string | undefined => {
  if (!/[\u0080-\u00ff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
};

const grouped = <Value>(pairs: readonly (readonly [string, Value])[]): ReadonlyMap<string, readonly Value[]> => {
  const found = new Map<string, Value[]>();
  for (const [name, value] of pairs) {
    const values = found.get(name);
    if (values) values.push(value);
    else found.set(name, [value]);
  }
  return found;
};

/**
 * As OPA's plugin for Envoy asks, of a request whose body Envoy does not hand over. What a filter before it makes of a token
 * (`envoy.filters.http.jwt_authn`) are the verified claims.
 */
const envoyText = ({ method, path, query, authority = '', scheme, clientIp, route, object, payload }: Facts, read: Read): string => {
  const target = query === '' ? path : `${path}?${query}`;
  const headers = new Map<string, string>([[':authority', authority], [':method', method], [':path', target], ...(scheme === undefined ? [] : [[':scheme', scheme] as const])]);
  for (const [name, values] of read.headers) if (name !== 'host') headers.set(name, values.join(','));
  const http = { method, path: target, host: authority, ...(scheme !== undefined && { scheme }), headers: Object.fromEntries(headers) };
  return objectText({
    attributes: objectText({
      source: clientIp === undefined || clientIp === '' ? undefined : text({ address: { socketAddress: { address: clientIp } } }),
      request: text({ http }),
      contextExtensions: text({ service: route.service, route: route.id }),
      metadataContext: objectText({
        filterMetadata: payload === undefined ? '{}' : objectText({ 'envoy.filters.http.jwt_authn': objectText({ jwt_payload: payload }) }),
      }),
    }),
    parsed_path: text(trimmed(read.segments)),
    parsed_query: text(Object.fromEntries(grouped(read.query.map(([name, value = '']) => [name, value] as const)))),
    parsed_body: 'null',
    truncated_body: 'false',
    version: text({ ext_authz: 'v3', encoding: 'protojson' }),
    object: text(object),
  });
};

/** It takes every slash at the beginning away before it splits. */
const trimmed = (segments: readonly string[]): readonly string[] => {
  const first = segments.findIndex((segment) => segment !== '');
  return first < 0 ? [''] : segments.slice(first);
};

/** As the plugin `opa` of Kong Enterprise asks, with service and route by their names. */
const kongText = ({ method, path, authority = '', scheme = 'http', clientIp, route, object }: Facts, read: Read, blueprint: string): string => {
  const port = /:(\d+)$/.exec(authority)?.[1] ?? (scheme === 'https' ? '443' : '80');
  const one = <Value>(values: readonly Value[]): Value | readonly Value[] | undefined => (values.length === 1 ? values[0] : values);
  const querystring = [...grouped(read.query.map(([name, value = true]) => [name, value] as const))].map(([name, values]) => [name, one(values)]);
  const http = {
    method, path, host: hostOf(authority), port, scheme, tls: {},
    querystring: Object.fromEntries(querystring),
    headers: Object.fromEntries(read.headers.map(([name, values]) => [name, one(values)])),
  };
  return objectText({
    request: text({ http }),
    client_ip: clientIp === undefined || clientIp === '' ? undefined : text(clientIp),
    service: text({ name: `${blueprint}.${route.service}` }),
    route: text({ name: `${blueprint}.${route.service}.${route.id}` }),
    object: text(object),
  });
};

/** What is not there has no member, as it is undefined in the policy. */
const mappedText = (facts: Facts, fields: Readonly<Record<string, string>>): string => {
  const own = JSON.parse(ownText(facts)) as unknown;
  const tree: Tree = new Map();
  for (const [name, place] of Object.entries(fields)) {
    const value = place.split('.').reduce<unknown>(memberOf, own);
    if (value !== undefined) plant(tree, name.split('.'), value);
  }
  return treeText(tree);
};

type Tree = Map<string, Tree | { readonly value: unknown }>;

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

const plant = (tree: Tree, [name = '', ...rest]: readonly string[], value: unknown): void => {
  if (rest.length === 0) {
    tree.set(name, { value });
    return;
  }
  const inside = tree.get(name);
  const branch = inside instanceof Map ? inside : new Map<string, Tree | { readonly value: unknown }>();
  tree.set(name, branch);
  plant(branch, rest, value);
};

const treeText = (tree: Tree): string =>
  objectText(Object.fromEntries([...tree].map(([name, inside]) => [name, inside instanceof Map ? treeText(inside) : text(inside.value)])));

/** A yes is `true`, or an object whose field of this name is `true`; nothing else is. */
export const isYes = (result: unknown, field: string): boolean =>
  result === true || (typeof result === 'object' && result !== null && !Array.isArray(result) && Object.hasOwn(result, field) && (result as Readonly<Record<string, unknown>>)[field] === true);

/** The field of an answer that says yes: as who else asks in that shape reads it. */
export const answerField = ({ input = 'authctl' }: QuestionShape): string => (input === 'envoy' ? 'allowed' : 'allow');
