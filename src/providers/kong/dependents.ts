import type { Dependent, Live } from '../../core/resource.ts';
import { addressOf } from '../../core/resource.ts';
import { vaultsOf } from './reach/around.ts';
import { kong } from './specs/index.ts';

/**
 * Rows of others that stand on rows of ours: a route would lose the plugins of its service, and Kong does not delete a service with a route;
 * a plugin goes with its consumer, a key with its set, and what uses an upstream, a certificate or a vault breaks without. What hangs on a route, service or consumer of ours
 * and guards nothing else (its plugins, its credentials) goes with it.
 */
export const dependentsOf = (deleted: readonly Live[], staying: readonly Live[]): readonly Dependent[] => [
  ...onServices(deleted, staying),
  ...onPlugins(deleted, staying),
  ...onConsumers(deleted, staying),
  ...onUpstreams(deleted, staying),
  ...onCertificates(deleted, staying),
  ...onKeySets(deleted, staying),
  ...onVaults(deleted, staying),
];

type Find = (deleted: readonly Live[], staying: readonly Live[]) => readonly Dependent[];

const needs = (of: Live, dependents: readonly Live[], harm: string): readonly Dependent[] =>
  dependents.map((one) => ({ of: addressOf(of), dependent: addressOf(one), harm }));

/** Routes that somebody else put on a service of ours. Those of the blueprint that stay are on services that stay. */
const routesOn = (staying: readonly Live[], service: string, owner: string | undefined): readonly Live[] =>
  staying.filter(kong.route.is).filter((route) => route.spec.service?.name === service && route.owner !== owner);

const onServices: Find = (deleted, staying) =>
  deleted.filter(kong.service.is).flatMap((service) => needs(service, routesOn(staying, service.id, service.owner), 'is a route on it, and would lose every plugin that stands on it'));

const onPlugins: Find = (deleted, staying) =>
  deleted.filter(kong.plugin.is).flatMap((plugin) => {
    const { service, route, consumer, name } = plugin.spec;
    const theirs = staying.filter(({ owner }) => owner !== plugin.owner);
    const scoped = (kind: { readonly kind: string }, id: string | null | undefined): readonly Live[] =>
      theirs.filter((one) => one.kind === kind.kind && one.id === id);
    const harm = `would no longer have ${name} before it`;
    if (typeof route?.name === 'string') return needs(plugin, scoped(kong.route, route.name), harm);
    // A service alone is reached by nobody.
    if (typeof service?.name === 'string') return needs(plugin, routesOn(staying, service.name, plugin.owner), harm);
    if (typeof consumer?.username === 'string') return needs(plugin, scoped(kong.consumer, consumer.username), harm);
    // It stands before every route of this Kong.
    return needs(plugin, theirs.filter(kong.route.is), harm);
  });

const onConsumers: Find = (deleted, staying) =>
  deleted.filter(kong.consumer.is).flatMap((consumer) =>
    needs(
      consumer,
      staying.filter(kong.plugin.is).filter((one) => one.owner !== consumer.owner && one.spec.consumer?.username === consumer.id),
      'is for this consumer, and would be deleted with it',
    ),
  );

const onUpstreams: Find = (deleted, staying) =>
  deleted.filter(kong.upstream.is).flatMap((upstream) => {
    const theirs = staying.filter(({ owner }) => owner !== upstream.owner);
    return needs(upstream, theirs.filter(kong.service.is).filter(({ spec }) => spec.host === upstream.id), 'sends its requests to it');
  });

const onCertificates: Find = (deleted, staying) =>
  deleted.flatMap((one) => {
    const { id } = one.spec;
    if (![kong.certificate.kind, kong.caCertificate.kind].includes(one.kind) || typeof id !== 'string') return [];
    return needs(one, staying.filter((other) => other.owner !== one.owner && mentions(other.spec, id)), 'uses it');
  });

/** Kong deletes the keys of a set with it. (kong/db/schema/entities/keys.lua, `on_delete` of `set`) */
const onKeySets: Find = (deleted, staying) =>
  deleted.filter(kong.keySet.is).flatMap((set) =>
    needs(
      set,
      staying.filter(kong.key.is).filter((one) => one.owner !== set.owner && one.spec.set?.name === set.id),
      'is a key in this set, and would be deleted with it',
    ),
  );

/** Without its vault a reference gives nothing: an address, a password or a key that a guard of theirs has from there is empty. */
const onVaults: Find = (deleted, staying) =>
  deleted.filter(kong.vault.is).flatMap((vault) =>
    needs(
      vault,
      staying.filter((one) => one.owner !== vault.owner && vaultsOf(one).includes(vault.id)),
      'has a value from this vault, and would have none',
    ),
  );

/** Certificates are pointed at by their ids alone, which occur nowhere else. */
const mentions = (value: unknown, id: string): boolean =>
  value === id || (typeof value === 'object' && value !== null && Object.values(value).some((item: unknown) => mentions(item, id)));
