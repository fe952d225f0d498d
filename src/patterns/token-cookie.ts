import { SESSION_PATH } from '../blueprint/checks/access.ts';
import type { Authentication, Blueprint } from '../blueprint/types.ts';
import type { Desired, Spec } from '../core/resource.ts';
import { kongName, object, servicesBehind } from './objects.ts';
import type { Part } from './objects.ts';
import { guardConfig, jwtConfig, pluginMaker } from './sso.ts';

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
  const plugin = (route: string, name: string, part: string, config: Spec, after: readonly string[] = []): Desired =>
    pluginMaker(blueprint, at)(name, `${route}.${part}`, { route: { name: route } }, config, after.map((one) => `kong.plugin/${route}.${one}`));
  // The page may live on an origin of its own, which is then declared.
  const cors = (route: string): readonly Desired[] => (origins.length === 0 ? [] : [plugin(route, 'cors', 'cors', corsConfig(origins))]);
  const cookie = { cookie: token.cookie ?? '', same_site: token.sameSite, allowed_origins: [...origins] };

  return {
    desired: [
      route(blueprint, at, set, ['POST']),
      ...cors(set),
      plugin(set, 'authctl-token-guard', 'guard', {
        ...guardConfig(blueprint, section, sessionAudience(blueprint)),
        header: true,
        cookie: null,
        relay: 'none',
        clients: [client],
      }),
      plugin(set, 'jwt', 'jwt', jwtConfig),
      plugin(set, 'authctl-scope-guard', 'scope', { deny_all: false, consumer_username: kongName(blueprint, 'issuer'), scopes: [], roles: [] }),
      // Last, so that an interrupted apply leaves a route that leads nowhere.
      plugin(set, 'authctl-token-cookie', 'cookie', cookie, ['guard', 'jwt', 'scope']),
      route(blueprint, at, clear, ['DELETE', ...(origins.length > 0 ? ['OPTIONS'] : [])]),
      ...cors(clear),
      plugin(clear, 'authctl-token-guard', 'guard', { public: true }),
      plugin(clear, 'authctl-token-cookie', 'cookie', cookie, ['guard']),
    ],
  };
};

const route = (blueprint: Blueprint, at: string, name: string, methods: readonly string[]): Desired =>
  object(blueprint, at, 'kong.route', name, {
    name,
    paths: [`~${SESSION_PATH}$`],
    hosts: null,
    headers: null,
    snis: null,
    methods: [...methods],
    protocols: ['http', 'https'],
    strip_path: false,
    preserve_host: false,
    regex_priority: 10,
    service: null,
  });

const corsConfig = (origins: readonly string[]): Spec => ({
  origins: [...origins],
  methods: ['DELETE', 'POST'],
  headers: ['Authorization', 'Content-Type', 'X-Requested-With'],
  credentials: true,
  max_age: 600,
  preflight_continue: false,
});
