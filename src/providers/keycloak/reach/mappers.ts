import type { Effect } from '../../../core/resource.ts';
import type { MapperSpec } from '../specs/mapper.ts';

/** The audience that a mapper puts into tokens. */
export const audienceOf = (mapper: MapperSpec | null | undefined): string | undefined => {
  const config = mapper?.config ?? {};
  if (mapper?.protocolMapper === 'oidc-audience-mapper') return config['included.client.audience'] || config['included.custom.audience'] || undefined;
  if (mapper?.protocolMapper === 'oidc-hardcoded-claim-mapper' && config['claim.name'] === 'aud') return config['claim.value'] ?? undefined;
  return undefined;
};

/** Claims that services and gateways decide by. */
const DECIDES = /^(aud|azp|iss|sub|scope|exp|nbf|typ|acr|client_id|preferred_username|username|email|roles?|groups?|realm_access|resource_access|permissions|authorization)(\.|$)/;

interface Judging {
  readonly audiences: ReadonlySet<string>;
  /** A role of the blueprint, or one that rules the realm: as `admin` or `<client>.<role>`. */
  readonly matters: (role: string) => boolean;
}
interface Judged {
  readonly effect: Effect;
  /** "every token of storefront ..." is continued by it. */
  readonly what: string;
}

/** What a mapper that nobody asked for does to the tokens that it works on. A type that is not known may do anything. */
export const judged = (mapper: MapperSpec, { audiences, matters }: Judging): Judged => {
  const config = mapper.config ?? {};
  const claim = config['claim.name'] ?? '';
  const audience = audienceOf(mapper);
  if (config['access.token.claim'] === 'false' && config['introspection.token.claim'] !== 'true' && mapper.protocolMapper !== 'oidc-hardcoded-role-mapper')
    return { effect: 'differs', what: `says ${claim || 'something more'} outside the access token` };
  if (audience !== undefined)
    return audiences.has(audience)
      ? { effect: 'opens', what: `is good for the audience ${audience}` }
      : { effect: 'exposes', what: `is good at ${audience} as well, which may use it as its bearer` };
  switch (mapper.protocolMapper) {
    case 'oidc-hardcoded-role-mapper':
      return matters(config.role ?? '')
        ? { effect: 'opens', what: `carries the role ${config.role ?? ''}, whoever its bearer is` }
        : { effect: 'weakens', what: `carries the role ${config.role ?? ''}, whoever its bearer is` };
    case 'oidc-role-name-mapper':
      return { effect: matters(config['new.role.name'] ?? '') ? 'opens' : 'breaks', what: `calls the role ${config.role ?? ''} ${config['new.role.name'] ?? ''}` };
    case 'oidc-hardcoded-claim-mapper':
      return { effect: DECIDES.test(claim) ? 'opens' : 'differs', what: `says ${claim} is ${config['claim.value'] ?? ''}` };
    case 'oidc-usermodel-attribute-mapper':
    case 'oidc-usermodel-property-mapper':
      return { effect: DECIDES.test(claim) ? 'opens' : 'weakens', what: `takes ${claim} from the attribute "${config['user.attribute'] ?? ''}" of its bearer` };
    case 'oidc-usermodel-realm-role-mapper':
    case 'oidc-usermodel-client-role-mapper':
      return { effect: DECIDES.test(claim) ? 'opens' : 'weakens', what: `says the roles of its bearer in ${claim}` };
    case 'oidc-group-membership-mapper':
      return { effect: DECIDES.test(claim) ? 'opens' : 'weakens', what: `says the groups of its bearer in ${claim}` };
    case 'oidc-sha256-pairwise-sub-mapper':
      return { effect: 'breaks', what: 'calls its bearer by another sub' };
    case 'oidc-audience-resolve-mapper':
      return { effect: 'weakens', what: 'is good for every client of which its bearer has a role' };
    case 'oidc-full-name-mapper':
    case 'oidc-address-mapper':
    case 'oidc-organization-membership-mapper':
    case 'oidc-organization-group-membership-mapper':
    case 'oidc-claims-param-token-mapper':
    case 'oidc-acr-mapper':
    case 'oidc-amr-mapper':
    case 'oidc-nonce-backwards-compatible-mapper':
    case 'oidc-sub-mapper':
    case 'oidc-session-state-mapper':
    case 'oidc-usersessionmodel-note-mapper':
    case 'oidc-allowed-origins-mapper':
      return { effect: DECIDES.test(claim) ? 'opens' : 'differs', what: `carries more than the blueprint says (${mapper.protocolMapper})` };
    default:
      return { effect: 'opens', what: `says what ${mapper.protocolMapper ?? 'a mapper'} makes it say, which nobody here knows` };
  }
};
