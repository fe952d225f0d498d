import type { ServiceRequest } from '../request.ts';

export interface OriginRules {
  /** Origins that may send unsafe requests with the cookie, besides the request's own. */
  readonly allowedOrigins: readonly string[];
  /** Lower case: stands for Origin when a client sends neither Origin nor Sec-Fetch-Site. */
  readonly csrfHeader: string;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const DEFAULT_PORT = /^(http:\/\/.*):80$|^(https:\/\/.*):443$/;
/** Content types that a foreign page may send without asking first (Fetch standard, "CORS-safelisted request-header"). */
const SIMPLE_TYPE = /text\/plain|application\/x-www-form-urlencoded|multipart\/form-data/i;

/** `scheme://authority` in lower case without a default port, or `undefined` when the text is no http(s) origin. */
export const normaliseOrigin = (text: string): string | undefined => {
  const origin = /^(https?:\/\/[^/?#@\s]+)\/?$/.exec(text.toLowerCase())?.[1];
  if (origin === undefined) return undefined;
  const [, http, https] = DEFAULT_PORT.exec(origin) ?? [];
  return http ?? https ?? origin;
};

const only = (values: readonly string[] | undefined): string | undefined => (values?.length === 1 ? values[0] : undefined);

/**
 * Why a request with a token from a cookie may come from another site, or `undefined` when it does not (RFC 6265bis section 8.8, OWASP
 * ASVS 5.0 3.5). An upgrade counts as unsafe: a foreign page may open a WebSocket with the cookie. The gateway's guard has the same
 * rules.
 */
export const judgeOrigin = (rules: OriginRules, { method, scheme, headers }: ServiceRequest): string | undefined => {
  if (SAFE_METHODS.has(method) && !headers.has('upgrade')) return undefined;
  const fetchSite = headers.get('sec-fetch-site');
  const site = fetchSite && (only(fetchSite) ?? 'cross-site');
  if (site === 'cross-site') return 'Sec-Fetch-Site is cross-site';
  const origin = headers.get('origin');
  const referer = headers.get('referer');
  if (origin ?? referer) {
    const from = normaliseOrigin(origin ? (only(origin) ?? '') : (/^[^:/?#]+:\/\/[^/?#]*/.exec(only(referer) ?? '')?.[0] ?? ''));
    const own = normaliseOrigin(`${scheme}://${only(headers.get('host')) ?? ''}`);
    const allowed = from !== undefined && (from === own || rules.allowedOrigins.some((item) => normaliseOrigin(item) === from));
    return allowed ? undefined : 'Origin is not allowed';
  }
  if (headers.get('content-type')?.some((value) => SIMPLE_TYPE.test(value)) === true) return 'a simple content type without Origin';
  if (site === 'same-origin') return undefined;
  return headers.has(rules.csrfHeader) ? undefined : 'neither Origin nor the custom header';
};
