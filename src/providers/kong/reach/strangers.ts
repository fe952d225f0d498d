import { textsOf } from '../../../core/json.ts';
import { addressOf } from '../../../core/resource.ts';
import { kong } from '../specs/index.ts';
import { vaultsIn } from './around.ts';
import type { Finding, Gateway } from './gateway.ts';
import { referenceOf, rowIdOf } from './objects.ts';
import { hostTest } from './router.ts';

/** Names for which somebody else's certificate is shown to our clients. */
export function* foreignNames({ live, ours, hosts, tls, origin }: Gateway): Generator<Finding> {
  if (!tls) return;
  const shown = new Map(live.filter(kong.certificate.is).map((one) => [rowIdOf(one), [one.spec.cert ?? null, one.spec.cert_alt ?? null]]));
  for (const sni of live.filter(kong.sni.is)) {
    const host = ours(sni) ? undefined : hosts.find((one) => sni.id === '*' || hostTest(sni.id)(one));
    if (host === undefined) continue;
    yield {
      kind: sni.kind,
      id: sni.id,
      effect: 'exposes',
      what: `clients of ${host} are shown the certificate of ${sni.id}, whose key somebody else holds: whoever has it can be ${host} to them`,
      origin,
      hint: 'delete the name, or take its certificate into the blueprint',
      seen: [sni.spec, ...(shown.get(String(sni.spec.certificate?.id)) ?? [])],
    };
  }
}

/** Keys that somebody else put into a set of ours: a plugin that takes the set takes each of them. */
export function* foreignSetKeys({ live, ours, wanted }: Gateway): Generator<Finding> {
  for (const key of live.filter(kong.key.is)) {
    const set = ours(key) || key.spec.set == null ? undefined : wanted.get(kong.keySet.address(referenceOf(key.spec.set)));
    if (set === undefined) continue;
    yield {
      kind: key.kind,
      id: key.id,
      effect: 'opens',
      what: `is a key of our set ${set.id} (kid ${String(key.spec.kid)}): what its holder signs is good wherever a plugin takes the set`,
      origin: set.origin,
      hint: 'find out who made it, then delete it, or take it into the blueprint (raw.kong.entities.keys)',
      seen: [key.spec],
    };
  }
}

/** Vaults of others that values of ours come from. */
export function* foreignVaults({ live, ours, wanted }: Gateway): Generator<Finding> {
  const users = vaultsIn([...wanted.values()]);
  for (const vault of live.filter(kong.vault.is)) {
    const user = ours(vault) ? undefined : users.get(vault.id);
    if (user === undefined) continue;
    yield {
      kind: vault.kind,
      id: vault.id,
      effect: 'weakens',
      what: `gives ${addressOf(user)} a value that the blueprint refers to: whoever changes it, or where it leads (${String(vault.spec.name)}), changes what that object does`,
      origin: user.origin,
      hint: 'take the vault into the blueprint (raw.kong.entities.vaults), or accept it',
      seen: [vault.spec],
    };
  }
}

/** Filters that run on requests of ours. */
export function* foreignFilters({ filterChains, ourRoutes, origin }: Gateway): Generator<Finding> {
  for (const { id, route, service, filters, row } of filterChains) {
    const first = ourRoutes.find((one) => (route === undefined || one.id === route) && (service === undefined || (one.spec.service != null && referenceOf(one.spec.service) === service)));
    if (first === undefined) continue;
    yield {
      kind: 'kong.filter_chain',
      id,
      effect: 'opens',
      what: `${filters.join(', ')} on ${[route, service].filter((one) => one !== undefined).join(' and ') || 'every route'} runs code on every request, with its tokens in hand`,
      origin,
      hint: 'delete or disable the chain, or accept it',
      seen: [row],
    };
  }
}

/** Credentials of other people's consumers that a guard of ours takes. */
export function* strangersLetIn(gateway: Gateway): Generator<Finding> {
  const { wanted, live, ours, ourRoutes, inForce } = gateway;
  const groupsOf = groupsIn(gateway);
  const credentials = [
    ...live.filter(kong.keyAuth.is).map((one) => ['key-auth', one] as const),
    ...live.filter(kong.basicAuth.is).map((one) => ['basic-auth', one] as const),
    ...live.filter(kong.hmacAuth.is).map((one) => ['hmac-auth', one] as const),
  ];
  for (const [name, credential] of credentials) {
    const holder = referenceOf(credential.spec.consumer);
    // What hangs on a consumer of ours is told by itself.
    if (ours(credential) || wanted.has(kong.consumer.address(holder))) continue;
    const open = ourRoutes.find((route) => {
      const place = { route: route.id, service: route.spec.service == null ? undefined : referenceOf(route.spec.service) };
      const guard = inForce.at(name, place);
      const acl = inForce.at('acl', place);
      return guard !== undefined && ours(guard) && (acl === undefined || admits(acl.spec.config ?? {}, groupsOf(holder)));
    });
    if (open === undefined) continue;
    yield {
      kind: credential.kind,
      id: credential.id,
      effect: 'opens',
      what: `is taken on ${open.id} by ${name}, whosever consumer it belongs to: its holder gets through as ${holder}`,
      origin: wanted.get(addressOf(open))?.origin ?? gateway.origin,
      hint: 'find out who made it, then delete it, or ask for a group by acl',
      seen: [credential.spec],
    };
  }
}

/** The groups of acl that a consumer is in. */
export const groupsIn = ({ live }: Pick<Gateway, 'live'>): ((consumer: string) => readonly string[]) => {
  const memberships = live.filter(kong.acl.is);
  return (consumer) => memberships.filter(({ spec }) => referenceOf(spec.consumer) === consumer).map(({ spec }) => String(spec.group));
};

export const admits = (config: { readonly allow?: unknown; readonly deny?: unknown }, groups: readonly string[]): boolean => {
  const [allow, deny] = [textsOf(config.allow), textsOf(config.deny)];
  return allow.length > 0 ? groups.some((group) => allow.includes(group)) : !groups.some((group) => deny.includes(group));
};
