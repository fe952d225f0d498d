import { endpointsOf } from '../blueprint/issuer.ts';
import type { Authentication, Blueprint, Session } from '../blueprint/types.ts';
import { literally } from '../core/literally.ts';
import { groupsOf } from '../patterns/objects.ts';
import { publicOrigin, serviceOf } from '../patterns/session-service.ts';

/** What a session service of any kind must be told. */
interface Facts {
  readonly blueprint: Blueprint;
  readonly session: Session;
  readonly client: string;
  /** Where browsers find the gateway. */
  readonly origin: string;
  readonly scope: string;
  readonly listen: URL;
}

/** The blueprint's first authentication by sessions; undefined when there is none. */
const factsOf = (blueprint: Blueprint): Facts | undefined => {
  const found = groupsOf(blueprint).find(({ authentication }) => authentication.pattern === 'session')?.authentication;
  const origin = found && publicOrigin(blueprint, found);
  return found?.session && origin !== undefined ? { ...of(blueprint, found), session: found.session, origin, listen: new URL(found.session.url) } : undefined;
};

const of = (blueprint: Blueprint, { client }: Authentication): Pick<Facts, 'blueprint' | 'client' | 'scope'> => ({
  blueprint,
  client,
  scope: ['openid', ...(blueprint.realm.clients[client]?.scopes ?? [])].join(' '),
});

/** Where `server` says so; undefined where the blueprint has no session service of that kind. */
const forServer = (blueprint: Blueprint, server: Session['server'], write: (facts: Facts) => readonly string[]): string | undefined => {
  const facts = factsOf(blueprint);
  return facts?.session.server === server ? `${write(facts).join('\n')}\n` : undefined;
};


/**
 * Configuration of Apache's mod_auth_openidc 2.4.12 or newer in the place of the session service: a virtual host, for a server that has the
 * modules auth_openidc, authz_user, headers and rewrite. Secrets are variables of its environment. Behind
 * plain http the module leaves Secure off its cookies, and a browser drops a `__Host-` cookie without it.
 */
export const modAuthOpenidc = (blueprint: Blueprint): string | undefined =>
  forServer(blueprint, 'mod_auth_openidc', ({ session, client, origin, scope, listen }) => {
    const { token, signIn, callback } = serviceOf(session);
    const { accessTokenLifespan } = blueprint.realm.tokens;
    return [
      `# ${blueprint.name}: the session service, by mod_auth_openidc. Secrets come from the environment of Apache:`,
      '# SESSION_CLIENT_SECRET, SESSION_PASSPHRASE (32 random characters, the same on every node), SESSION_STORE (host:port), SESSION_STORE_PASSWORD.',
      `<VirtualHost ${listen.hostname}:${listen.port || '80'}>`,
      `  OIDCProviderMetadataURL ${endpointsOf(blueprint).discovery}`,
      `  OIDCClientID ${client}`,
      '  OIDCClientSecret ${SESSION_CLIENT_SECRET}',
      '  OIDCProviderTokenEndpointAuth client_secret_basic',
      `  OIDCRedirectURI ${origin}${callback.path}`,
      '  OIDCResponseType code',
      '  OIDCPKCEMethod S256',
      `  OIDCScope "${scope}"`,
      '  OIDCCryptoPassphrase ${SESSION_PASSPHRASE}',
      '  # The gateway says where the browser thinks it is.',
      '  OIDCXForwardedHeaders X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Port',
      '',
      '  OIDCCacheType redis',
      '  OIDCRedisCacheServer ${SESSION_STORE}',
      '  OIDCRedisCachePassword ${SESSION_STORE_PASSWORD}',
      '  OIDCRedisCacheConnectTimeout 1',
      '  OIDCRedisCacheTimeout 1',
      '  OIDCSessionType server-cache',
      `  OIDCSessionInactivityTimeout ${session.idle}`,
      `  OIDCSessionMaxDuration ${session.absolute}`,
      `  OIDCCookie ${session.cookie}`,
      '  OIDCCookiePath /',
      '  OIDCCookieHTTPOnly On',
      '  # Lax.',
      '  OIDCCookieSameSite On',
      '  OIDCStateMaxNumberOfCookies 7 true',
      '  OIDCStateTimeout 300',
      `  OIDCDefaultURL ${origin}/`,
      `  OIDCRedirectURLsAllowed ^${literally(origin)}/`,
      '  OIDCPassClaimsAs environment',
      '  OIDCRemoteUserClaim sub',
      `  # A token is renewed when it is ${session.renew} s old. Refresh tokens must not rotate: parallel requests would end the session.`,
      `  OIDCRefreshAccessTokenBeforeExpiry ${Math.max(accessTokenLifespan - session.renew, 1)} logout_on_error`,
      '  OIDCUnAuthAction 401',
      '',
      '  <Location />',
      '    AuthType openid-connect',
      '    Require valid-user',
      '  </Location>',
      `  <Location ${signIn.path}>`,
      '    OIDCUnAuthAction auth',
      '    # In a Location a rewrite comes after the sign-in; Redirect would come before.',
      '    RewriteEngine On',
      `    RewriteRule .* ${origin}/? [R=302,L]`,
      '  </Location>',
      '  # For the gateway alone.',
      `  <Location ${token}>`,
      '    Header always set X-Auth-Request-Access-Token "%{OIDC_access_token}e" env=OIDC_access_token',
      '    RewriteEngine On',
      '    RewriteRule .* - [R=204,L]',
      '  </Location>',
      '</VirtualHost>',
    ];
  });

/**
 * Configuration file of oauth2-proxy 7 in the place of the session service, by the options of its documentation. Secrets are variables of its
 * environment. It knows no idle timeout and no back-channel logout.
 */
export const oauth2Proxy = (blueprint: Blueprint): string | undefined =>
  forServer(blueprint, 'oauth2-proxy', ({ session, client, origin, scope, listen }) => {
    const { callback } = serviceOf(session);
    const logout = `${endpointsOf(blueprint).logout}?id_token_hint={id_token}`;
    const lines: Readonly<Record<string, string | boolean | readonly string[]>> = {
      provider: 'oidc',
      oidc_issuer_url: blueprint.issuer,
      client_id: client,
      scope,
      code_challenge_method: 'S256',
      redirect_url: `${origin}${callback.path}`,
      backend_logout_url: logout,
      http_address: listen.host,
      proxy_prefix: session.path,
      skip_provider_button: true,
      whitelist_domains: [new URL(origin).host],
      reverse_proxy: true,
      // The gateway; who else may speak for a browser's address is for its operator to say.
      // Since 7.15.2; an older one refuses the file until this line is taken out.
      trusted_proxy_ips: ['127.0.0.1/32'],
      upstreams: ['static://202'],
      set_xauthrequest: true,
      pass_access_token: true,
      // Everybody of the realm; who may do what is said by scopes and roles behind it. The token of this client names no address.
      email_domains: ['*'],
      oidc_email_claim: 'sub',
      cookie_name: session.cookie,
      cookie_path: '/',
      cookie_secure: true,
      cookie_httponly: true,
      cookie_samesite: 'lax',
      cookie_expire: `${session.absolute}s`,
      cookie_refresh: `${session.renew}s`,
      session_store_type: 'redis',
    };
    return [
      `# ${blueprint.name}: the session service, by oauth2-proxy. Secrets come from its environment: OAUTH2_PROXY_CLIENT_SECRET,`,
      '# OAUTH2_PROXY_COOKIE_SECRET (32 random bytes, base64url), OAUTH2_PROXY_REDIS_CONNECTION_URL (redis://:password@host:port).',
      `# It knows no idle timeout (authentication.session.idle is ${session.idle} s) and no back-channel logout.`,
      ...Object.entries(lines).map(([name, value]) => `${name} = ${JSON.stringify(value)}`),
    ];
  });
