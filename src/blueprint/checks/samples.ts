import { aboutLike, asSent, literalsOf, routeOf, writeOf } from '../../access/routing.ts';
import { sampleOf } from '../../access/sample.ts';
import type { Path } from '../tree.ts';
import type { Route, Service } from '../types.ts';
import type { Context } from './context.ts';

/** Names under which credentials travel. A token in a sample would go with attacks that have none, and stand in a file that is committed. */
export const SECRET_LIKE = /authorization|authenticat|cookie|token|secret|passw|credential|session|api[-_]?key|jwt|signature|(^|[-_])auth([-_]|$)/i;
/** What belongs to the connection, to the request line, or to verify. */
export const SET_ANYWAY = /^(host|origin|content-length|content-encoding|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|x-authctl-.*|x-(http-)?method(-override)?)$/i;

export const variablesOf = ({ path }: Route): readonly string[] => [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name);

type Sampled = NonNullable<Service['sample']>;

export const checkServiceSample = (context: Context, { id, sample, routes }: Service): void => {
  if (!sample) return;
  const at = ['services', id, 'sample'];
  const variables = new Set(routes.flatMap(variablesOf));
  checkVariables(context, at, sample, [...variables], `no route of "${id}"`);
  checkNames(context, at, sample);
};

export const checkRouteSample = (context: Context, service: Service, route: Route): void => {
  const { sample } = route;
  checkOwnPath(context, service, route);
  if (!sample) return;
  const { findings } = context;
  const at = ['services', route.service, 'routes', route.id, 'sample'];
  const matches = service.routes.filter(({ id }) => id === route.id);
  checkVariables(context, at, sample, matches.flatMap(variablesOf), matches.length > 1 ? 'no path of the route' : `the path ${route.path}`);
  checkNames(context, at, sample);
  for (const name of Object.keys(sample.headers).filter((one) => Object.keys(route.headers).some((stated) => stated.toLowerCase() === one.toLowerCase())))
    findings.add('BLUEPRINT_SAMPLE', [...at, 'headers', name], `the route is known by the header ${name}, which verify sends anyway`, { side: 'key', hint: 'remove it' });
  if (route.ownedBy !== undefined && Object.hasOwn(sample.path, route.ownedBy) && Object.keys(service.objects).length > 0)
    findings.add('BLUEPRINT_SAMPLE', [...at, 'path', route.ownedBy], `"${route.ownedBy}" names an object that somebody owns, so its values are those of objects`, {
      side: 'key',
      hint: `remove it, or state the object: services.${service.id}.objects`,
    });
  if (sample.body !== undefined && matches.every((one) => writeOf(one) === undefined))
    findings.add('BLUEPRINT_SAMPLE', [...at, 'body'], `a ${route.method} has no body`, { side: 'key', expected: 'a body with POST, PUT, PATCH or DELETE alone' });
};

/** With its values the path must still be this route's: one that is more literal would answer, and be judged by what this one demands. */
const checkOwnPath = ({ blueprint, findings }: Context, service: Service, route: Route): void => {
  const own = Object.keys(route.sample?.path ?? {}).length > 0;
  const values = sampleOf(service, route).path;
  const filled = route.path.replaceAll(/\{([^{}]+)\}/g, (variable, name: string) => values[name] ?? variable);
  if (filled === route.path) return;
  const rival = routeOf(Object.values(blueprint.services).flatMap(({ routes }) => routes), route.method, asSent(filled), aboutLike(route));
  if (rival && literalsOf(rival.path) > literalsOf(route.path))
    findings.add('BLUEPRINT_SAMPLE', ['services', service.id, ...(own ? ['routes', route.id] : []), 'sample', 'path'], `${filled} is ${rival.service}.${rival.id}, not ${service.id}.${route.id}`, {
      hint: 'name an object by a value that is no path of another route',
    });
};

const checkVariables = ({ findings }: Context, at: Path, { path }: Sampled, variables: readonly string[], whose: string): void => {
  for (const name of Object.keys(path).filter((one) => !variables.includes(one)))
    findings.add('BLUEPRINT_SAMPLE', [...at, 'path', name], `${whose} has ${whose.startsWith('no ') ? 'a' : 'no'} variable "${name}"`, {
      side: 'key',
      expected: variables.length > 0 ? `one of ${variables.join(', ')}` : undefined,
    });
};

const checkNames = ({ findings }: Context, at: Path, { headers, query }: Sampled): void => {
  for (const [where, names] of [['headers', Object.keys(headers)], ['query', Object.keys(query)]] as const)
    for (const name of names) {
      if (SECRET_LIKE.test(name))
        findings.add('BLUEPRINT_SAMPLE', [...at, where, name], `"${name}" looks like a credential, which a sample does not hold`, {
          side: 'key',
          hint: 'verify signs in by itself, as the personas do',
        });
      else if (where === 'headers' && SET_ANYWAY.test(name))
        findings.add('BLUEPRINT_SAMPLE', [...at, where, name], `the header ${name} is not a sample's to set`, { side: 'key', hint: 'remove it' });
    }
  const spelled = Object.keys(headers).map((name) => name.toLowerCase());
  for (const name of Object.keys(headers).filter((one, index) => spelled.indexOf(one.toLowerCase()) < index))
    findings.add('BLUEPRINT_SAMPLE', [...at, 'headers', name], `the header ${name} is stated twice: its name has no case`, { side: 'key', hint: 'keep one of the two' });
};
