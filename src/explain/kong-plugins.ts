import { textsOf } from '../core/json.ts';
import type { Spec } from '../core/resource.ts';
import type { PluginConfig, PluginName } from '../providers/kong/specs/plugin-config.ts';
import { either } from './steps.ts';

/** What `raw.kong` lays over a configuration has no type before a live Kong has seen it: lists are read as what they are. */
interface PluginWords<Config> {
  readonly title: string;
  /** Sentences on what this configuration does. `keys` are the credentials' addresses. */
  readonly describe: (config: Config, keys: readonly string[]) => readonly string[];
}

/** What a plugin does, in words. One that is not known here is named with its settings, so that nothing is left out. */
export const pluginWords = (name: string): PluginWords<Spec> => {
  // By its name, its configuration is that of its schema.
  const words = known as Readonly<Record<string, PluginWords<Spec>>>;
  return (Object.hasOwn(words, name) ? words[name] : undefined) ?? unknown;
};

const unknown: PluginWords<Spec> = {
  title: 'plugin',
  describe: (config) => [`It runs with its settings ${Object.keys(config).toSorted().join(', ') || 'at their defaults'}.`],
};

const places = (config: { readonly header?: boolean | null; readonly cookie?: string | null }): string => {
  const cookie = config.cookie;
  return either([
    ...(config.header === false ? [] : ['the Authorization header']),
    ...((cookie ?? null) === null ? [] : [`the cookie ${cookie}`]),
  ]);
};

const obtained = ({ obtain, exchange_url: exchange, introspection_url: introspection }: PluginConfig<'authctl-phantom-token'>): string =>
  either([
    ...(obtain === 'introspection' ? [] : [`by token exchange at ${exchange ?? ''} (RFC 8693)`]),
    ...(obtain === 'exchange' ? [] : [`by introspection at ${introspection ?? ''} (RFC 7662)`]),
  ]);

const forWhom = ({ audience, audience_claim, clients }: Pick<PluginConfig<'authctl-token-guard'>, 'audience' | 'audience_claim' | 'clients'>): string =>
  audience_claim === 'client_id' ? `client_id is ${either(textsOf(clients))}, without any aud` : `aud contains ${audience ?? ''}`;

/** What OPA is told, by the shape of the question. */
const QUESTIONS = {
  authctl: 'the request, the route and the verified claims',
  envoy: "the request as OPA's plugin for Envoy puts it, with the verified token and its claims",
  kong: 'the request as Kong Enterprise puts it, with the verified token',
  mapping: 'the fields that the blueprint names',
} as const;

const tokenGuard = (config: PluginConfig<'authctl-token-guard'>): readonly string[] => {
  if (config.public === true)
    return ['No token is asked for. Identity headers that a client made up are taken off, and so is a token that should not go on.'];
  const cookie = config.cookie;
  const origins = textsOf(config.allowed_origins);
  return [
    `The access token is read from ${places(config)}; none is 401, more than one token is 400.`,
    `401 unless alg is ${either(textsOf(config.algorithms))}, typ is ${either(textsOf(config.types))}${config.typeless === true ? ' or not there' : ''}, iss is ${config.issuer ?? ''} and ${forWhom(config)}.`,
    ...(config.further_issuers ?? []).map((one) => `A token whose iss is ${one.issuer ?? ''} is held to rules of its own: alg ${either(textsOf(one.algorithms))}, ${forWhom(one)}, and the keys that are published at ${one.jwks_url ?? ''}. It has no role here.`),
    ...(config.keys === 'followed'
      ? [
          `The signature is verified with the key that the issuer publishes at ${config.jwks_url ?? ''} under the token's kid; an unknown one, or a broken signature, is 401.`,
          `Each node fetches these keys itself: when they are ${String(config.jwks_refresh ?? 300)} s old, and for an unknown kid at most once in ${String(config.jwks_cool_down ?? 10)} s. While the issuer gives none the last ones count ${String(config.jwks_stale ?? 3600)} s longer; then it is 503.`,
        ]
      : typeof config.pinned_consumer === 'string'
        ? [`401 for a kid that is no credential of the consumer ${config.pinned_consumer}: jwt looks none up that somebody made up.`]
        : []),
    `exp, nbf and iat are held against the clock with ${String(config.leeway ?? 0)} s of leeway${typeof config.max_lifetime === 'number' ? `; a life of more than ${config.max_lifetime} s is refused` : ''}.`,
    ...(cookie === undefined
      ? []
      : [
          `A request that could change something and brings its token in the cookie must come from ${origins.length > 0 ? either(origins) : 'its own origin'}, or it is 403.`,
        ]),
    `Identity headers that a client made up are taken off. ${config.relay === 'none' ? 'The token ends here: it does not go upstream.' : 'The verified token goes upstream.'}`,
  ];
};

const known: { readonly [Name in PluginName]?: PluginWords<PluginConfig<Name>> } = {
  cors: {
    title: 'CORS',
    describe: (config) => [
      `A preflight (OPTIONS) is answered here, without a token, for ${either(textsOf(config.origins))}${config.credentials === true ? ', with credentials' : ''}.`,
    ],
  },
  'rate-limiting': {
    title: 'rate limit',
    describe: ({ limit_by: by, ...config }) => [
      `At most ${(['second', 'minute', 'hour', 'day'] as const).flatMap((period) => (config[period] == null ? [] : [`${String(config[period])} requests in ${period === 'hour' ? 'an' : 'a'} ${period}`])).join(' and ')}${by === 'ip' ? ' from one address' : ''}; beyond that the answer is 429. Each node of Kong counts for itself.`,
    ],
  },
  'request-size-limiting': {
    title: 'size of bodies',
    describe: (config) => [`A body of more than ${String(config.allowed_payload_size)} ${String(config.size_unit)} is answered with 413.`],
  },
  'authctl-phantom-token': {
    title: 'phantom token',
    describe: (config) => [
      `The opaque token from ${places(config)} is changed into a JWT ${obtained(config)}; an inactive one is 401.`,
      `The answer is kept ${String(config.cache_ttl ?? 5)} s at the most: that long can a revocation go unseen. No answer is 503.`,
    ],
  },
  'authctl-session': {
    title: 'session',
    describe: (config) => [
      `The session in the cookie ${config.cookie ?? ''} is changed into its user's JWT at ${config.session_url ?? ''}; without one it is 401, and a browser goes to ${config.sign_in_path ?? 'nowhere'}.`,
      'Every request asks anew: a logout counts at once. No answer is 503. A token that the client sends is taken off.',
    ],
  },
  'authctl-token-guard': { title: 'token guard', describe: tokenGuard },
  jwt: {
    title: 'signature',
    describe: (config, keys) => [
      `The signature is verified with the credential whose key is the token's ${config.key_claim_name ?? 'iss'}; an unknown one, or a broken signature, is 401.`,
      ...(keys.length > 0 ? [`The credentials are the keys that Keycloak publishes: ${keys.join(', ')}.`] : []),
      ...(textsOf(config.claims_to_verify).length > 0
        ? [`Held against the clock once more, without leeway: ${textsOf(config.claims_to_verify).join(', ')}.`]
        : []),
    ],
  },
  'authctl-scope-guard': {
    title: 'scope guard',
    describe: (config) => {
      if (config.deny_all === true) return ['Everybody is refused with 403: no route has opened its scopes here.'];
      const [scopes, roles, acr] = [textsOf(config.scopes), textsOf(config.roles), textsOf(config.acr)];
      return [
        'A token that the steps before did not verify is 401.',
        scopes.length > 0
          ? `The token must carry ${scopes.length > 1 ? 'all of ' : ''}${scopes.join(', ')}, or the answer is 403 insufficient_scope.`
          : 'No scope is demanded.',
        ...(roles.length > 0 ? [`One of the realm roles ${roles.join(', ')} must be in realm_access, or the answer is 403.`] : []),
        ...(acr.length > 0 ? [`Its acr must be ${acr.join(' or ')}, or the answer is 401 insufficient_user_authentication, which says so.`] : []),
        ...(typeof config.max_age === 'number' ? [`Its auth_time must be at most ${config.max_age} s ago, or the answer is the same.`] : []),
      ];
    },
  },
  'authctl-opa': {
    title: 'policy',
    describe: (config) => [
      `OPA is asked at ${config.url ?? ''}/v1/data/${config.decision ?? ''}, with ${QUESTIONS[config.input ?? 'authctl']}.`,
      `Only a clear yes (true, or an object whose ${config.answer ?? 'allow'} is true) lets the request on: no is 403, no answer is 503.`,
    ],
  },
  'authctl-token-cookie': {
    title: 'token cookie',
    describe: (config) => [
      `POST puts the verified token into the cookie ${config.cookie ?? ''} (HttpOnly, Secure, SameSite=${config.same_site ?? 'Strict'}) until it ends; DELETE takes it away.`,
      `Only for pages of ${either([...textsOf(config.allowed_origins), 'the same origin'])}: others get 403.`,
    ],
  },
  'authctl-token-handle': {
    title: 'token handle',
    describe: () => ['On the way back, a token in the answer is kept here and an opaque handle is given to the client in its place.'],
  },
};
