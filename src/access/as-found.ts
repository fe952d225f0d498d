import type { Blueprint, Gateway, Persona, RealmClient, Route, Scope, Service } from '../blueprint/types.ts';
import { record } from '../blueprint/tree.ts';
import type { Plan } from '../core/plan.ts';
import { changesOf } from '../core/plan.ts';
import { addressOf } from '../core/resource.ts';
import type { Address, Spec } from '../core/resource.ts';
import { kong } from '../providers/kong/specs/index.ts';
import { kongName } from '../providers/kong/specs/marks.ts';
import { CLOSED_SCOPE, kongVerifies } from './decides.ts';

/** Who could do what before a plan is carried out. */
export interface AsFound {
  /** The blueprint with the scopes, roles, people and routes of one gateway as the live targets have them. */
  readonly blueprint: Blueprint;
  /** The policy in force, by file; empty when there is none. */
  readonly policy: Readonly<Record<string, string>>;
  /** Routes (`orders.list`) whose gateway asks no policy now, though it should. */
  readonly unasked: ReadonlySet<string>;
}

/**
 * The inverse of `expand`, as far as access goes: what a blueprint would say if the live objects of the plan were written down. An object
 * that is not there gives nothing to anybody: a missing route is closed, a person without an account cannot sign in.
 */
export const asFound = (blueprint: Blueprint, plan: Plan, gateway: Gateway): AsFound => {
  const live = liveIn(plan);
  const { realm } = blueprint;
  const at = (kind: string, name: string): Spec | undefined => live.get(`${kind}/${realm.name}/${name}`);
  const routes = Object.values(blueprint.services).map((service) => [service.id, routesAsFound(blueprint, service, gateway, live)] as const);
  return {
    blueprint: {
      ...blueprint,
      realm: {
        ...realm,
        roles: mapped(realm.roles, (role, name) => ({ ...role, includes: strings(at('keycloak.role', name)?.composites) })),
        scopes: mapped(realm.scopes, (scope, name) => scopeAsFound(scope, at('keycloak.client-scope', name))),
        clients: mapped(realm.clients, (client, id) => clientAsFound(client, at('keycloak.client', id))),
      },
      personas: record(
        Object.entries(blueprint.personas).flatMap(([name, persona]): readonly (readonly [string, Persona])[] => {
          const spec = at('keycloak.user', name);
          return spec === undefined || spec.enabled === false ? [] : [[name, { ...persona, roles: strings(spec.realmRoles) }]];
        }),
      ),
      services: mapped(blueprint.services, (service) => ({
        ...service,
        routes: (routes.find(([id]) => id === service.id)?.[1] ?? []).map(({ route }) => route),
      })),
    },
    policy: filesOf(live.get(`opa.bundle/${blueprint.name}`)),
    unasked: new Set(routes.flatMap(([, found]) => found.filter(({ asked }) => !asked).map(({ route }) => `${route.service}.${route.id}`))),
  };
};

/** What the targets hold of each object that the plan is about. */
const liveIn = (plan: Plan): ReadonlyMap<Address, Spec> =>
  new Map(changesOf(plan).flatMap((change) => ('live' in change && change.live ? [[addressOf(change.live), change.live.spec] as const] : [])));

const mapped = <In, Out>(items: Readonly<Record<string, In>>, change: (item: In, name: string) => Out): Readonly<Record<string, Out>> =>
  record(Object.entries(items).map(([name, item]) => [name, change(item, name)] as const));

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
const specIn = (value: unknown): Spec => (typeof value === 'object' && value !== null ? (value as Spec) : {});

/** The audience is what its audience mapper includes; without one the scope leads nowhere. */
const scopeAsFound = (scope: Scope, spec: Spec | undefined): Scope => {
  const audiences = Object.values(specIn(spec?.mappers)).map((mapper) => specIn(specIn(mapper).config)['included.custom.audience']);
  const audience = audiences.find((one) => one === scope.audience) ?? audiences.find((one) => typeof one === 'string');
  return { ...scope, audience: typeof audience === 'string' ? audience : '', roles: strings(spec?.scopeMappings) };
};

const clientAsFound = (client: RealmClient, spec: Spec | undefined): RealmClient => ({
  ...client,
  scopes: spec === undefined || spec.enabled === false ? [] : [...strings(spec.defaultClientScopes), ...strings(spec.optionalClientScopes)],
  roles: strings(spec?.serviceAccountRoles),
});

const filesOf = (spec: Spec | undefined): Readonly<Record<string, string>> =>
  record(Object.entries(specIn(spec?.files)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));

interface Found {
  readonly route: Route;
  /** The gateway asks the policy, or never had to. */
  readonly asked: boolean;
}

/** The routes of a service that are there at this gateway, with what it demands on them. */
const routesAsFound = (blueprint: Blueprint, service: Service, gateway: Gateway, live: ReadonlyMap<Address, Spec>): readonly Found[] =>
  service.routes
    .filter((route) => route.gateways.includes(gateway))
    .flatMap((route) => {
      const found = gateway === 'kong' ? atKong(blueprint, service, route, live) : atAws(blueprint, route, live);
      return found ? [{ ...found, route: { ...found.route, gateways: [gateway] } }] : [];
    });

const atAws = (blueprint: Blueprint, route: Route, live: ReadonlyMap<Address, Spec>): Found | undefined => {
  const spec = live.get(`aws.route/${blueprint.name}/${route.method} ${route.path}`);
  if (spec === undefined) return undefined;
  return { asked: true, route: { ...route, public: spec.AuthorizationType !== 'JWT', scopes: [...new Set(strings(spec.AuthorizationScopes))].toSorted() } };
};

/**
 * Kong's precedence: a plugin on the route stands for the one on its service. The scope guard says what is demanded; where it is gone and
 * the jwt plugin, too, nothing is. A scope guard that refuses everything closes the route.
 */
const atKong = (blueprint: Blueprint, service: Service, route: Route, live: ReadonlyMap<Address, Spec>): Found | undefined => {
  const spec = live.get(kong.route.address(kongName(blueprint, service.id, route.id)));
  if (spec === undefined) return undefined;
  // The service verifies and demands, which no live object tells: taken as the blueprint has it.
  if (route.public || !kongVerifies(service)) return { route, asked: true };
  const pluginOn = (place: readonly string[], part: string): Spec | undefined => {
    const plugin = live.get(kong.plugin.address(kongName(blueprint, ...place, part)));
    return plugin === undefined || plugin.enabled === false ? undefined : specIn(plugin.config);
  };
  const own = [service.id, route.id];
  if (blueprint.targets.kong?.edition === 'enterprise') {
    const verified = pluginOn(own, 'oidc') ?? pluginOn([service.id], 'oidc');
    const scopes = strings(verified?.scopes_required).flatMap((all) => all.split(' '));
    if (scopes.includes(CLOSED_SCOPE)) return undefined;
    const asks = pluginOn(own, 'opa') !== undefined;
    const found = { ...route, public: verified === undefined, scopes, roles: asks ? route.roles : strings(verified?.roles_required) };
    return { route: found, asked: asks || blueprint.authorization.pattern === 'none' || blueprint.authorization.pattern === 'decentralised' };
  }
  const demands = pluginOn(own, 'scope') ?? pluginOn([service.id], 'scope');
  if (demands?.deny_all === true) return undefined;
  const verified = pluginOn([service.id], 'jwt') !== undefined || pluginOn([service.id], 'guard') !== undefined;
  const central = blueprint.authorization.pattern === 'centralised' || blueprint.authorization.pattern === 'hybrid';
  const asks = central && pluginOn(own, 'opa') !== undefined;
  return {
    asked: asks || !central,
    // Where OPA is asked the scope guard leaves the roles to it, and the blueprint's own stand for what it says.
    route: { ...route, public: demands === undefined && !verified, scopes: strings(demands?.scopes), roles: asks ? route.roles : strings(demands?.roles) },
  };
};
