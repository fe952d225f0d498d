import { textOf, textsOf } from '../../../core/json.ts';
import type { Spec } from '../../../core/resource.ts';
import type { LivePlugin } from './objects.ts';
import { plainIssuer } from './oidc.ts';

/** A way past a guard: for everybody, for requests that are not told apart here, or for those whom the blueprint does not know. */
interface Past {
  readonly whom: 'anybody' | 'some' | 'strangers';
  /** Completes "… reaches x,". */
  readonly words: string;
}

/** What a guard that does not come with Kong asks of a request, by what is published of it. It was not tried here: `verify` tries it. */
export interface CommunityGuard {
  /** Whether tokens of this issuer pass; `undefined`: its configuration does not say it plainly. */
  readonly takes: (issuer: string) => boolean | undefined;
  /** One of each that is listed is enough. */
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** None: whatever it is for. */
  readonly audiences: readonly string[];
  /** It asks for something that a blueprint does not know, such as roles of clients. */
  readonly more: boolean;
  readonly past: readonly Past[];
  /** Completes "GET /x reaches …": `with any token of …`. */
  readonly words: string;
}

/** Guards of the community by the names under which they are installed. */
const GUARDS: Readonly<Record<string, (config: Spec) => CommunityGuard>> = { 'jwt-keycloak': jwtKeycloak, oidc };

export const communityNames: readonly string[] = Object.keys(GUARDS);
/** Nothing where it is none of these, or guards nothing as it is configured. */
export const communityGuard = ({ spec: { name, config } }: LivePlugin): CommunityGuard | undefined => (Object.hasOwn(GUARDS, name) ? GUARDS[name]?.(config ?? {}) : undefined);

const anonymous = ({ anonymous: consumer }: Spec): readonly Past[] => ((consumer ?? null) === null || consumer === '' ? [] : [{ whom: 'anybody', words: 'without a token, as an anonymous consumer' }]);
const either = (names: readonly string[]): string => names.join(' or ');

/**
 * Keys come from the issuer that the token names, which must be one of `allowed_iss` or match one as a Lua pattern anywhere in it. One of the scopes and
 * roles that are listed is enough; of audience, type and `crit` it knows nothing. (https://github.com/telekom/kong-plugin-jwt-keycloak, version 1.8)
 */
function jwtKeycloak(config: Spec): CommunityGuard {
  const allowed = textsOf(config.allowed_iss);
  const [scopes, roles] = [textsOf(config.scope), textsOf(config.realm_roles)];
  const [ofClients, ended] = [[...textsOf(config.roles), ...textsOf(config.client_roles)], Array.isArray(config.claims_to_verify) && !textsOf(config.claims_to_verify).includes('exp')];
  const loose = allowed.filter((one) => !(one.startsWith('^') && one.endsWith('$')));
  const asked = [...(scopes.length > 0 ? [`the scope ${either(scopes)}`] : []), ...(roles.length > 0 ? [`the role ${either(roles)}`] : []), ...(ofClients.length > 0 ? [`the role ${either(ofClients)} of a client`] : [])];
  const unread = ['audience', 'type', ...(scopes.length > 0 ? [] : ['scopes']), ...(roles.length > 0 || ofClients.length > 0 ? [] : ['roles'])];
  return {
    takes: (issuer) => {
      if (allowed.includes(issuer)) return true;
      const patterns = allowed.filter((one) => /[%^$*+?[\]()]/.test(one));
      return patterns.length > 0 ? undefined : allowed.some((one) => issuer.includes(one));
    },
    scopes,
    roles,
    audiences: [],
    more: ofClients.length > 0,
    past: [
      ...anonymous(config),
      ...(loose.length > 0 ? [{ whom: 'strangers' as const, words: `with a token of any issuer in whose address ${loose.map((one) => JSON.stringify(one)).join(' or ')} is found, whose keys are fetched from there: allowed_iss is a pattern, and without ^ before it and $ behind it, it may stand anywhere` }] : []),
    ],
    words: `with any token of ${either(allowed)}${ended ? ', even when it has ended,' : ''}${asked.length > 0 ? ` with ${asked.join(' and ')}` : ''}, whatever its ${unread.slice(0, -1).join(', ')} and ${unread.at(-1) ?? ''}: jwt-keycloak looks at none of these`,
  };
}

/**
 * As a guard of an API: by introspection (`bearer_only`), where the issuer says what is active, and to whom it says so (Keycloak 26: to those whom a token is
 * for); or by keys (`bearer_jwt_auth_enable`), with an audience. A scope is looked at with `validate_scope` alone. Paths in `filters` are passed by.
 * (https://github.com/revomatico/kong-oidc, version 1.3; https://github.com/nokia/kong-oidc)
 */
function oidc(config: Spec): CommunityGuard {
  const on = (field: string): boolean => config[field] === 'yes' || config[field] === true;
  const issuer = plainIssuer(textOf(config.discovery) ?? '');
  const skipped = ['filters', 'ignore_auth_filters'].flatMap((field) => (textOf(config[field]) ?? '').split(',')).filter((one) => one !== '');
  const client = textOf(config.client_id) ?? '';
  const signed = on('bearer_jwt_auth_enable');
  const introspected = (textOf(config.introspection_endpoint) ?? '') !== '';
  const audiences = !signed ? [] : textsOf(config.bearer_jwt_auth_allowed_auds).length > 0 ? textsOf(config.bearer_jwt_auth_allowed_auds) : [client];
  const scopes = introspected && !signed && on('validate_scope') ? [textOf(config.scope) ?? ''] : [];
  const unread = [...(introspected || audiences.length > 0 ? [] : ['audience']), ...(scopes.length > 0 ? [] : ['scopes']), 'roles'];
  return {
    takes: (wanted) => plainIssuer(wanted) === issuer,
    scopes,
    roles: [],
    audiences: introspected ? [] : audiences,
    more: introspected,
    past: [
      ...anonymous(config),
      ...(skipped.length > 0 ? [{ whom: 'some' as const, words: `without a token where its path matches ${either(skipped.map((one) => JSON.stringify(one)))}` }] : []),
      ...(on('bearer_only') ? [] : [{ whom: 'strangers' as const, words: 'by the cookie of a session that it began at a sign-in page' }]),
    ],
    words: `with any token of ${issuer}${audiences.length > 0 ? ` for ${either(audiences)}` : ''}${introspected ? ` that it calls active to ${client}` : ''}${scopes.length > 0 ? ` with the scope ${either(scopes)}` : ''}, whatever its ${unread.join(' and ')}: oidc looks at none of these`,
  };
}
