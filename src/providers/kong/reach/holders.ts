import { textOf } from '../../../core/json.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { groupBy } from '../../../core/collections.ts';
import { kong } from '../specs/index.ts';
import type { JwtSecretSpec, PluginSpec, RouteSpec } from '../specs/index.ts';
import { isPlugin } from '../specs/plugin-config.ts';
import { furtherIn, isWithin } from '../specs/further.ts';
import type { Finding, Gateway } from './gateway.ts';
import { referenceOf } from './objects.ts';
import { admits, groupsIn } from './strangers.ts';

/**
 * Credentials of somebody else that let tokens in. The jwt plugin looks a key up over all consumers, and takes issuer and audience from the
 * token: who holds any registered key can sign a token that our routes accept, unless a plugin of ours also asks for the consumer.
 */
export function* foreignKeys({ wanted, live, ours, name }: Gateway): Generator<Finding> {
  const all = [...wanted.values()];
  const plugins = all.filter(kong.plugin.is);
  const verifying = plugins.filter((plugin) => isPlugin('jwt', plugin));
  const first = verifying[0];
  if (first === undefined) return;
  const accepted = new Set(plugins.flatMap((plugin) => (isPlugin('authctl-token-guard', plugin) ? (plugin.spec.config.algorithms ?? []) : [])).map(String));
  const keys = new Map(all.filter(kong.jwtSecret.is).map((object) => [String(object.spec.key), object]));
  const consumers = new Set(all.filter(kong.consumer.is).map(({ id }) => id));
  const groupsOf = groupsIn({ live });
  const routes = all.filter(kong.route.is);
  const hasGroups = plugins.some((plugin) => plugin.spec.name === 'acl');
  const forNobodysGroups = routeForAnybody(routes, plugins, consumers, []);

  const harm = ({ spec }: Live<JwtSecretSpec>): Pick<Finding, 'effect' | 'what'> | undefined => {
    const key = String(spec.key);
    if (keys.has(key)) return { effect: 'breaks', what: `holds the key "${key}" that the blueprint needs for its own consumer: tokens that it has signed are refused` };
    if (consumers.has(spec.consumer.username ?? '')) return { effect: 'opens', what: 'is an extra credential of our consumer: its holder can sign tokens that our routes accept' };
    const fits = accepted.size === 0 || accepted.has(String(spec.algorithm));
    const groups = hasGroups ? groupsOf(referenceOf(spec.consumer)) : [];
    const open = fits && groups.length > 0 ? routeForAnybody(routes, plugins, consumers, groups) : forNobodysGroups;
    return fits && open ? { effect: 'opens', what: `is accepted by ${open}, which asks for no consumer: its holder can sign tokens that our routes accept` } : undefined;
  };
  // What carries our own mark is planned: a key that was just retired goes with the next apply.
  for (const credential of live.filter(kong.jwtSecret.is).filter((one) => !ours(one) && one.owner !== name)) {
    const found = harm(credential);
    const origin = (keys.get(String(credential.spec.key)) ?? first).origin;
    if (found) yield { kind: credential.kind, id: credential.id, ...found, origin, hint: 'find out who made it, then delete it', seen: [credential.spec] };
  }
}

type Route = Desired & { readonly spec: RouteSpec };
type Plugin = Desired & { readonly spec: PluginSpec };

/** The jwt plugin before one of our routes that does not care whose credential verified the token. */
const routeForAnybody = (routes: readonly Route[], plugins: readonly Plugin[], ourConsumers: ReadonlySet<string>, groups: readonly string[]): string | undefined => {
  const standing = plugins.filter(({ spec }) => spec.enabled !== false && spec.consumer == null);
  const onRoute = groupBy(standing.filter(({ spec }) => spec.route != null), ({ spec }) => referenceOf(spec.route ?? {}));
  const onService = groupBy(standing.filter(({ spec }) => spec.route == null && spec.service != null), ({ spec }) => referenceOf(spec.service ?? {}));
  const everywhere = standing.filter(({ spec }) => spec.route == null && spec.service == null);
  for (const { id, spec } of routes) {
    // The closest one of a name is in force.
    const here = [...(onRoute.get(id) ?? []), ...(spec.service == null ? [] : (onService.get(referenceOf(spec.service)) ?? [])), ...everywhere];
    const jwt = here.find((plugin) => isPlugin('jwt', plugin));
    const acl = here.find((plugin) => plugin.spec.name === 'acl');
    if (jwt === undefined || (acl && !admits(acl.spec.config ?? {}, groups))) continue;
    const guard = here.find((plugin) => isPlugin('authctl-scope-guard', plugin));
    const pinned = guard !== undefined && (guard.spec.config.deny_all === true || ourConsumers.has(guard.spec.config.consumer_username ?? ''));
    if (!pinned) return jwt.id;
  }
  return undefined;
};

/** What somebody else hung on a consumer of ours: each lets in what the blueprint gave to nobody. */
export function* additions({ wanted, live, ours }: Gateway): Generator<Finding> {
  for (const object of live) {
    if (ours(object)) continue;
    const isCredential = kong.keyAuth.is(object) || kong.basicAuth.is(object) || kong.hmacAuth.is(object);
    if (!isCredential && !kong.acl.is(object)) continue;
    const consumer = wanted.get(kong.consumer.address(referenceOf(object.spec.consumer)));
    if (consumer === undefined) continue;
    yield {
      kind: object.kind,
      id: object.id,
      effect: 'opens',
      what: isCredential
        ? `is an extra credential of our consumer ${consumer.id}: its holder is let in as it`
        : `puts our consumer ${consumer.id} into a group that the blueprint does not`,
      origin: consumer.origin,
      hint: 'find out who made it, then delete it, or take it into the blueprint',
      seen: [object.spec],
    };
  }
}

/** Guards of ours that take the keys of somebody else: whoever publishes there signs tokens that our routes accept. */
export function* foreignKeySets({ wanted: all, live, ours }: Gateway): Generator<Finding> {
  for (const plugin of live.filter(kong.plugin.is).filter((one) => isPlugin('authctl-token-guard', one))) {
    const stated = all.get(addressOf(plugin));
    const { keys, jwks_url: address, public: open } = plugin.spec.config ?? {};
    if (stated === undefined || !ours(plugin) || !isPlugin('authctl-token-guard', stated) || keys !== 'followed' || open === true) continue;
    const found = { kind: plugin.kind, id: plugin.id, effect: 'opens', origin: stated.origin, hint: 'authctl apply puts it right; find out who changed it' } as const;
    const wanted = stated.spec.config;
    const known = furtherIn(wanted);
    for (const one of furtherIn(plugin.spec.config ?? {}))
      if (!known.some((other) => isWithin(one, other)))
        yield { ...found, what: `takes tokens of ${one.issuer} for ${one.audiences.join(' and ')} by the keys that are published at ${one.keys}: whoever publishes there gets in by our routes`, seen: [one.issuer, one.keys, ...one.audiences] };
    if (wanted.keys === 'followed' && wanted.jwks_url === address) continue;
    yield { ...found, what: `takes the keys that are published at ${textOf(address)}: whoever publishes there signs tokens that our routes accept`, seen: [address ?? null] };
  }
}
