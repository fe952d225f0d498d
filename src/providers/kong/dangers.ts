import type { Danger, Desired, Live, Spec, SpecValue } from '../../core/resource.ts';
import { addressOf } from '../../core/resource.ts';
import { extrasOf } from './extras.ts';

/** Plugins that let a request through only with a token that the gateway itself has verified. */
const TOKEN_PLUGINS = new Set([
  'jwt',
  'openid-connect',
  'authctl-token-guard',
  'authctl-phantom-token',
  'oauth2-introspection',
  'jwt-signer',
]);
/** Plugins that answer in the upstream's place, run code, or change what the upstream or the later plugins see. */
const INTERFERING = new Set([
  'pre-function',
  'post-function',
  'request-termination',
  'request-transformer',
  'request-transformer-advanced',
  'response-transformer',
  'response-transformer-advanced',
  'route-transformer-advanced',
  'exit-transformer',
  'forward-proxy',
  'mocking',
  'aws-lambda',
  'azure-functions',
  'openwhisk',
  'degraphql',
  'canary',
]);

interface Gateway {
  readonly wanted: ReadonlyMap<string, Desired>;
  readonly of: (kind: string) => readonly Live[];
  readonly ours: (live: Live) => boolean;
}

/** What somebody else put on the gateway that undoes what the blueprint protects. Reads nothing: works on what `list` returned. */
export const dangersOf = (desired: readonly Desired[], live: readonly Live[]): readonly Danger[] => {
  const wanted = new Map(desired.filter(({ kind }) => kind.startsWith('kong.')).map((object) => [addressOf(object), object]));
  if (wanted.size === 0) return [];
  const gateway: Gateway = {
    wanted,
    of: (kind) => live.filter((object) => object.kind === kind),
    ours: (object) => wanted.has(addressOf(object)),
  };
  return [...waysAround(gateway), ...foreignPlugins(gateway), ...foreignCredentials(gateway), ...extrasOf(wanted, live)];
};

const text = (spec: Spec, reference: string, field: string): string | undefined =>
  (spec[reference] as Spec | null | undefined)?.[field] as string | undefined;
const upstreamOf = ({ protocol, host, port }: Spec): string => `${String(protocol)}://${String(host).toLowerCase()}:${String(port)}`;

/** A route of somebody else to an upstream of ours, that no token plugin stands before. */
function* waysAround({ wanted, of, ours }: Gateway): Generator<Danger> {
  const protectedUpstreams = new Map(
    [...wanted.values()].filter(({ kind }) => kind === 'kong.service').map((service) => [upstreamOf(service.spec), service]),
  );
  const services = new Map(of('kong.service').map((service) => [service.id, service]));
  const guards = of('kong.plugin').filter(isTokenCheck);
  for (const route of of('kong.route')) {
    const service = services.get(text(route.spec, 'service', 'name') ?? `#${String(text(route.spec, 'service', 'id'))}`);
    if (ours(route) || service === undefined || service.spec.enabled === false) continue;
    const target = protectedUpstreams.get(upstreamOf(service.spec));
    const guarded = guards.some(({ spec }) => covers(spec, route, service));
    if (target && !guarded)
      yield {
        kind: 'kong.route',
        id: route.id,
        what: `reaches ${upstreamOf(service.spec)}, the upstream of ${target.id}, without a token plugin`,
        origin: target.origin,
        hint: 'delete the route, put a token plugin on it, or take it into the blueprint',
      };
  }
}

const isTokenCheck = ({ spec }: Live): boolean => {
  const config = spec.config as Spec | null;
  return spec.enabled !== false && TOKEN_PLUGINS.has(String(spec.name)) && (config?.anonymous ?? null) === null && config?.public !== true;
};

const covers = (plugin: Spec, route: Live, service: Live): boolean => {
  if (plugin.consumer != null) return false;
  if (plugin.route != null) return names(plugin.route, route);
  return plugin.service == null || names(plugin.service, service);
};
const names = (reference: SpecValue, live: Live): boolean => {
  const { name, id } = reference as Spec;
  return name === undefined ? live.id === `#${String(id)}` : name === live.id;
};

/** A plugin of somebody else on our routes: the closest one of a name replaces ours, some answer or rewrite, some let anybody in. */
function* foreignPlugins({ wanted, of, ours }: Gateway): Generator<Danger> {
  const all = [...wanted.values()];
  const ourPlugins = new Set(all.filter(({ kind }) => kind === 'kong.plugin').map(({ spec }) => String(spec.name)));
  for (const plugin of of('kong.plugin')) {
    const { spec } = plugin;
    if (ours(plugin) || spec.enabled === false) continue;
    const place = placeOf(spec, wanted);
    const name = String(spec.name);
    const harm = harmOf(name, spec, ourPlugins);
    if (place && harm)
      yield {
        kind: 'kong.plugin',
        id: plugin.id,
        what: `${name} ${place.words} ${harm}`,
        origin: place.origin,
        hint: 'delete or disable it, or take it into the blueprint',
      };
  }
}

const placeOf = (spec: Spec, wanted: Gateway['wanted']): { readonly words: string; readonly origin: Desired['origin'] } | undefined => {
  const scopes = (['route', 'service', 'consumer'] as const).filter((scope) => spec[scope] != null);
  if (scopes.length === 0) {
    const first = [...wanted.values()].find(({ kind }) => kind === 'kong.route') ?? [...wanted.values()][0];
    return first && { words: 'on every route', origin: first.origin };
  }
  const held = scopes.map((scope) => wanted.get(`kong.${scope}/${String(text(spec, scope, scope === 'consumer' ? 'username' : 'name'))}`));
  // A plugin runs only where all of its scopes meet: one that is not ours means that it does not run on ours.
  const first = held[0];
  return first && held.every((object) => object !== undefined)
    ? { words: `on ${held.map((object) => object?.id).join(' and ')}`, origin: first.origin }
    : undefined;
};

const harmOf = (name: string, spec: Spec, ourPlugins: ReadonlySet<string>): string | undefined => {
  const scoped = ['route', 'service', 'consumer'].some((scope) => spec[scope] != null);
  if (((spec.config as Spec | null)?.anonymous ?? null) !== null)
    return 'lets a request without a valid token through as an anonymous consumer';
  if (ourPlugins.has(name) && scoped) return 'replaces the plugin of the same name that the blueprint put there';
  if (INTERFERING.has(name)) return 'answers or rewrites requests that the blueprint protects';
  return undefined;
};

/**
 * Credentials of somebody else that let tokens in. The jwt plugin looks a key up over all consumers, and takes issuer and audience from the
 * token: who holds any registered key can sign a token that our routes accept, unless a plugin of ours also asks for the consumer.
 */
function* foreignCredentials({ wanted, of, ours }: Gateway): Generator<Danger> {
  const all = [...wanted.values()];
  const plugins = all.filter(({ kind }) => kind === 'kong.plugin');
  const jwt = plugins.find(({ spec }) => spec.name === 'jwt');
  if (jwt === undefined) return;
  const accepted = new Set(
    plugins
      .filter(({ spec }) => spec.name === 'authctl-token-guard')
      .flatMap(({ spec }) => ((spec.config as Spec).algorithms as string[] | undefined) ?? []),
  );
  const pinned = plugins.some(
    ({ spec }) => spec.name === 'acl' || (spec.name === 'authctl-scope-guard' && (spec.config as Spec).consumer != null),
  );
  const keys = new Map(all.filter(({ kind }) => kind === 'kong.jwt_secret').map((object) => [String(object.spec.key), object]));
  const consumers = new Set(all.filter(({ kind }) => kind === 'kong.consumer').map(({ id }) => id));

  const harm = (credential: Live): string | undefined => {
    const key = String(credential.spec.key);
    if (keys.has(key)) return `holds the key "${key}" that the blueprint needs for its own consumer`;
    if (consumers.has(text(credential.spec, 'consumer', 'username') ?? ''))
      return 'is an extra credential of our consumer: its holder can sign tokens that our routes accept';
    const fits = accepted.size === 0 || accepted.has(String(credential.spec.algorithm));
    return fits && !pinned
      ? `is accepted by ${jwt.id}, which asks for no consumer: its holder can sign tokens that our routes accept`
      : undefined;
  };
  // What carries a mark is planned by its blueprint: a key just retired here, or the keys of another realm.
  for (const credential of of('kong.jwt_secret').filter((live) => !ours(live) && live.owner === undefined)) {
    const what = harm(credential);
    const origin = (keys.get(String(credential.spec.key)) ?? jwt).origin;
    if (what) yield { kind: 'kong.jwt_secret', id: credential.id, what, origin, hint: 'find out who made it, then delete it' };
  }
}
