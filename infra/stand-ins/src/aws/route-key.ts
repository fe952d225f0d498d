/** One segment of a route's path. A greedy one is the last and takes everything that is left. */
type Segment = { readonly type: 'static'; readonly text: string } | { readonly type: 'variable' | 'greedy'; readonly name: string };

export type RouteKey =
  { readonly type: 'default' } | { readonly type: 'path'; readonly method: string; readonly segments: readonly Segment[] };

/** Path variables by name, percent-encoded as the client sent them. */
export type PathParameters = Readonly<Record<string, string>>;

interface Match<Value> {
  readonly value: Value;
  readonly parameters: PathParameters;
  /** True for `$default`, which passes the whole path on. */
  readonly isDefault: boolean;
}

const methods = new Set(['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

const parseSegment = (text: string): Segment | undefined => {
  const variable = /^\{([A-Za-z0-9._:-]+)(\+?)\}$/.exec(text);
  if (variable?.[1] !== undefined) return { type: variable[2] === '+' ? 'greedy' : 'variable', name: variable[1] };
  return /^[A-Za-z0-9._~!$&'()*+,;=:@%-]*$/.test(text) ? { type: 'static', text } : undefined;
};

/**
 * Reads `$default` or `METHOD /path`, where a segment may be `{name}` and the last one `{name+}`; `undefined` for anything else.
 * Source: API Gateway developer guide, "Working with routes for HTTP APIs".
 */
export const parseRouteKey = (key: string): RouteKey | undefined => {
  if (key === '$default') return { type: 'default' };
  const [, method, path] = /^([A-Z]+) \/(\S*)$/.exec(key) ?? [];
  if (method === undefined || path === undefined || !methods.has(method)) return undefined;
  const segments = path.split('/').map(parseSegment);
  const known = segments.filter((segment) => segment !== undefined);
  const names = known.flatMap((segment) => (segment.type === 'static' ? [] : [segment.name]));
  const wellFormed =
    known.length === segments.length && known.slice(0, -1).every(({ type }) => type !== 'greedy') && new Set(names).size === names.length;
  return wellFormed ? { type: 'path', method, segments: known } : undefined;
};

const shapeOfSegment = (part: Segment): string => (part.type === 'static' ? part.text : part.type === 'greedy' ? '{+}' : '{}');

/** The same text for two keys that match the same requests and differ at most in their variables' names. */
export const shapeOf = (key: RouteKey): string =>
  key.type === 'default' ? '$default' : `${key.method} /${key.segments.map(shapeOfSegment).join('/')}`;

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

const parametersOf = (segments: readonly Segment[], path: readonly string[]): PathParameters | undefined => {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const here = path[index];
    if (here === undefined) return undefined;
    if (segment.type === 'static') {
      if (decoded(here) !== decoded(segment.text)) return undefined;
    } else if (segment.type === 'greedy') {
      const rest = path.slice(index).join('/');
      if (rest === '') return undefined;
      parameters[segment.name] = rest;
      return parameters;
    } else {
      if (here === '') return undefined;
      parameters[segment.name] = here;
    }
  }
  return path.length === segments.length ? parameters : undefined;
};

/** Compares from the left: static before variable before greedy; then an exact method before ANY. */
const weight = ({ type }: Segment): string => (type === 'static' ? '0' : type === 'variable' ? '1' : '2');
const rank = (key: Extract<RouteKey, { type: 'path' }>): string => {
  const greedy = key.segments.at(-1)?.type === 'greedy' ? '1' : '0';
  return `${greedy}${key.segments.map(weight).join('')}${key.method === 'ANY' ? 'b' : 'a'}`;
};

/**
 * Chooses the most specific route for a request: a full match, static before variable; then the longest greedy match; then `$default`.
 * `path` starts with a slash and has no query. `undefined` when none matches.
 * Source: API Gateway developer guide, "Routing API requests".
 */
export const chooseRoute = <Value extends { readonly key: RouteKey }>(
  routes: readonly Value[],
  method: string,
  path: string,
): Match<Value> | undefined => {
  const parts = path.slice(1).split('/');
  let best: (Match<Value> & { readonly rank: string }) | undefined;
  for (const value of routes) {
    if (value.key.type === 'default') continue;
    if (value.key.method !== 'ANY' && value.key.method !== method) continue;
    const ranked = rank(value.key);
    if (best !== undefined && best.rank <= ranked) continue;
    const parameters = parametersOf(value.key.segments, parts);
    if (parameters !== undefined) best = { value, parameters, isDefault: false, rank: ranked };
  }
  if (best !== undefined) return { value: best.value, parameters: best.parameters, isDefault: false };
  const fallback = routes.find(({ key }) => key.type === 'default');
  return fallback && { value: fallback, parameters: {}, isDefault: true };
};
