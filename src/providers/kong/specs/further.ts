import { isObject } from '../../../core/json.ts';

/** A further issuer of a token guard: whose tokens, by whose keys, for whom. */
export interface Further {
  readonly issuer: string;
  readonly keys: string;
  readonly audience: string;
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Those that a guard takes, as it says. What a server holds of them has no type before it has been read. */
export const furtherIn = ({ further_issuers: held }: { readonly further_issuers?: unknown }): readonly Further[] =>
  (Array.isArray(held) ? held.filter(isObject) : []).map((one) => ({ issuer: textIn(one['issuer']), keys: textIn(one['jwks_url']), audience: textIn(one['audience']) }));

export const isSameIssuer = (one: Further, other: Further): boolean => one.issuer === other.issuer && one.keys === other.keys && one.audience === other.audience;
