import { forbidden, invalidRequest, invalidToken, missingToken } from '../refusal.ts';
import type { Refusal } from '../refusal.ts';
import type { ServiceRequest } from '../request.ts';
import { judgeOrigin } from './origin.ts';
import type { OriginRules } from './origin.ts';
import { formHolds, queryHolds } from './parameters.ts';

export interface IntakeRules extends OriginRules {
  /** Read `Authorization: Bearer`. */
  readonly header: boolean;
  /** Read the cookie of this name. */
  readonly cookie?: string | undefined;
  /** Bytes of a token at most. */
  readonly maxTokenSize: number;
  /** Tokens are bound to a key: they come as `Authorization: DPoP`, and in no other way. */
  readonly bound: boolean;
}

export type TokenSource = 'header' | 'cookie';
interface Taken {
  readonly ok: true;
  readonly token: string;
  readonly source: TokenSource;
}

const TOKEN_PARAMETERS: ReadonlySet<string> = new Set(['access_token', 'jwt', 'id_token']);

/**
 * The one token of a request in the places that are declared, or the answer that refuses it. Two tokens are refused even when one stands
 * where none is read (RFC 6750 section 2): two that disagree must never meet behind the service.
 */
export const takeToken = (rules: IntakeRules, request: ServiceRequest): Taken | Refusal => {
  const authorization = request.headers.get('authorization') ?? [];
  if (authorization.length > 1) return invalidRequest('two Authorization headers');
  const [sent, scheme] = authorization[0] === undefined ? [] : shownIn(authorization[0], rules.bound);
  // What is bound to a key is not to be downgraded (RFC 9449 section 7.2).
  if (rules.bound && scheme === 'bearer') return invalidToken('a bearer token where tokens are bound');
  const cookies = rules.cookie === undefined ? [] : cookieValues(request.headers.get('cookie') ?? [], rules.cookie);
  if (cookies.length > 1) return invalidRequest('two cookies of that name');
  const kept = cookies[0] === '' ? undefined : cookies[0];
  if (sent !== undefined && kept !== undefined) return invalidRequest('a token in the header and in the cookie');
  const token = kept ?? (rules.header ? sent : undefined);
  const elsewhere = queryHolds(queryOf(request.target), TOKEN_PARAMETERS) || formHolds(request.formNames ?? [], TOKEN_PARAMETERS);
  if (token === undefined) return missingToken(elsewhere ? 'the token is in the query or the form' : 'no token');
  if (elsewhere) return invalidRequest('a second token in the query or the form');
  if (token.length > rules.maxTokenSize) return invalidToken('size');
  if (kept === undefined) return { ok: true, token, source: 'header' };
  const crossSite = judgeOrigin(rules, request);
  return crossSite === undefined ? { ok: true, token, source: 'cookie' } : forbidden(`cross-site: ${crossSite}`);
};

const BEARER = 'Bearer '.length;

/**
 * What follows a scheme that carries a token (`Bearer`, or `DPoP` where tokens are bound so), `''` for nothing, and the scheme; neither
 * when it is another. It has no case (RFC 9110 section 11.1).
 */
const shownIn = (value: string, bound: boolean): readonly [text: string, scheme: string] | readonly [] => {
  // What nearly everybody sends: one blank, and none after it.
  if (value.startsWith('Bearer ') && !value.includes(' ', BEARER) && !value.includes('\t')) return [value.slice(BEARER), 'bearer'];
  const [first = '', ...rest] = trimBlanks(value).split(/[ \t]+/);
  const scheme = first.toLowerCase();
  return scheme === 'bearer' || (bound && scheme === 'dpop') ? [rest.join(' '), scheme] : [];
};

/** Every value sent under exactly this name (RFC 6265 section 4.2). */
const cookieValues = (lines: readonly string[], wanted: string): readonly string[] =>
  lines
    .flatMap((line) => line.split(';'))
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? ([trimBlanks(pair), ''] as const) : ([trimBlanks(pair.slice(0, at)), trimBlanks(pair.slice(at + 1))] as const);
    })
    .filter(([name]) => name === wanted)
    .map(([, value]) => value);

/**
 * Without the blanks around it, and nothing else that `trim` would take. A loop, because a pattern is quadratic on a long run of
 * blanks.
 */
const trimBlanks = (text: string): string => {
  const isBlank = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(from)) from += 1;
  while (to > from && isBlank(to - 1)) to -= 1;
  return text.slice(from, to);
};

const queryOf = (target: string): string => {
  const at = target.indexOf('?');
  return at < 0 ? '' : target.slice(at + 1);
};
