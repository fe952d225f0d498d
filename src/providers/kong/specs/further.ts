import { isObject } from '../../../core/json.ts';

/** A further issuer of a token guard: whose tokens, by whose keys, for whom. */
export interface Further extends Taken {
  readonly issuer: string;
  readonly keys: string;
}

/** Which tokens of an issuer a token guard takes. */
export interface Taken {
  /** For whom: an audience, or clients where tokens name no other. */
  readonly audiences: readonly string[];
  /** The kinds, as they say themselves; empty: any, ID tokens among them. */
  readonly kinds: readonly string[];
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);

/** What a guard, or an entry of its further issuers, takes. Fields that it does not say are the plugin's defaults. */
export const takenBy = ({ audience, audience_claim: by, clients, token_types: kinds, token_type_claim: claim }: Readonly<Record<string, unknown>>): Taken => ({
  audiences: by === 'client_id' ? [...new Set([textIn(audience), ...textsIn(clients)])].toSorted().map((client) => `the client ${client}`) : [textIn(audience)],
  kinds: textsIn(kinds).map((kind) => `${textIn(claim) || 'typ'} ${kind}`).toSorted(),
});

/** Those that a guard takes, as it says. What a server holds of them has no type before it has been read. */
export const furtherIn = ({ further_issuers: held }: { readonly further_issuers?: unknown }): readonly Further[] =>
  (Array.isArray(held) ? held.filter(isObject) : []).map((one) => ({ issuer: textIn(one['issuer']), keys: textIn(one['jwks_url']), ...takenBy(one) }));

/** What is taken there is taken here, too, or less of it: no token of anybody else, and for nobody else. */
export const isWithin = (one: Further, stated: Further): boolean => one.issuer === stated.issuer && one.keys === stated.keys && one.audiences.every((audience) => stated.audiences.includes(audience));

/** What a guard takes otherwise than is stated, in words; nothing where it is the same. */
export const takenOtherwise = (found: Taken, stated: Taken): string | undefined => {
  if (found.audiences.join() !== stated.audiences.join()) return `for ${found.audiences.join(' and ')}`;
  return found.kinds.join() === stated.kinds.join() ? undefined : found.kinds.length === 0 ? 'of any kind' : `of the kind ${found.kinds.join(' and ')}`;
};
