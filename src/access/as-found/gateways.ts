import type { Blueprint, Gateway, Route, Service } from '../../blueprint/types.ts';
import { aws } from '../../providers/aws/specs/index.ts';
import type { RouteSpec } from '../../providers/aws/specs/index.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import { kongName } from '../../providers/kong/specs/marks.ts';
import { isPlugin } from '../../providers/kong/specs/plugin-config.ts';
import type { PluginConfig, PluginName } from '../../providers/kong/specs/plugin-config.ts';
import { CLOSED_SCOPE, kongAsks, kongVerifies } from '../decides.ts';
import { awsKeysOf, routeKey, statedOf } from '../routing.ts';
import type { During, Held } from './held.ts';

/** A route that is there at a gateway, with what is demanded on it. */
export interface Found {
  readonly route: Route;
  /** The gateway asks the policy, or never had to. */
  readonly asked: boolean;
}

/** What pieces of what is found are called. */
export const pieceOfRoute = (route: Route): string => `route ${route.service}.${routeKey(route)}`;
export const pieceOfService = (id: string): string => `service ${id}`;

/** The routes of a service that are there at this gateway, with what it demands on them. */
export const routesAsFound = (blueprint: Blueprint, service: Service, gateway: Gateway, held: Held, during: During = (_piece, make) => make()): readonly Found[] =>
  service.routes
    .filter((route) => route.gateways.includes(gateway))
    .flatMap((route) => {
      const found = during(pieceOfRoute(route), () => (gateway === 'kong' ? atKong(blueprint, service, route, held) : atAws(blueprint, service, route, held)));
      return found ? [{ ...found, route: { ...found.route, gateways: [gateway] } }] : [];
    });

/** The further issuers whose tokens a service takes there: at Kong those that the live guard has, each with the keys that the blueprint says. */
export const issuersAsFound = (blueprint: Blueprint, service: Service, gateway: Gateway, held: Held): readonly string[] => {
  if (gateway !== 'kong' || blueprint.targets.kong?.edition === 'enterprise' || !kongVerifies(service)) return service.issuers;
  const plugin = held(kong.plugin, kongName(blueprint, service.id, 'guard'));
  if (!plugin || plugin.spec.enabled === false || !isPlugin('authctl-token-guard', plugin) || plugin.spec.config.keys !== 'followed') return [];
  const live = plugin.spec.config.further_issuers ?? [];
  return Object.values(blueprint.issuers).filter(({ url, jwksUri }) => live.some((one) => one.issuer === url && one.jwks_url === jwksUri)).map(({ name }) => name);
};

const demandsOf = ({ AuthorizationType: type, AuthorizationScopes: scopes }: RouteSpec): number => (type === 'JWT' ? 1 + (scopes?.length ?? 0) : 0);

const atAws = ({ name, issuer: ours, targets }: Blueprint, { audiences, authentication: { issuer = ours } }: Service, route: Route, held: Held): Found | undefined => {
  const [stage = '$default'] = targets.aws?.stages ?? [];
  const keys = awsKeysOf(route).map((key) => ({ key, spec: held(aws.route, name, key)?.spec }));
  // Of several keys the one that demands the least is the way in; where one is missing not all of the route is there, HEAD beside GET aside.
  const [spec] = keys.flatMap((one) => one.spec ?? []).toSorted((a, b) => demandsOf(a) - demandsOf(b));
  const aside = new Set(route.methods.filter((method) => !statedOf(route).includes(method)));
  const isWhole = keys.every((one) => one.spec !== undefined || [...aside].some((method) => one.key.startsWith(`${method} `)));
  if (spec === undefined || !isWhole || held(aws.stage, name, stage) === undefined) return undefined;
  const asked = spec.AuthorizationType === 'JWT' && spec.Authorizer != null ? held(aws.authorizer, name, spec.Authorizer)?.spec.JwtConfiguration : undefined;
  // An authorizer for others takes no token of those that count there.
  if (asked && ((asked.Issuer ?? issuer) !== issuer || (asked.Audience != null && !asked.Audience.some((one) => audiences.includes(one))))) return undefined;
  return { asked: true, route: { ...route, public: spec.AuthorizationType !== 'JWT', scopes: [...new Set(spec.AuthorizationScopes ?? [])].toSorted() } };
};

/** The configuration of a plugin that is on, by the place it stands at; undefined where none of that name is. */
type PluginOn = <Name extends PluginName>(name: Name, place: readonly string[], part: string) => PluginConfig<Name> | undefined;

const atKong = (blueprint: Blueprint, service: Service, route: Route, held: Held): Found | undefined => {
  const spec = held(kong.route, kongName(blueprint, service.id, routeKey(route)))?.spec;
  // Kong routes nothing to a service that is off, and answers 503 without one.
  if (spec === undefined || spec.service === null || (spec.service?.name != null && held(kong.service, spec.service.name)?.spec.enabled === false)) return undefined;
  // The service verifies and demands, which no live object tells: taken as the blueprint has it.
  if (route.public || !kongVerifies(service)) return { route, asked: true };
  const pluginOn: PluginOn = (name, place, part) => {
    const plugin = held(kong.plugin, kongName(blueprint, ...place, part));
    return plugin && plugin.spec.enabled !== false && isPlugin(name, plugin) ? plugin.spec.config : undefined;
  };
  return blueprint.targets.kong?.edition === 'enterprise' ? onEnterprise(blueprint, route, pluginOn) : onOpenSource(blueprint, service, route, { pluginOn, held });
};

/**
 * Kong's precedence: a plugin on the route stands for the one on its service. The scope guard says what is demanded; where it is gone and
 * the jwt plugin, too, nothing is. A scope guard that refuses everything closes the route, as does one before which nobody verifies.
 */
const onOpenSource = (blueprint: Blueprint, { authentication: { pattern } }: Service, route: Route, { pluginOn, held }: { readonly pluginOn: PluginOn; readonly held: Held }): Found | undefined => {
  const [own, shared] = [[route.service, routeKey(route)], [route.service]];
  const demands = pluginOn('authctl-scope-guard', own, 'scope') ?? pluginOn('authctl-scope-guard', shared, 'scope');
  if (demands?.deny_all === true) return undefined;
  const [jwt, guard, phantom, session] = [pluginOn('jwt', shared, 'jwt'), pluginOn('authctl-token-guard', shared, 'guard'), pluginOn('authctl-phantom-token', shared, 'phantom'), pluginOn('authctl-session', shared, 'session')];
  // A guard that follows the issuer's keys verifies itself; whoever else's keys it takes is told by what is reachable.
  const follows = guard?.public !== true && guard?.keys === 'followed';
  // Both look at a token before the scope guard takes it for a good one; of the others each hands them the token.
  const looked = (jwt !== undefined || follows) && guard !== undefined && (pattern !== 'opaque' || phantom !== undefined) && (pattern !== 'session' || session !== undefined);
  if (demands !== undefined && (!looked || refusesOurs(blueprint, guard))) return undefined;
  // Without any key of the issuer its tokens are those of nobody.
  if (jwt !== undefined && !follows && demands?.consumer_username != null && !held.some(kong.jwtSecret, `${demands.consumer_username}/`)) return undefined;
  // The token guard reads a token, and jwt alone asks who has signed it; whom it does not know it may take for somebody.
  const verified = follows || (jwt !== undefined && (jwt.anonymous ?? null) === null) || phantom !== undefined || session !== undefined;
  const central = kongAsks(blueprint);
  const asks = central && pluginOn('authctl-opa', own, 'opa') !== undefined;
  return {
    asked: asks || !central,
    // Where OPA is asked the scope guard leaves the roles to it, and the blueprint's own stand for what it says.
    route: { ...withoutSignIn(route), ...signInAsFound(demands), public: demands === undefined && !verified, scopes: demands?.scopes ?? [], roles: asks ? route.roles : (demands?.roles ?? []) },
  };
};

const withoutSignIn = ({ acr: _acr, maxAge: _maxAge, ...route }: Route): Route => route;
const signInAsFound = (demands: PluginConfig<'authctl-scope-guard'> | undefined): Pick<Route, 'acr' | 'maxAge'> => ({
  ...(demands?.acr && demands.acr.length > 0 && { acr: demands.acr }),
  ...(typeof demands?.max_age === 'number' && { maxAge: demands.max_age }),
});

/** A guard that asks for another issuer, or an audience that no service has, takes no token of ours. */
const refusesOurs = ({ issuer, services }: Blueprint, guard: PluginConfig<'authctl-token-guard'> | undefined): boolean => {
  const isAudience = (one: string): boolean => Object.values(services).some(({ audiences }) => audiences.includes(one));
  return (guard?.issuer ?? issuer) !== issuer || (guard?.audience != null && !isAudience(guard.audience));
};

const onEnterprise = (blueprint: Blueprint, route: Route, pluginOn: PluginOn): Found | undefined => {
  const [own, shared] = [[route.service, routeKey(route)], [route.service]];
  const verified = pluginOn('openid-connect', own, 'oidc') ?? pluginOn('openid-connect', shared, 'oidc');
  const scopes = (verified?.scopes_required ?? []).flatMap((all) => all.split(' '));
  if (scopes.includes(CLOSED_SCOPE)) return undefined;
  const asks = pluginOn('opa', own, 'opa') !== undefined;
  const roles = asks ? route.roles : (verified?.roles_required ?? []);
  return { asked: asks || !kongAsks(blueprint), route: { ...route, public: verified === undefined, scopes, roles } };
};
