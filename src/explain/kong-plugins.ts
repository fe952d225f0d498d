import type { Spec } from '../core/resource.ts';
import { textIn, textsIn } from '../core/read-spec.ts';
import { either } from './steps.ts';

interface PluginWords {
  readonly title: string;
  /** Kong's execution order: higher runs first (PRIORITY in the plugin's handler). 0 when it is not known here. */
  readonly priority: number;
  /** Sentences on what this configuration does. `keys` are the credentials' addresses. */
  readonly describe: (config: Spec, keys: readonly string[]) => readonly string[];
}

/** What a plugin does, in words. One that is not known here is named with its settings, so that nothing is left out. */
export const pluginWords = (name: string): PluginWords => (Object.hasOwn(known, name) ? known[name] : undefined) ?? unknown;

const unknown: PluginWords = {
  title: 'plugin',
  priority: 0,
  describe: (config) => [`It runs with its settings ${Object.keys(config).toSorted().join(', ') || 'at their defaults'}.`],
};

const list = (config: Spec, field: string): string => either(textsIn(config, field));

const places = (config: Spec): string => {
  const cookie = textIn(config, 'cookie');
  return either([
    ...(config.header === false ? [] : ['the Authorization header']),
    ...(cookie === undefined ? [] : [`the cookie ${cookie}`]),
  ]);
};

const tokenGuard = (config: Spec): readonly string[] => {
  if (config.public === true)
    return ['No token is asked for. Identity headers that a client made up are taken off, and so is a token that should not go on.'];
  const cookie = textIn(config, 'cookie');
  const origins = textsIn(config, 'allowed_origins');
  return [
    `The access token is read from ${places(config)}; none is 401, more than one token is 400.`,
    `401 unless alg is ${list(config, 'algorithms')}, typ is ${list(config, 'types')}, iss is ${textIn(config, 'issuer') ?? ''} and aud contains ${textIn(config, 'audience') ?? ''}.`,
    `exp, nbf and iat are held against the clock with ${String(config.leeway ?? 0)} s of leeway${typeof config.max_lifetime === 'number' ? `; a life of more than ${config.max_lifetime} s is refused` : ''}.`,
    ...(cookie === undefined
      ? []
      : [
          `A request that could change something and brings its token in the cookie must come from ${origins.length > 0 ? either(origins) : 'its own origin'}, or it is 403.`,
        ]),
    `Identity headers that a client made up are taken off. ${config.relay === 'none' ? 'The token ends here: it does not go upstream.' : 'The verified token goes upstream.'}`,
  ];
};

const known: Readonly<Record<string, PluginWords>> = {
  cors: {
    title: 'CORS',
    priority: 2000,
    describe: (config) => [
      `A preflight (OPTIONS) is answered here, without a token, for ${list(config, 'origins')}${config.credentials === true ? ', with credentials' : ''}.`,
    ],
  },
  'authctl-phantom-token': {
    title: 'phantom token',
    priority: 1456,
    describe: (config) => [
      `The opaque token from ${places(config)} is changed into a JWT at ${textIn(config, 'introspection_url') ?? ''} (RFC 7662); an inactive one is 401.`,
      `The answer is kept ${String(config.cache_ttl ?? 5)} s at the most: that long can a revocation go unseen. No answer is 503.`,
    ],
  },
  'authctl-session': {
    title: 'session',
    priority: 1457,
    describe: (config) => [
      `The session in the cookie ${textIn(config, 'cookie') ?? ''} is changed into its user's JWT at ${textIn(config, 'session_url') ?? ''}; without one it is 401, and a browser goes to ${textIn(config, 'sign_in_path') ?? 'nowhere'}.`,
      'Every request asks anew: a logout counts at once. No answer is 503. A token that the client sends is taken off.',
    ],
  },
  'authctl-token-guard': { title: 'token guard', priority: 1455, describe: tokenGuard },
  jwt: {
    title: 'signature',
    priority: 1450,
    describe: (config, keys) => [
      `The signature is verified with the credential whose key is the token's ${textIn(config, 'key_claim_name') ?? 'iss'}; an unknown one, or a broken signature, is 401.`,
      ...(keys.length > 0 ? [`The credentials are the keys that Keycloak publishes: ${keys.join(', ')}.`] : []),
      ...(textsIn(config, 'claims_to_verify').length > 0
        ? [`Held against the clock once more, without leeway: ${textsIn(config, 'claims_to_verify').join(', ')}.`]
        : []),
    ],
  },
  'authctl-scope-guard': {
    title: 'scope guard',
    priority: 1445,
    describe: (config) => {
      if (config.deny_all === true) return ['Everybody is refused with 403: no route has opened its scopes here.'];
      const [scopes, roles] = [textsIn(config, 'scopes'), textsIn(config, 'roles')];
      return [
        'A token that the steps before did not verify is 401.',
        scopes.length > 0
          ? `The token must carry ${scopes.length > 1 ? 'all of ' : ''}${scopes.join(', ')}, or the answer is 403 insufficient_scope.`
          : 'No scope is demanded.',
        ...(roles.length > 0 ? [`One of the realm roles ${roles.join(', ')} must be in realm_access, or the answer is 403.`] : []),
      ];
    },
  },
  'authctl-opa': {
    title: 'policy',
    priority: 920,
    describe: (config) => [
      `OPA is asked at ${textIn(config, 'url') ?? ''}/v1/data/${textIn(config, 'decision') ?? ''}, with the request, the route and the verified claims.`,
      'Only a clear yes (true, or an object whose allow is true) lets the request on: no is 403, no answer is 503.',
    ],
  },
  'authctl-token-cookie': {
    title: 'token cookie',
    priority: 785,
    describe: (config) => [
      `POST puts the verified token into the cookie ${textIn(config, 'cookie') ?? ''} (HttpOnly, Secure, SameSite=${textIn(config, 'same_site') ?? 'Strict'}) until it ends; DELETE takes it away.`,
      `Only for pages of ${either([...textsIn(config, 'allowed_origins'), 'the same origin'])}: others get 403.`,
    ],
  },
  'authctl-token-handle': {
    title: 'token handle',
    priority: 790,
    describe: () => ['On the way back, a token in the answer is kept here and an opaque handle is given to the client in its place.'],
  },
};
