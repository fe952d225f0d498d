import { serviceVerifies } from '../../access/decides.ts';
import { MOST_HEADERS, aboutLike, fitsPath, matchText, mayGoBefore, routeOf } from '../../access/routing.ts';
import { placeOf } from '../route-match.ts';
import { nodeAt } from '../tree.ts';
import type { Path } from '../tree.ts';
import type { Route, Service } from '../types.ts';
import { DOOR_PRIORITY, SESSION_PATH } from './access.ts';
import type { Context } from './context.ts';
import { pathOf } from './route-place.ts';
import { SECRET_LIKE, SET_ANYWAY, variablesOf } from './samples.ts';

const CODE = 'BLUEPRINT_ROUTE_CONDITION';

/** Hosts, headers and what becomes of a path on its way: each must hold wherever the route is decided on. */
export const checkRouteConditions = (context: Context): void => {
  const services = Object.values(context.blueprint.services);
  const atKong = services.flatMap(({ routes }) => routes.filter(({ gateways }) => gateways.includes('kong')));
  for (const service of services) {
    const answering = preflightOf(service, atKong);
    checkAwsService(context, service);
    checkGuard(context, service);
    if (service.cors && service.authentication.origins.length === 0)
      context.findings.add(CODE, ['services', service.id, 'cors'], 'no page of another origin may ask, so none is told what it may do', { side: 'key', hint: 'state authentication.origins, or remove it' });
    checkRate(context, service, ['services', service.id, 'rateLimit']);
    for (const route of service.routes) {
      checkHeaders(context, route);
      checkStrip(context, route);
      checkAws(context, service, route);
      checkRate(context, route, pathOf(route, 'rateLimit'));
      checkDoors(context, service, route);
      checkPreflight(context, service, route, answering);
    }
  }
};

interface Door {
  readonly path: string;
  readonly methods: readonly Route['methods'][number][];
  readonly regex: number;
}

const hasConditions = ({ hosts, headers }: Route): boolean => hosts.length > 0 || Object.keys(headers).length > 0;

/** The line of the route that says it, or of its service. */
const placeOfField = ({ root }: Context, route: Route, field: string): Path =>
  nodeAt(root, pathOf(route, field)) ? pathOf(route, field) : ['services', route.service, field];

const checkHeaders = ({ findings }: Context, route: Route): void => {
  const names = Object.keys(route.headers);
  if (names.length > MOST_HEADERS) findings.add(CODE, pathOf(route, 'headers'), `${names.length} headers: Kong counts more than ${MOST_HEADERS} of them into how literal a path is`, { side: 'key', hint: `state ${MOST_HEADERS} at the most` });
  for (const [index, name] of names.entries()) {
    const at = pathOf(route, 'headers', name);
    if (SECRET_LIKE.test(name))
      findings.add(CODE, at, `"${name}" looks like a credential, and a value that stands in a file is none`, { side: 'key', hint: 'demand a scope: it is the token that says who asks' });
    else if (SET_ANYWAY.test(name)) findings.add(CODE, at, `no route can be known by the header ${name}`, { side: 'key', hint: name.toLowerCase() === 'host' ? 'state hosts' : 'remove it' });
    if (names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) < index)
      findings.add(CODE, at, `the header ${name} is stated twice: its name has no case`, { side: 'key', hint: 'keep one of the two' });
  }
};

const checkStrip = (context: Context, route: Route): void => {
  if (route.stripPath && variablesOf(route).length > 0)
    context.findings.add(CODE, placeOfField(context, route, 'stripPath'), `Kong takes off all that ${route.path} matches: no ${variablesOf(route).map((name) => `{${name}}`).join(' and no ')} would arrive`, {
      hint: 'match everything below a prefix: /orders/**',
    });
};

/** Its guard knows methods and paths, as they arrive. */
const checkGuard = (context: Context, service: Service): void => {
  if (!serviceVerifies(context.blueprint, service)) return;
  const [first] = service.routes;
  const other = service.routes.find((route) => first && placeOf({ ...route, path: '/' }) !== placeOf({ ...first, path: '/' }));
  if (first && other)
    context.findings.add(CODE, placeOfField(context, other, other.hosts.join() === first.hosts.join() ? 'headers' : 'hosts'), `"${service.id}" decides for itself, and knows a route by method and path alone`, {
      hint: `state the same hosts and headers for all of its routes (${first.id} has others), or make two services of it`,
    });
  const stripped = service.routes.find(({ stripPath }) => stripPath);
  if (stripped)
    context.findings.add(CODE, placeOfField(context, stripped, 'stripPath'), `"${service.id}" decides for itself, and would not know the path that arrives`, { hint: 'remove stripPath, or let the gateway decide (authorization.pattern centralised)' });
};

const KONG_ALONE = 'or offer the route at Kong alone: gateways: [kong]';

/** Kong takes no bound of a longer time that is less than that of a shorter one. */
const checkRate = ({ findings }: Context, { rateLimit }: Pick<Service, 'rateLimit'>, at: Path): void => {
  if (rateLimit === undefined) return;
  const stated = PERIODS.flatMap((period) => (rateLimit[period] === undefined ? [] : [[period, rateLimit[period]] as const]));
  if (stated.length === 0) findings.add('BLUEPRINT_MISSING_KEY', at, 'the rate limit bounds nothing', { expected: `one of ${PERIODS.join(', ')}`, side: 'key' });
  for (const [index, [period, most]] of stated.entries()) {
    const shorter = stated.slice(0, index).find(([, other]) => other > most);
    if (shorter) findings.add('BLUEPRINT_WRONG_VALUE', [...at, period], `${most} in a ${period} is less than the ${shorter[1]} in a ${shorter[0]}`, { hint: `state at least ${shorter[1]}, or remove the other` });
  }
};
const PERIODS = ['second', 'minute', 'hour', 'day'] as const;

const checkAws = (context: Context, service: Service, route: Route): void => {
  if (!route.gateways.includes('aws')) return;
  const told = (field: string, what: string): void => context.findings.add('BLUEPRINT_AWS_ROUTE', placeOfField(context, route, field), what, { hint: KONG_ALONE });
  if (route.hosts.length > 0) told('hosts', 'an HTTP API has no hosts on a route: it would take the request under any name (a custom domain is not made by authctl)');
  if (Object.keys(route.headers).length > 0) told('headers', 'an HTTP API knows a route by method and path alone: it would take the request without the header');
  if (route.stripPath) told('stripPath', 'an HTTP API takes nothing off a path');
  for (const field of ['requestBuffering', 'responseBuffering'] as const) if (route[field] !== undefined) told(field, 'an HTTP API takes requests and answers whole');
  if ((route.rateLimit ?? service.rateLimit) !== undefined) told('rateLimit', 'an HTTP API knows no callers before it counts: its bound is that of the whole stage (targets.aws.throttle)');
  if ((route.maxBody ?? service.maxBody) !== undefined) told('maxBody', 'an HTTP API takes bodies of up to 10 MB, and no other bound');
  if (route.preserveHost) told('preserveHost', 'an HTTP API sends the host of the upstream');
};

const checkAwsService = ({ findings }: Context, { id, gateways, timeouts, retries }: Service): void => {
  if (!gateways.includes('aws')) return;
  for (const [field, value] of Object.entries({ timeouts, retries }))
    if (value !== undefined)
      findings.add('BLUEPRINT_AWS_ROUTE', ['services', id, field], `${field} are Kong's: an HTTP API waits ten seconds and asks once`, { hint: 'remove it, or take aws off the service' });
};

/** A route with hosts or headers may go before those of the sign-in, however literal they are: `mayGoBefore` knows which does. */
const checkDoors = ({ blueprint, findings }: Context, { authentication: { session, token } }: Service, route: Route): void => {
  if (!hasConditions(route) || !route.gateways.includes('kong')) return;
  const used = [session?.path, ...Object.values(blueprint.services).map(({ authentication }) => authentication.session?.path)];
  const doors: readonly Door[] = [
    ...used.flatMap((path): readonly Door[] => (path === undefined ? [] : [{ path: `${path}/callback`, methods: ['GET', 'POST'], regex: DOOR_PRIORITY.service }])),
    ...(token.storage === 'gateway-cookie' ? [{ path: SESSION_PATH, methods: ['POST', 'DELETE', 'OPTIONS'], regex: DOOR_PRIORITY.gateway } as const] : []),
  ];
  const door = doors.find(({ path, methods, regex }) => fitsPath(route.path, path) && methods.some((method) => route.methods.includes(method)) && mayGoBefore(route, { regex }));
  if (door !== undefined)
    findings.add('BLUEPRINT_ROUTE_OVERLAP', pathOf(route, 'match'), `${matchText(route)} would take ${door.path}, where people sign in: by its ${route.hosts.length > 0 ? 'hosts' : 'headers'} Kong asks it first`, { hint: 'match a path that leaves it out' });
};

/** A browser's question before a request carries none of its headers (Fetch, CORS-preflight). */
const checkPreflight = ({ findings }: Context, { authentication: { origins } }: Service, route: Route, answering: (route: Route) => Route | undefined): void => {
  if (origins.length === 0 || Object.keys(route.headers).length === 0 || !route.gateways.includes('kong') || route.methods.every((method) => method === 'OPTIONS')) return;
  if (answering(route)?.service !== route.service)
    findings.add(CODE, pathOf(route, 'headers'), "pages of other origins could not ask for it: a browser's preflight carries none of these headers, and no route would answer it", {
      hint: `declare ${route.path} without the headers as well, or state that no page asks: authentication.origins: []`,
    });
};

/** The route that such a question becomes. It is one for all routes of a path and a host, and no route that is known by a header takes it. */
const preflightOf = ({ id }: Service, atKong: readonly Route[]): ((route: Route) => Route | undefined) => {
  const asked = new Map<string, Route | undefined>();
  const bare = atKong.filter(({ headers }) => Object.keys(headers).length === 0).map((one) => (one.service === id ? { ...one, methods: [...one.methods, 'OPTIONS' as const] } : one));
  return (route) => {
    const { host } = aboutLike(route, atKong);
    const path = route.path.replaceAll(/\{[^{}]+\}|\*\*/g, '42');
    const question = `${host ?? ''} ${path}`;
    if (!asked.has(question)) asked.set(question, routeOf(bare, 'OPTIONS', path, { host }));
    return asked.get(question);
  };
};
