import type { Authentication, Blueprint, HttpMethod, Session } from '../blueprint/types.ts';
import { groupsOf } from './objects.ts';

interface Door {
  readonly method: HttpMethod;
  readonly path: string;
}

/** A session service as gateway, browser and Keycloak see it; paths begin at its base URL, and are the same at the gateway. */
export interface SessionService {
  /** What the gateway alone may ask: the token behind a cookie. */
  readonly token: string;
  readonly tokenHeader: string;
  readonly signIn: Door;
  /** The query parameter of the sign-in that says where to return to. */
  readonly returnParameter: string;
  readonly callback: Door;
  readonly logout: Door;
  /** Where Keycloak says that a session has ended (OpenID Connect Back-Channel Logout 1.0). */
  readonly backchannel?: Door & { readonly query?: string };
}

/** The doors of each kind of service, from its own documentation. */
export const serviceOf = ({ server, path }: Session): SessionService => {
  const get = (rest: string): Door => ({ method: 'GET', path: `${path}${rest}` });
  const post = (rest: string): Door => ({ method: 'POST', path: `${path}${rest}` });
  switch (server) {
    case 'authctl':
      return {
        token: `${path}/token`, tokenHeader: 'Authorization', signIn: get('/login'), returnParameter: 'returnTo', callback: get('/callback'),
        logout: post('/logout'), backchannel: post('/backchannel-logout'),
      };
    case 'mod_auth_openidc':
      // Its redirect URI serves everything: the logout of a browser and that of Keycloak are the callback with a query.
      return {
        token: `${path}/token`, tokenHeader: 'X-Auth-Request-Access-Token', signIn: get('/login'), returnParameter: 'returnTo',
        callback: get('/callback'), logout: get('/callback'), backchannel: { ...post('/callback'), query: 'logout=backchannel' },
      };
    case 'oauth2-proxy':
      return {
        token: `${path}/auth`, tokenHeader: 'X-Auth-Request-Access-Token', signIn: get('/start'), returnParameter: 'rd', callback: get('/callback'),
        logout: get('/sign_out'),
      };
  }
};

/** Where browsers find the gateway: the origin of the redirect URI that is the service's callback; undefined when there is none. */
export const publicOrigin = (blueprint: Blueprint, { client, session }: Authentication): string | undefined => {
  const uris = blueprint.realm.clients[client]?.redirectUris ?? [];
  const found = uris.find((uri) => session && URL.canParse(uri) && new URL(uri).pathname === serviceOf(session).callback.path);
  return found === undefined ? undefined : new URL(found).origin;
};

/** What Keycloak needs to know of a client whose sessions a service keeps. */
export const logoutAttributes = (blueprint: Blueprint, client: string): Readonly<Record<string, string>> => {
  const group = groupsOf(blueprint).find(({ authentication }) => authentication.pattern === 'session' && authentication.client === client);
  if (!group?.authentication.session) return {};
  const { backchannel } = serviceOf(group.authentication.session);
  const origin = publicOrigin(blueprint, group.authentication);
  if (!backchannel || origin === undefined) return {};
  return {
    'backchannel.logout.url': `${origin}${backchannel.path}${backchannel.query === undefined ? '' : `?${backchannel.query}`}`,
    // Without the session's id in the logout token, the logout of one device would have to end them all.
    'backchannel.logout.session.required': 'true',
  };
};
