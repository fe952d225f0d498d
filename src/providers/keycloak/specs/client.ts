import { defineSpec, flag, isSpec, lessBreaks, letsInWhile, map, offBreaks, secret, set, text } from '../../../core/spec.ts';
import type { FieldChange, SpecOf } from '../../../core/spec.ts';
import type { Effect } from '../../../core/resource.ts';
import { inRealm } from './id.ts';
import { mappers } from './mapper.ts';

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []);

/** Scheme and host of an address; of one without them, such as `/cb`, nothing: it stays at the client. */
const placeOf = (uri: string): string | undefined => /^[a-z][a-z\d+.-]*:(?:\/\/[^/?#]*)?/i.exec(uri)?.[0].toLowerCase();

/** True when codes may be sent anywhere, or to a place that the blueprint does not name. */
const goElsewhere = (live: readonly string[], stated: readonly string[]): boolean => {
  const places = new Set(stated.map(placeOf));
  return live.some((uri) => !stated.includes(uri) && (uri.startsWith('*') || (placeOf(uri) !== undefined && !places.has(placeOf(uri)))));
};

/** One that shows no secret gets tokens for people, and none for itself. */
const needsNoSecret = ({ live, held }: FieldChange): Effect => (live === true && (held.standardFlowEnabled === true || held.implicitFlowEnabled === true || held.directAccessGrantsEnabled === true) ? 'opens' : 'breaks');

/** Attributes that say by whose key or certificate it proves who it is (RFC 7523, RFC 8705 section 2.1). */
const PROOFS = /^(?:x509\.subjectdn|jwks\.(?:url|string)|jwt\.credential\.(?:public\.key|certificate))$/;
const BY_PATTERN = 'x509.allow.regex.pattern.comparison';

/**
 * Whoever has what stands there acts as the client; where nothing stands, nobody does. A subject is compared by a pattern where nothing is said of it:
 * `CN=.*` is everybody's (Keycloak, OIDCAdvancedConfigWrapper.getAllowRegexPatternComparison).
 */
const provesOtherwise = (attribute: string, { live, stated }: Pick<FieldChange, 'live' | 'stated'>): Effect | undefined => {
  if (attribute === BY_PATTERN) return stated === 'false' ? 'opens' : 'breaks';
  if (!PROOFS.test(attribute)) return undefined;
  return live == null || live === '' ? 'breaks' : 'opens';
};

/** Both show that they know one secret: the one sends it, the other signs with it. */
const BY_SECRET: readonly unknown[] = ['client-secret', 'client-secret-jwt'];
/** What Keycloak looks for in the attributes of a client that proves who it is otherwise: without any, nobody does (JWTClientAuthenticator, X509ClientAuthenticator). */
const LOOKED_FOR: Readonly<Record<string, RegExp>> = { 'client-jwt': /^(?:jwks\.(?:url|string)|jwt\.credential\.(?:public\.key|certificate))$/, 'client-x509': /^x509\.subjectdn$/ };

/** Another way than the stated one is somebody else's way in, unless there is nothing to prove it by. */
const provenBy = ({ live, stated, of, held }: FieldChange): Effect => {
  if (of.publicClient === true && held.publicClient === true) return 'differs';
  // Who knows the secret knew it before: what is signed with it does not show it on the way.
  if (BY_SECRET.includes(live) && BY_SECRET.includes(stated)) return live === 'client-secret' ? 'weakens' : 'breaks';
  const looked = typeof live === 'string' && Object.hasOwn(LOOKED_FOR, live) ? LOOKED_FOR[live] : undefined;
  if (looked === undefined) return 'opens';
  return Object.entries(isSpec(held.attributes) ? held.attributes : {}).some(([name, value]) => looked.test(name) && value !== null && value !== '') ? 'opens' : 'breaks';
};

/**
 * A client with its secret, scopes, mappers, the realm roles in its scope and those of its service account. What Keycloak opens when nobody
 * states it is always stated: the defaults here are those of a client whose protocol is given (without it, some are others).
 */
export const client = defineSpec('keycloak.client', {
  always: {
    enabled: flag({ default: true, access: 'it gets no token while it is off', changed: letsInWhile(true) }),
    protocol: text({ default: 'openid-connect', changed: () => 'breaks' }),
    publicClient: flag({ default: true, access: 'whether it gets tokens without a secret', changed: needsNoSecret }),
    bearerOnly: flag({ default: false, access: 'whether it gets tokens at all', changed: letsInWhile(false) }),
    standardFlowEnabled: flag({ default: true, access: 'people sign in through it', changed: letsInWhile(true) }),
    implicitFlowEnabled: flag({ default: false, access: 'tokens are put into URLs' }),
    directAccessGrantsEnabled: flag({ default: true, access: 'it takes passwords and changes them into tokens' }),
    serviceAccountsEnabled: flag({ default: false, access: 'it gets tokens for itself', changed: offBreaks }),
    fullScopeAllowed: flag({ default: true, access: 'its tokens carry every role of their bearer, and the audiences that come with them' }),
    redirectUris: set(text(), { default: [], access: 'where codes and tokens are sent', changed: ({ live, stated }) => (goElsewhere(texts(live), texts(stated)) ? 'exposes' : undefined) }),
    webOrigins: set(text(), { default: [], access: 'the pages of which origins may ask for tokens; unstated, those of the redirect URIs' }),
  },
  fields: {
    clientAuthenticatorType: text({ default: 'client-secret', access: 'by what a client that is not public proves who it is', changed: provenBy }),
    // Whoever set it knows it.
    secret: secret({ access: 'who may act as a client that is not public', changed: () => 'opens' }),
    defaultClientScopes: set(text(), {
      default: ['acr', 'basic', 'email', 'profile', 'roles', 'web-origins'],
      access: 'the scopes in each of its tokens',
      changed: lessBreaks,
    }),
    optionalClientScopes: set(text(), {
      default: ['address', 'microprofile-jwt', 'offline_access', 'organization', 'phone'],
      access: 'the scopes that it may ask for',
      changed: lessBreaks,
    }),
    mappers,
    scopeMappings: set(text(), { default: [], access: 'the realm roles that its tokens may carry', changed: lessBreaks }),
    authenticationFlowBindingOverrides: map(text(), { default: {}, whole: true, access: 'what is asked of whoever signs in at it', about: '`browser` and `direct_grant`, by the alias of the flow' }),
    serviceAccountRoles: set(text(), { access: 'the realm roles of the tokens that it gets for itself', changed: lessBreaks }),
    attributes: map(text(), {
      access: 'PKCE, the device flow, the algorithm of its tokens, what introspection tells it',
      // Who expects another algorithm, or reads what is not encrypted, refuses all of them, and so it is with tokens that leave out what is read.
      changed: ({ inside, live, stated }) =>
        provesOtherwise(inside, { live, stated }) ??
        (/\.(signed|encrypted)\.response\.(alg|enc)$|^user\.info\.response\.signature\.alg$/.test(inside) || (inside === 'client.use.lightweight.access.token.enabled' && live === 'true') ? 'breaks' : undefined),
    }),
  },
  id: inRealm,
});
export type ClientSpec = SpecOf<typeof client>;
