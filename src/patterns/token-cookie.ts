import { DOOR_PRIORITY, SESSION_PATH } from '../blueprint/checks/access.ts';
import { followsKeys } from '../blueprint/issuer.ts';
import type { Authentication, Blueprint } from '../blueprint/types.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired } from '../core/resource.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';
import { corsConfig } from './kong/cors.ts';
import { guardConfig, jwtConfig } from './kong/guards.ts';
import { trustedConsumer } from './kong/issuer.ts';
import { pluginMaker } from './kong/plugin.ts';
import { exactly, routeFor } from './kong/route.ts';
import { kongName, servicesBehind } from './objects.ts';
import type { Part } from './objects.ts';

/** The audience of a token that may become a cookie: only tokens of the client that people sign in with carry it. */
export const sessionAudience = (blueprint: Blueprint): string => kongName(blueprint, 'session');

/** The section whose cookie the gateway sets; a blueprint has one at the most. Kong Enterprise has no plugin for it: there the application does. */
export const cookieSection = (blueprint: Blueprint): Authentication | undefined =>
  blueprint.targets.kong?.edition === 'enterprise'
    ? undefined
    : servicesBehind(blueprint, 'kong').find(({ authentication }) => authentication.token.storage === 'gateway-cookie')?.authentication;

/** Names with an underscore, which no service's routes can have. */
export const cookieRoutes = (blueprint: Blueprint) => ({
  set: kongName(blueprint, 'token_cookie', 'set'),
  clear: kongName(blueprint, 'token_cookie', 'clear'),
});

/**
 * Storage `gateway-cookie`: two routes without a service, which the plugin itself answers. The cookie is made of a token in the Authorization
 * header that guard, jwt and scope guard have verified; it is taken away without one, because signing out must work when the token has ended.
 */
export const tokenCookiePart = (blueprint: Blueprint): Part => {
  const section = cookieSection(blueprint);
  if (!section) return { desired: [] };
  const { set, clear } = cookieRoutes(blueprint);
  const { token, origins, client } = section;
  const at = `${section.path}.token.storage`;
  const instance = (route: string, part: string): string => `${route}.${part}`;
  const plugin = pluginMaker(blueprint, at);
  // The page may live on an origin of its own, which is then declared.
  const cors = (route: string): readonly Desired[] =>
    origins.length === 0 ? [] : [plugin('cors', instance(route, 'cors'), { route }, corsConfig(origins, ['DELETE', 'POST'], true))];
  const config: PluginConfig<'authctl-token-cookie'> = { cookie: token.cookie ?? '', same_site: token.sameSite, allowed_origins: [...origins] };
  // Last, so that an interrupted apply leaves a route that leads nowhere.
  const cookie = (route: string, before: readonly Desired[]): Desired =>
    plugin('authctl-token-cookie', instance(route, 'cookie'), { route }, config, before.map(addressOf));
  const path = { path: exactly(SESSION_PATH), priority: DOOR_PRIORITY.gateway, service: null };

  const verifying = [
    plugin('authctl-token-guard', instance(set, 'guard'), { route: set }, {
      ...guardConfig(blueprint, section, sessionAudience(blueprint)),
      header: true,
      cookie: null,
      relay: 'none',
      clients: [client],
    }),
    ...(followsKeys(blueprint) ? [] : [plugin('jwt', instance(set, 'jwt'), { route: set }, jwtConfig)]),
    plugin('authctl-scope-guard', instance(set, 'scope'), { route: set }, { deny_all: false, consumer_username: trustedConsumer(blueprint), scopes: [], roles: [] }),
  ];
  const bare = [plugin('authctl-token-guard', instance(clear, 'guard'), { route: clear }, { public: true })];
  return {
    desired: [
      routeFor(blueprint, at, set, { ...path, methods: ['POST'] }),
      ...cors(set),
      ...verifying,
      cookie(set, verifying),
      routeFor(blueprint, at, clear, { ...path, methods: ['DELETE', ...(origins.length > 0 ? ['OPTIONS'] : [])] }),
      ...cors(clear),
      ...bare,
      cookie(clear, bare),
    ],
  };
};
