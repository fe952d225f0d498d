import type { JsonObject } from '../../core/json.ts';
import type { Draft } from '../draft.ts';
import { variableOf } from '../draft.ts';
import { USUAL_TIMEOUT, integrationAsFound, sayAsFound } from './as-found.ts';
import type { ApiRoute, HttpApi, Integration, Value } from './model.ts';

/** Values of a blueprint: a variable is a reference there. */
const put = (draft: Draft, value: Value): unknown => (typeof value === 'string' ? value : draft.reference(value.variable));
const keyOf = (value: Value): string => (typeof value === 'string' ? value : `\${${value.variable}}`);

const idOf = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '').slice(0, 57);

/** A name that is free yet. */
const free = (wanted: string, taken: ReadonlySet<string>): string => {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    if (!taken.has(name)) return name;
  }
};

const WORD = "[A-Za-z0-9._~:@!$&'()+,=-]+";
const PATH = new RegExp(`^(/|(/(${WORD}|\\{[A-Za-z_][A-Za-z0-9_-]*\\}))+/?)$`);
/** A blueprint calls the rest of a path so, and a key is known by every letter of it. */
const PREFIX = new RegExp(`^((/${WORD})*)/\\{proxy\\+\\}$`);

/** `ANY /rooms/{proxy+}` as a blueprint matches it; nothing where it cannot. */
export const matchOf = (key: string): string | undefined => {
  if (key === '$default') return 'ANY /**';
  const [method = '', path = ''] = key.split(' ');
  if (!/^(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method)) return undefined;
  const prefix = PREFIX.exec(path);
  if (prefix) return prefix[1] === '' ? undefined : `${method} ${prefix[1] ?? ''}/**`;
  return PATH.test(path) ? `${method} ${path}` : undefined;
};

/** The base of which API Gateway asks a route's own path; nothing where it asks for another. */
const baseOf = (uri: string, match: string): string | undefined => {
  const path = match.slice(match.indexOf(' ') + 1);
  if (path === '/**') return uri.replace(/\/(\{proxy\})?$/, '');
  const wanted = path.endsWith('/**') ? `${path.slice(0, -2)}{proxy}` : path;
  return uri.endsWith(wanted) ? uri.slice(0, -wanted.length) : undefined;
};

const LAMBDA = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:([A-Za-z0-9_-]{1,64})(:([$]LATEST|[A-Za-z0-9_-]{1,128}))?$/;
/** As templates write it: the path by which API Gateway invokes a function, around its ARN. */
const INVOCATION = /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(arn:[^/]+)\/invocations$/;

interface Upstream {
  readonly value: Value;
  readonly id: string;
  readonly isFunction: boolean;
}

const upstreamOf = ({ type, uri }: Integration, match: string): Upstream | string => {
  const isFunction = type === 'AWS_PROXY';
  if (typeof uri !== 'string') return { value: uri, id: idOf(uri.variable.replace(/_(ARN|URL)$/, '')), isFunction };
  if (isFunction) {
    const arn = INVOCATION.exec(uri)?.[1] ?? uri;
    const [, name] = LAMBDA.exec(arn) ?? [];
    return name === undefined ? 'what it asks is no Lambda function' : { value: arn, id: idOf(name), isFunction };
  }
  if (type !== 'HTTP_PROXY') return `an integration of the type ${type}`;
  const base = baseOf(uri, match);
  if (base === undefined || !URL.canParse(base)) return `it asks for another path than its own: ${uri}`;
  return { value: base, id: idOf(new URL(base).hostname.split('.')[0] ?? ''), isFunction };
};

interface Group {
  readonly upstream: Upstream;
  readonly authorizer: string | undefined;
  readonly routes: { readonly route: ApiRoute; readonly match: string }[];
}

/** An HTTP API in the blueprint's own fields; what these do not say is listed by the key of the route. */
export const sayApi = (draft: Draft, api: HttpApi): void => {
  const groups = grouped(draft, api);
  const used = api.authorizers.filter(({ name }) => groups.some(({ authorizer }) => authorizer === name));
  // Where no route asks for a token, whose would count is a question.
  const [first = api.authorizers[0]] = used;
  const issuer = first?.issuer ?? unknown('ISSUER_URL');
  const names = new Map<string, string>();
  draft.put(['targets', 'aws'], { region: draft.reference(`AWS_REGION:-${api.region ?? 'us-east-1'}`), endpoint: draft.reference('AWS_ENDPOINT:-'), ...(api.stages.length > 0 && api.stages.join() !== '$default' && { stages: api.stages }) });
  sayIssuer(draft, { issuer, used, groups, names });
  draft.put(['authentication'], { pattern: 'aws', client: [...names.values()][0] ?? 'web', token: { in: ['header'] }, ...(api.origins.length > 0 && { origins: api.origins }) });
  draft.put(['authorization'], { pattern: 'none' });
  const ids = new Set<string>();
  const services = groups.map((group) => {
    // An authorizer is called as its service is: one that stands before a single service gives it its name.
    const { called = '' } = groups.some((one) => one !== group && one.authorizer === group.authorizer) ? {} : (used.find(({ name }) => name === group.authorizer) ?? {});
    const id = free(/^[a-z][a-z0-9-]{0,62}$/.test(called) ? called : group.upstream.id || 'service', ids);
    ids.add(id);
    return { id, group };
  });
  const heads = new Set(api.routes.flatMap(({ key }) => (key.startsWith('HEAD ') ? [key.slice(5)] : [])));
  const raw = services.flatMap(({ id, group }) => sayService(draft, { id, group, heads, audience: used.find(({ name }) => name === group.authorizer)?.audience ?? [] }));
  const open = services.map(({ id, group }) => [id, routeIds(group).flatMap(([name, { route }]) => (route.authorization === 'NONE' ? [name] : []))] as const).filter(([, routes]) => routes.length > 0);
  draft.put(['expect'], { anonymous: Object.fromEntries(open) });
  draft.comment(['expect'], 'As the routes are. Say who of your people may pass where: personas, and a row of each (docs/blueprint.md).');
  sayAsFound(draft, api);
  for (const [name, fields] of raw) draft.put(['raw', 'aws', 'integrations', name], fields);
  // What several routes lead to is told once.
  for (const { address, why } of new Map(api.unsaid.map((one) => [`${one.address} ${one.why}`, one])).values()) draft.leave(address, why);
};

const COGNITO = /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//;

interface Said {
  readonly issuer: Value;
  readonly used: HttpApi['authorizers'];
  readonly groups: readonly Group[];
  readonly names: Map<string, string>;
}

/** What the routes tell of whoever signs: it, its scopes, and who has its tokens by the audiences that are taken. */
const sayIssuer = (draft: Draft, { issuer, used, groups, names }: Said): void => {
  const named = typeof issuer !== 'string' ? issuer.variable.startsWith('COGNITO') : COGNITO.test(issuer);
  const scopes = [...new Set(groups.flatMap(({ routes }) => routes.flatMap(({ route }) => route.scopes)))].toSorted();
  const [only] = used[0]?.audience ?? [];
  const taken = new Set<string>();
  draft.put(['issuer', 'url'], put(draft, issuer));
  if (named) draft.put(['issuer', 'audienceClaim'], 'client_id');
  if (scopes.length > 0) draft.put(['issuer', 'scopes'], Object.fromEntries(scopes.map((scope) => [scope, named || only === undefined ? {} : { audience: put(draft, only) }])));
  if (!named) {
    draft.put(['issuer', 'clients', 'web'], { type: 'public', scopes, audiences: (used[0]?.audience ?? []).map((one) => put(draft, one)) });
    for (const { name, called = name, audience } of used) if (audience.length > 1) draft.leave(`authorizer ${called}`, `it takes tokens for any of ${audience.map(keyOf).join(', ')}, and a service of a blueprint has one audience`);
    draft.comment(['issuer', 'clients'], 'A proposal: name the clients that get tokens for these services.');
    names.set('web', 'web');
    return;
  }
  const clients = new Map(used.flatMap(({ audience }) => audience.map((one) => [keyOf(one), one] as const)));
  for (const [key, value] of clients) {
    const name = free(typeof value === 'string' ? 'client' : idOf(value.variable.replace(/_(CLIENT_)?ID$/, '')) || 'client', taken);
    taken.add(name);
    names.set(key, name);
    draft.put(['issuer', 'clients', name], { type: 'public', clientId: put(draft, value), scopes });
  }
  draft.comment(['issuer', 'clients'], 'Of each its id alone is said there: say what it is (type), and which scopes it may have.');
};

const grouped = (draft: Draft, api: HttpApi): readonly Group[] => {
  const groups: Group[] = [];
  const issuers = new Map(api.authorizers.map(({ name, issuer }) => [name, keyOf(issuer)]));
  const [main] = api.routes.flatMap(({ authorization, authorizer = '' }) => (authorization === 'JWT' ? (issuers.get(authorizer) ?? []) : []));
  // What nobody is asked at stands beside what somebody is: guarded routes come first.
  for (const route of [...api.routes].sort((a, b) => Number(a.authorization === 'NONE') - Number(b.authorization === 'NONE'))) {
    const left = (why: string): void => draft.leave(`route ${route.key}${route.at ? ` (line ${route.at.line})` : ''}`, why);
    const match = matchOf(route.key);
    const known = route.authorization === 'NONE' || (route.authorization === 'JWT' && route.authorizer !== undefined && issuers.has(route.authorizer));
    if (match === undefined) left('a blueprint matches no such key');
    else if (route.unread !== undefined) left(route.unread);
    else if (!known) left(`it asks for ${route.authorization === 'JWT' ? 'an authorizer that is not there' : route.authorization}, and a blueprint for a JWT or for nothing`);
    else if (route.authorization === 'JWT' && issuers.get(route.authorizer ?? '') !== main) left('its tokens are of another issuer, and a blueprint has one');
    else if (route.scopes.length > 1) left('API Gateway is content with any one of its scopes, and a blueprint demands all: ask for one that says it all');
    else if (route.integration === undefined) left('it leads nowhere');
    else {
      const upstream = upstreamOf(route.integration, match);
      if (typeof upstream === 'string') {
        left(upstream);
        continue;
      }
      // A blueprint's GET takes HEAD along.
      if (api.routes.some((get) => goesWith(route, get))) continue;
      const held = groups.find((one) => keyOf(one.upstream.value) === keyOf(upstream.value) && (route.authorization === 'NONE' || one.authorizer === route.authorizer));
      if (held) held.routes.push({ route, match });
      else groups.push({ upstream, authorizer: route.authorization === 'JWT' ? route.authorizer : undefined, routes: [{ route, match }] });
    }
  }
  return groups;
};

/** HEAD that is answered as the GET of the same path is. */
const goesWith = (head: ApiRoute, get: ApiRoute): boolean =>
  head.key.startsWith('HEAD ') &&
  get.key === `GET ${head.key.slice(5)}` &&
  [head, get].map(({ authorization, authorizer, scopes, integration }) => JSON.stringify([authorization, authorizer, scopes, integration])).every((one, _at, [first]) => one === first);

const routeIds = ({ routes }: Group): readonly (readonly [id: string, Group['routes'][number]])[] => {
  const taken = new Set<string>();
  return routes.map((one) => {
    const [method = '', path = ''] = one.match.split(' ');
    const id = free(idOf(`${method.toLowerCase()} ${path === '/**' ? 'everything' : path.replace('/**', ' all')}`), taken);
    taken.add(id);
    return [id, one] as const;
  });
};

interface ServiceOf {
  readonly id: string;
  readonly group: Group;
  readonly audience: readonly Value[];
  /** Paths with a HEAD of their own. */
  readonly heads: ReadonlySet<string>;
}

const sayService = (draft: Draft, { id, group, audience, heads }: ServiceOf): readonly (readonly [name: string, fields: JsonObject])[] => {
  const { upstream, routes } = group;
  const path = ['services', id];
  const [only, ...more] = audience;
  const [{ route: { integration } = {} } = {}] = routes.length > 0 ? [routes[0] ?? {}] : [];
  draft.put([...path, 'upstream'], put(draft, upstream.value));
  if (upstream.isFunction) {
    const { payload = '2.0', timeout = USUAL_TIMEOUT } = integration ?? {};
    draft.put([...path, 'lambda'], { ...(payload !== '2.0' && { payload }), timeout: `${Math.ceil(timeout / 1000)}s` });
  }
  if (only !== undefined && more.length === 0) draft.put([...path, 'audience'], put(draft, only));
  draft.put([...path, 'gateways'], ['aws']);
  return routeIds(group).flatMap(([name, { route, match }]) => {
    const asks = route.authorization === 'NONE' ? { public: true } : route.scopes.length === 0 ? { anyToken: true } : { scopes: route.scopes };
    const alone = route.key.startsWith('GET ') && !heads.has(route.key.slice(4));
    draft.put([...path, 'routes', name], { match, ...(alone && { head: false }), ...asks });
    if (route.authorization === 'NONE') draft.warn([...path, 'routes', name], 'nobody is asked who they are', 'Put an authorizer before it, or keep it public');
    else if (route.scopes.length === 0) draft.warn([...path, 'routes', name], 'any token for the service passes, an ID token as well', 'Ask for a scope');
    const raw = route.integration && integrationAsFound(route.integration, patternOf(upstream, match, integration));
    return raw && Object.keys(raw).length > 0 ? [[`${id}.${name}`, raw] as const] : [];
  });
};

/** What the pattern asks an upstream, and for how long. */
const patternOf = ({ isFunction }: Upstream, match: string, first: Integration | undefined) =>
  isFunction
    ? { method: 'POST', payload: first?.payload ?? '2.0', timeout: Math.ceil((first?.timeout ?? USUAL_TIMEOUT) / 1000) * 1000 }
    : { method: match.split(' ')[0] ?? 'ANY', payload: '1.0', timeout: 10_000 };

/** Why a blueprint does not say where an authorizer looks for tokens; nothing where it is the header. */
export const otherSource = (sources: readonly string[]): string | undefined =>
  sources.every((one) => one.toLowerCase() === '$request.header.authorization') ? undefined : `it takes tokens by ${sources.join(' and ')}, and a blueprint by the header Authorization`;

/** A variable that stands for what a source does not say. */
export const unknown = (words: string): Value => ({ variable: variableOf(words) });
