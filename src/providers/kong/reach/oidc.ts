import { textsOf } from '../../../core/json.ts';
import type { PluginConfig } from '../specs/plugin-config.ts';

/** Fields of openid-connect that say whose tokens pass, and with what in them. https://developer.konghq.com/plugins/openid-connect/reference/ */
type Oidc = Partial<PluginConfig<'openid-connect'>>;

/** What a token must be to pass somewhere: as the blueprint asks for it there. */
export interface Wanted {
  readonly issuers: readonly string[];
  readonly audience: string;
  /** Ways to come by a token. */
  readonly methods?: readonly string[];
  /** Places of keys beside the issuer's own. */
  readonly keys?: readonly string[];
}

/** What openid-connect asks for: nothing that can be trusted, tokens of others, or less than a token with scopes or roles. */
export interface Asked {
  readonly is: 'nothing' | 'other' | 'thin' | 'same';
  /** Completes "GET /x reaches …". */
  readonly words: string;
  /** Each text is enough, with all words in it. */
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

/** The issuer that a discovery document is of, however its address is written. */
export const plainIssuer = (issuer: string): string => issuer.replace(/\/\.well-known\/openid-configuration$/, '').replace(/\/$/, '');
/** Those whose tokens a configuration takes: discovery names one, and more may be allowed. */
export const issuersOf = ({ issuer, issuers_allowed: allowed }: Oidc): readonly string[] => [...new Set([...(issuer == null ? [] : [plainIssuer(issuer)]), ...textsOf(allowed).map(plainIssuer)])];

/** Every way there is, where none is stated. */
const METHODS = ['authorization_code', 'bearer', 'client_credentials', 'introspection', 'kong_oauth2', 'password', 'refresh_token', 'session', 'userinfo'];

export const askedBy = (config: Oidc, wanted: readonly Wanted[]): Asked => {
  const scopes = isUsual(config.scopes_claim, ['scope']) ? textsOf(config.scopes_required) : [];
  const roles = [...textsOf(config.roles_required), ...textsOf(config.groups_required)];
  const said = (is: Asked['is'], words: string): Asked => ({ is, words, scopes, roles });
  if (config.verify_signature === false) return said('nothing', 'with a token that nobody has signed');
  const audiences = isUsual(config.audience_claim, ['aud']) ? textsOf(config.audience_required) : [];
  // One of several texts is enough: each must ask for the audience.
  const asksFor = (audience: string): boolean => audiences.length > 0 && audiences.every((one) => one.split(' ').includes(audience));
  const issuers = issuersOf(config);
  const own = wanted.find((one) => issuers.some((issuer) => one.issuers.map(plainIssuer).includes(issuer)) && asksFor(one.audience));
  if (own === undefined) return said('other', `with a token of ${issuers.join(' or ') || 'any issuer'} for ${audiences.join(' or ') || 'whichever audience'}`);
  const strangers = issuers.filter((issuer) => !own.issuers.map(plainIssuer).includes(issuer));
  if (strangers.length > 0) return said('other', `with a token of ${strangers.join(' or ')}, too`);
  const keys = textsOf(config.extra_jwks_uris).filter((uri) => own.keys?.includes(uri) !== true && !own.issuers.some((issuer) => uri.startsWith(`${plainIssuer(issuer)}/`)));
  if (keys.length > 0) return said('other', `with a token that a key of ${keys.join(' or ')} has signed`);
  const less = [
    ...(config.verify_claims === false || config.introspection_check_active === false ? ['even when it has ended'] : []),
    ...(config.enable_hs_signatures === true ? ['signed with the secret of the client, too'] : []),
    ...moreMethods(config, own),
  ];
  if (less.length > 0) return said('thin', `with a token for the same audience, ${less.join(', ')}`);
  if (scopes.length === 0 && roles.length === 0) return said('thin', 'with any token for the same audience');
  return said('same', 'with a token for the same audience and with scopes');
};

const moreMethods = ({ auth_methods: methods }: Oidc, { methods: wanted = ['bearer'] }: Wanted): readonly string[] => {
  const more = (methods == null ? METHODS : textsOf(methods)).filter((method) => !wanted.includes(method) && method !== 'bearer' && method !== 'introspection');
  return more.length === 0 ? [] : [`come by in other ways (${more.join(', ')})`];
};

const isUsual = (claim: unknown, usual: readonly string[]): boolean => claim == null || textsOf(claim).join(' ') === usual.join(' ');

/** Whether what is asked for lets nobody through whom these scopes, all of them, and one of these roles would not. */
export const asksAll = (asked: Pick<Asked, 'scopes' | 'roles'>, { scopes, roles }: { readonly scopes: readonly string[]; readonly roles: readonly string[] }): boolean => {
  const covers = (texts: readonly string[], fits: (words: readonly string[]) => boolean): boolean => texts.length > 0 && texts.every((text) => fits(text.split(' ')));
  return (scopes.length === 0 || covers(asked.scopes, (words) => scopes.every((scope) => words.includes(scope)))) && (roles.length === 0 || covers(asked.roles, (words) => words.some((word) => roles.includes(word))));
};
