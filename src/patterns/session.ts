import { isListed, rowsOf } from '../access/index.ts';
import { DOOR_PRIORITY } from '../blueprint/checks/access.ts';
import { isLoopback } from '../blueprint/checks/addresses.ts';
import { followsKeys } from '../blueprint/issuer.ts';
import type { Authentication, Blueprint, Session } from '../blueprint/types.ts';
import { groupBy } from '../core/collections.ts';
import { Problem } from '../core/problem.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired } from '../core/resource.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';
import { pluginMaker } from './kong/plugin.ts';
import { exactly, routeFor } from './kong/route.ts';
import { kongService } from './kong/service.ts';
import { tokenChain } from './kong/token-chain.ts';
import { kongName } from './objects.ts';
import type { Group, Part } from './objects.ts';
import { publicOrigin, serviceOf } from './session-service.ts';

/**
 * `session` on open-source Kong: the browser holds an opaque cookie, and the gateway changes it on every request into the JWT that the
 * session service keeps for it, which then goes through token guard, jwt and scope guard like any other. Sign-in, callback and logout are
 * routes to the service, one by one: its answer to the gateway must not be within anybody's reach.
 * Throws `PATTERN_INCOMPLETE` for a blueprint that does not say what this needs.
 */
export const sessionPart = (blueprint: Blueprint, group: Group): Part => {
  const { authentication } = group;
  const session = sessionOf(blueprint, group);
  const { token, tokenHeader, signIn, returnParameter } = serviceOf(session);
  const config: PluginConfig<'authctl-session'> = {
    session_url: `${session.url}${token}`,
    // Only a service on this machine comes this far with plain http.
    allow_plain_http: session.url.startsWith('http:'),
    ssl_verify: true,
    token_header: tokenHeader,
    cookie: session.cookie,
    sign_in_path: signIn.path,
    return_parameter: returnParameter,
    allowed_origins: [...authentication.origins],
  };
  const { desired } = tokenChain(blueprint, group, {
    plugins: (service, name) => [
      pluginMaker(blueprint, `services.${service.id}`)('authctl-session', `${name}.session`, { service: name }, config),
    ],
    // The plugin has taken the cookie and asked about its origin: what is left is the JWT in the header.
    guard: { header: true, cookie: null, allowed_origins: [] },
    open: { cookie: session.cookie, relay: 'none' },
  });
  return { desired: [...doors(blueprint, authentication, session), ...desired] };
};

/** The session service behind the gateway: exactly these paths of it. */
const doors = (blueprint: Blueprint, { path }: Authentication, session: Session): readonly Desired[] => {
  const name = kongName(blueprint, 'session');
  const place = `${path}.session`;
  const { signIn, callback, logout, backchannel } = serviceOf(session);
  const byName = Object.entries({ 'sign-in': signIn, callback, logout, ...(backchannel && { backchannel }) });
  const guard = pluginMaker(blueprint, place)('authctl-token-guard', `${name}.guard`, { service: name }, { public: true, relay: 'none' });
  return [
    kongService(blueprint, place, name, session.url),
    guard,
    // Where one path serves several purposes, it is one route.
    ...[...groupBy(byName, ([, door]) => door.path)].map(([doorPath, members]) => {
      const matching = { path: exactly(doorPath), methods: members.map(([, door]) => door.method), priority: DOOR_PRIORITY.service, service: name };
      return routeFor(blueprint, place, `${name}.${members[0]?.[0] ?? ''}`, matching, [addressOf(guard)]);
    }),
  ];
};

const sessionOf = (blueprint: Blueprint, { authentication, services }: Group): Session => {
  const { client, path, session } = authentication;
  const { realm, targets } = blueprint;
  const incomplete = (at: string, message: string, expected: string): Problem =>
    new Problem('PATTERN_INCOMPLETE', message, { at: blueprint.at(at), expected, hint: 'see docs/patterns/session.md' });
  if (!session)
    throw incomplete(path, 'nothing says where sessions are kept', `session: { url: "\${SESSION_URL}", cookie: __Host-${blueprint.name} }`);
  if (realm.clients[client]?.authentication)
    throw incomplete(`realm.clients.${client}.authentication`, 'the session service proves who it is by a secret: it holds no key and no certificate', 'secret');
  const place = `${path}.session`;
  const callback = serviceOf(session).callback.path;
  if (publicOrigin(blueprint, authentication) === undefined)
    throw incomplete(
      `realm.clients.${client}`,
      'the sign-in cannot come back to the session service: no redirect URI leads to its callback',
      `redirectUris: ["https://…${callback}"]`,
    );
  const url = new URL(session.url);
  if (url.protocol !== 'https:' && !isLoopback(url))
    throw incomplete(place, 'the session service would send every token to the gateway over plain http', 'an https URL');
  if (session.absolute < session.idle)
    throw incomplete(place, 'the idle timeout is longer than the session itself', 'idle of at most absolute');
  if (session.absolute > realm.sessions.max || session.renew >= realm.sessions.idle)
    throw incomplete(
      place,
      'Keycloak would end the session before the session service does',
      'absolute of at most realm.sessions.max, and renew below realm.sessions.idle',
    );
  for (const service of services) {
    const inTheWay = service.routes.find((route) => route.path === session.path || route.path.startsWith(`${session.path}/`));
    if (inTheWay)
      throw incomplete(`services.${service.id}.routes.${inTheWay.id}`, `everything under ${session.path} is the session service's`, 'another path');
    const caller = rowsOf(blueprint).find(
      (who) => realm.clients[who]?.type === 'service' && service.routes.some((route) => !route.public && isListed(blueprint, who, route)),
    );
    if (caller !== undefined)
      throw incomplete(`expect.${caller}`, `"${caller}" is a service: it signs in nowhere, and ${service.id} takes sessions only`, 'people alone');
  }
  if (targets.kong?.edition === 'oss' && !followsKeys(blueprint) && realm.tokens.algorithm.startsWith('PS'))
    throw incomplete(
      'realm.tokens',
      `the jwt plugin of open-source Kong cannot be relied on to verify ${realm.tokens.algorithm}`,
      'RS256, RS384, RS512, ES256, ES384, ES512 or EdDSA, or targets.kong.keys: followed',
    );
  return session;
};
