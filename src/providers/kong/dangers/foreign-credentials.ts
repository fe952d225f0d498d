import type { Danger, Desired, Live } from '../../../core/resource.ts';
import { kong } from '../specs/index.ts';
import type { JwtSecretSpec, PluginSpec, RouteSpec } from '../specs/index.ts';
import { isPlugin } from '../specs/plugin-config.ts';
import { covers } from './gateway.ts';
import type { Gateway } from './gateway.ts';

/**
 * Credentials of somebody else that let tokens in. The jwt plugin looks a key up over all consumers, and takes issuer and audience from the
 * token: who holds any registered key can sign a token that our routes accept, unless a plugin of ours also asks for the consumer.
 */
export function* foreignCredentials({ wanted, live, ours }: Gateway): Generator<Danger> {
  const all = [...wanted.values()];
  const plugins = all.filter(kong.plugin.is);
  const verifying = plugins.filter((plugin) => isPlugin('jwt', plugin));
  const first = verifying[0];
  if (first === undefined) return;
  const accepted = new Set(plugins.flatMap((plugin) => (isPlugin('authctl-token-guard', plugin) ? (plugin.spec.config.algorithms ?? []) : [])).map(String));
  const keys = new Map(all.filter(kong.jwtSecret.is).map((object) => [String(object.spec.key), object]));
  const consumers = new Set(all.filter(kong.consumer.is).map(({ id }) => id));
  const routes = all.filter(kong.route.is);
  const open = verifying.find((jwt) => takesAnyConsumer(jwt.spec, routes, plugins, consumers));

  const harm = ({ spec }: Live<JwtSecretSpec>): string | undefined => {
    const key = String(spec.key);
    if (keys.has(key)) return `holds the key "${key}" that the blueprint needs for its own consumer`;
    if (consumers.has(spec.consumer.username ?? '')) return 'is an extra credential of our consumer: its holder can sign tokens that our routes accept';
    const fits = accepted.size === 0 || accepted.has(String(spec.algorithm));
    return fits && open ? `is accepted by ${open.id}, which asks for no consumer: its holder can sign tokens that our routes accept` : undefined;
  };
  // What carries a mark is planned by its blueprint: a key just retired here, or the keys of another realm.
  for (const credential of live.filter(kong.jwtSecret.is).filter((one) => !ours(one) && one.owner === undefined)) {
    const what = harm(credential);
    const origin = (keys.get(String(credential.spec.key)) ?? first).origin;
    if (what) yield { kind: credential.kind, id: credential.id, effect: 'opens', what, origin, hint: 'find out who made it, then delete it' };
  }
}

type Route = Desired & { readonly spec: RouteSpec };
type Plugin = Desired & { readonly spec: PluginSpec };

/** True when one of our routes behind this jwt plugin does not care whose credential verified the token. */
const takesAnyConsumer = (jwt: PluginSpec, routes: readonly Route[], plugins: readonly Plugin[], ourConsumers: ReadonlySet<string>): boolean =>
  routes.some((route) => {
    const service = typeof route.spec.service?.name === 'string' ? { id: route.spec.service.name } : undefined;
    if (!covers(jwt, route, service)) return false;
    const here = plugins.filter(({ spec }) => spec.enabled !== false && covers(spec, route, service));
    // The closest one of a name is in force.
    const guards = here.filter((plugin) => isPlugin('authctl-scope-guard', plugin));
    const guard = guards.find(({ spec }) => spec.route != null) ?? guards.find(({ spec }) => spec.service != null) ?? guards[0];
    const pinned = guard !== undefined && (guard.spec.config.deny_all === true || ourConsumers.has(guard.spec.config.consumer_username ?? ''));
    return !pinned && !here.some(({ spec }) => spec.name === 'acl');
  });
