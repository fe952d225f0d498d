import { isNamedSecret } from '../../../core/concealed.ts';
import type { Effect, Spec } from '../../../core/resource.ts';
import { rightOf } from './rule.ts';
import type { MapperSpec } from '../specs/mapper.ts';

/** The audience that a mapper puts into tokens. */
export const audienceOf = (mapper: MapperSpec | null | undefined): string | undefined => {
  const config = mapper?.config ?? {};
  if (mapper?.protocolMapper === 'oidc-audience-mapper') return config['included.client.audience'] || config['included.custom.audience'] || undefined;
  if (mapper?.protocolMapper === 'oidc-hardcoded-claim-mapper' && claimIn(config['claim.name']) === 'aud') return config['claim.value'] ?? undefined;
  return undefined;
};

/** Those of some audiences that tokens can be for by a mapper: what is read from elsewhere, or made by what nobody here knows, can be any. */
export const audiencesBy = (mapper: MapperSpec, audiences: ReadonlySet<string>): readonly string[] => {
  const { config } = mapper;
  const type = mapper.protocolMapper ?? '';
  const named = audienceOf(mapper);
  if (named !== undefined) return [...audiences].filter((one) => one === named || (type === 'oidc-hardcoded-claim-mapper' && named.includes(JSON.stringify(one))));
  return type !== 'oidc-audience-mapper' && (!KNOWN.has(type) || (claimIn(config?.['claim.name']) === 'aud' && type !== 'oidc-hardcoded-claim-mapper')) ? [...audiences] : [];
};

/** The same of a role that a mapper gives: with it comes the client of the role, where a mapper makes tokens good for that. */
export const audiencesByRole = ({ protocolMapper, config }: MapperSpec, audiences: ReadonlySet<string>): readonly string[] => {
  const role = (protocolMapper === 'oidc-hardcoded-role-mapper' ? config?.role : protocolMapper === 'oidc-role-name-mapper' ? config?.['new.role.name'] : undefined) ?? '';
  return [...audiences].filter((one) => role.startsWith(`${one}.`));
};

/** The outermost claim of a path: Keycloak splits it at dots, and takes what stands behind a backslash for what it is. */
export const claimIn = (path: string | null | undefined): string => (/^(?:\\[^]|[^\\.])+/.exec(path ?? '')?.[0] ?? '').replace(/\\([^])/g, '$1');

/** These speak in access tokens, and where a token is introspected, until it is forbidden them (Keycloak: `includeInAccessToken` of their classes). */
const BY_THEMSELVES: ReadonlySet<string> = new Set(['oidc-audience-resolve-mapper', 'oidc-allowed-origins-mapper']);
export const INTROSPECTION = 'introspection.token.claim';

/**
 * Where else a mapper speaks that does not say so: introspection says what the access token says, userinfo what the id token says, and nothing else says
 * it (Keycloak: `OIDCAttributeMapperHelper`; measured with 26.7.4). The admin console writes all of it out, whichever mapper is saved.
 */
export const spokenUnsaid = (mapper: MapperSpec | null): Spec => {
  const { protocolMapper, config } = mapper ?? {};
  const itself = BY_THEMSELVES.has(protocolMapper ?? '');
  const says = (where: string): string => (config?.[where] === 'true' ? 'true' : 'false');
  return {
    'access.token.claim': String(itself),
    [INTROSPECTION]: itself ? 'true' : says('access.token.claim'),
    'id.token.claim': 'false',
    'userinfo.token.claim': says('id.token.claim'),
    'lightweight.claim': 'false',
    'access.tokenResponse.claim': 'false',
  };
};

/** Claims that services and gateways decide by. A name that is only known when the token is made may be any. */
const DECIDES = /^(aud|azp|iss|sub|scope|scp|exp|nbf|typ|acr|auth_time|cnf|client_id|preferred_username|username|email|roles?|groups?|realm_access|resource_access|permissions|authorization|.*\$\{.*)$/;

/** Mappers that say nothing about who their bearer is, or what for, but by the claim that they are told to write. */
const HARMLESS = new Set([
  'oidc-full-name-mapper', 'oidc-address-mapper', 'oidc-organization-membership-mapper', 'oidc-organization-group-membership-mapper', 'oidc-claims-param-token-mapper', 'oidc-acr-mapper',
  'oidc-amr-mapper', 'oidc-nonce-backwards-compatible-mapper', 'oidc-sub-mapper', 'oidc-session-state-mapper', 'oidc-usersessionmodel-note-mapper', 'oidc-allowed-origins-mapper',
]); // prettier-ignore
const KNOWN = new Set([
  ...HARMLESS, 'oidc-audience-mapper', 'oidc-hardcoded-role-mapper', 'oidc-role-name-mapper', 'oidc-hardcoded-claim-mapper', 'oidc-usermodel-attribute-mapper', 'oidc-usermodel-property-mapper',
  'oidc-usermodel-realm-role-mapper', 'oidc-usermodel-client-role-mapper', 'oidc-group-membership-mapper', 'oidc-sha256-pairwise-sub-mapper', 'oidc-audience-resolve-mapper',
]); // prettier-ignore

/** Types that write nothing into a token where their settings say so. One that changes roles asks nobody, and of one that is not known nobody knows. */
const HEEDING = new Set([...KNOWN].filter((type) => !['oidc-hardcoded-role-mapper', 'oidc-role-name-mapper'].includes(type)));

interface Judging {
  readonly audiences: ReadonlySet<string>;
  /** What the blueprint's own mappers say: who writes the same claim speaks for them. */
  readonly claims?: ReadonlySet<string>;
  /** A role of the blueprint, or one that rules the realm: as `admin` or `<client>.<role>`. */
  readonly matters: (role: string) => boolean;
}
interface Judged {
  readonly effect: Effect;
  /** "every token of storefront ..." is continued by it. */
  readonly what: string;
}

/** What a mapper that nobody asked for does to the tokens that it works on. A type that is not known may do anything. */
export const judged = (mapper: MapperSpec, { audiences, claims, matters }: Judging): Judged => {
  const config = mapper.config ?? {};
  const claim = config['claim.name'] ?? '';
  const audience = audienceOf(mapper);
  const giving = (role: string): Effect | undefined => (matters(role) ? (rightOf(role)?.effect ?? 'opens') : undefined);
  const decides = DECIDES.test(claimIn(claim)) || claims?.has(claimIn(claim)) === true;
  // A lightweight token has what says so itself, whatever is said of other tokens.
  if (config['access.token.claim'] === 'false' && (config[INTROSPECTION] ?? spokenUnsaid(mapper)[INTROSPECTION]) !== 'true' && config['lightweight.claim'] !== 'true' && HEEDING.has(mapper.protocolMapper ?? ''))
    return { effect: 'differs', what: `says ${claim || 'something more'} outside the access token` };
  if (audience !== undefined) {
    const ours = audiencesBy(mapper, audiences);
    return ours.length > 0
      ? { effect: 'opens', what: `is good for the audience ${ours.join(', ')}` }
      : { effect: 'exposes', what: `is good at ${audience} as well, which may use it as its bearer` };
  }
  const [byRole] = audiencesByRole(mapper, audiences);
  if (byRole !== undefined) return { effect: 'opens', what: `carries a role of ${byRole}, whoever its bearer is, and can be good for that audience` };
  if (HARMLESS.has(mapper.protocolMapper ?? '')) return { effect: decides ? 'opens' : 'differs', what: `carries more than the blueprint says (${mapper.protocolMapper ?? ''})` };
  switch (mapper.protocolMapper) {
    case 'oidc-hardcoded-role-mapper':
      return { effect: giving(config.role ?? '') ?? 'weakens', what: `carries the role ${config.role ?? ''}, whoever its bearer is` };
    case 'oidc-role-name-mapper':
      return { effect: giving(config['new.role.name'] ?? '') ?? 'breaks', what: `calls the role ${config.role ?? ''} ${config['new.role.name'] ?? ''}` };
    case 'oidc-hardcoded-claim-mapper':
      return { effect: decides ? 'opens' : 'differs', what: `says ${claim} is ${isNamedSecret(config, 'claim.value') ? 'what nobody is shown' : (config['claim.value'] ?? '')}` };
    case 'oidc-usermodel-attribute-mapper':
    case 'oidc-usermodel-property-mapper':
      return { effect: decides ? 'opens' : 'weakens', what: `takes ${claim} from the attribute "${config['user.attribute'] ?? ''}" of its bearer` };
    case 'oidc-usermodel-realm-role-mapper':
    case 'oidc-usermodel-client-role-mapper':
      return { effect: decides ? 'opens' : 'weakens', what: `says the roles of its bearer in ${claim}` };
    case 'oidc-group-membership-mapper':
      return { effect: decides ? 'opens' : 'weakens', what: `says the groups of its bearer in ${claim}` };
    case 'oidc-sha256-pairwise-sub-mapper':
      return { effect: 'breaks', what: 'calls its bearer by another sub' };
    case 'oidc-audience-resolve-mapper':
      return { effect: 'weakens', what: 'is good for every client of which its bearer has a role' };
    default:
      return { effect: 'opens', what: `says what ${mapper.protocolMapper ?? 'a mapper'} makes it say, which nobody here knows` };
  }
};
