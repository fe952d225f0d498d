import { formatHost, isBadPort, isIp, isIpOrCidr, parseHost } from './hosts.ts';
import { normalizePath } from './normalize.ts';
import { parseLooseUrl } from './url.ts';

/** What a check says: nothing when the value is right, else why it is not. */
export type Verdict = string | undefined;

const bareHost = (value: string): Verdict => {
  const host = parseHost(value);
  if (typeof host === 'string') return isBadPort(host) ? 'must not have a port' : `invalid value: ${value}`;
  return host.port === undefined ? undefined : 'must not have a port';
};

const sni = (value: string): Verdict => {
  const host = parseHost(value);
  if (typeof host === 'string') return isBadPort(host) ? 'must not have a port' : `invalid value: ${value}`;
  if (host.type !== 'name') return 'must not be an IP';
  return host.port === undefined ? undefined : 'must not have a port';
};

const wildcardHost = (value: string): Verdict => {
  const star = value.indexOf('*');
  if (star < 0) return sni(value);
  if (star !== 0 && star !== value.length - 1) return 'wildcard must be leftmost or rightmost character';
  const filled = value.replaceAll('*', 'wildcard');
  if (value.indexOf('*', star + 1) >= 0) return 'only one wildcard must be specified';
  return sni(filled);
};

const optionalPort = (value: string): Verdict => {
  const host = parseHost(value);
  return typeof host === 'string' ? host : undefined;
};

/** Why a path is none; `percent` says that its percent-encoding is at fault, which regex paths are held to as well. */
const pathFault = (value: string): { reason: string; percent: boolean } | undefined => {
  if (!/^\/[A-Za-z0-9.\-_~/%:@!$&'()*+,;=]*$/.test(value)) {
    return { reason: `invalid path: '${value}' (characters outside of the reserved list of RFC 3986 found)`, percent: false };
  }
  const raw = value.replace(/%[0-9a-f]{2}/gi, '___');
  const at = raw.indexOf('%');
  return at < 0 ? undefined : { reason: `invalid url-encoded value: '${raw.slice(at, at + 3)}'`, percent: true };
};

/** What PCRE2 takes and JavaScript does not: `(?P<n>`, `(?i)`, `(?i:`, `(?>`, `(?#…)` and possessive repetition. */
const toJavaScript = (source: string): string =>
  source.replaceAll('(?P<', '(?<').replace(/\(\?#[^)]*\)/g, '').replace(/\(\?[imsxU-]+\)/g, '').replace(/\(\?(?:[imsxU-]+:|>)/g, '(?:')
    .replace(/([^\\][+*?}])\+/g, '$1');

/** The message PCRE2 has for the commonest faults; JavaScript's own words for the others. */
const regexFault = (source: string): Verdict => {
  try {
    new RegExp(toJavaScript(source));
    return undefined;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const known = [
      [/Unterminated group/, 'missing closing parenthesis'],
      [/Unterminated character class/, 'missing terminating ] for character class'],
      [/Unmatched '\)'/, 'unmatched closing parenthesis'],
      [/Nothing to repeat/, 'quantifier does not follow a repeatable item'],
      [/\\ at end of pattern/, '\\ at end of pattern'],
      [/Range out of order/, 'range out of order in character class'],
    ] as const;
    return known.find(([pattern]) => pattern.test(reason))?.[1] ?? reason.replace(/^.*: /, '');
  }
};

export const isRegex = (source: string): boolean => regexFault(source) === undefined;

const routerPath = (value: string): Verdict => {
  const fault = pathFault(value);
  if (fault?.percent) return fault.reason;
  if (!value.startsWith('~')) {
    const normal = normalizePath(value);
    return value === normal ? undefined : `non-normalized path, consider use '${normal}' instead`;
  }
  const regex = value.slice(1);
  const reason = regexFault(regex);
  if (reason === undefined) return undefined;
  const where = reason.startsWith('missing') || reason.endsWith('pattern') ? ` in "${regex}"` : ` in "${regex}" at "${regex}"`;
  return `invalid regex: '${regex}' (PCRE returned: pcre2_compile() failed: ${reason}${where})`;
};

/** A tag: a space, the control characters to `+`, `-`, `.`, `0` to `~`, and UTF-8; no comma, no slash (`kong/db/schema/typedefs.lua`). */
const tag = (value: string): Verdict =>
  /^[\x20-+\-.0-~\u0080-\u{10ffff}]+$/u.test(value)
    ? undefined
    : `invalid tag '${value}': expected printable ascii (except \`,\` and \`/\`) or valid utf-8 sequences`;

const utf8Name = (value: string): Verdict =>
  /^[A-Za-z0-9.\-_~\u0080-\u{10ffff}]+$/u.test(value)
    ? undefined
    : `invalid value '${value}': the only accepted ascii characters are alphanumerics or ., -, _, and ~`;

const url = (value: string): Verdict => {
  const parsed = parseLooseUrl(value);
  if (!parsed) return 'could not parse url. invalid url';
  if (parsed.host === undefined) return 'missing host in url';
  return parsed.scheme === undefined ? 'missing scheme in url' : undefined;
};

const HEADER = /^[A-Za-z0-9\-_]+$/;

export const isHeaderName = (value: string): boolean => HEADER.test(value);

const headerName = (value: string): Verdict => {
  if (value === '') return 'no header name provided';
  return HEADER.test(value) ? undefined : `bad header name '${value}', allowed characters are A-Z, a-z, 0-9, '_', and '-'`;
};

const cookieName = (value: string): Verdict =>
  value !== '' && !/[\x00-\x20\x7f()<>@,;:\\"/?={}[\]]/.test(value)
    ? undefined
    : 'contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the ' +
      'characters ()<>@,;:\\"/?={}[] are not allowed.';

const upstreamName = (value: string): Verdict => {
  const host = parseHost(value);
  const about = `Invalid name ('${value}')`;
  if (typeof host === 'string') return `${about}; must be a valid hostname`;
  if (host.type !== 'name') return `${about}; no ip addresses allowed`;
  return host.port === undefined ? undefined : `${about}; no port allowed`;
};

const target = (value: string): Verdict =>
  typeof parseHost(value) === 'string' ? `Invalid target ('${value}'); not a valid hostname or ip address` : undefined;

/** A target with its port stated (8000 unless given), or `undefined` when it is no host. */
export const formatTarget = (value: string): string | undefined => {
  const host = parseHost(value);
  return typeof host === 'string' ? undefined : formatHost(host, 8000);
};

/** The checks on text that `kong/db/schema/typedefs.lua` names. */
export const textChecks: Readonly<Record<string, (value: string) => Verdict>> = {
  host: bareHost,
  sni,
  wildcard_host: wildcardHost,
  host_with_optional_port: optionalPort,
  route_host: (value) => optionalPort(value.replaceAll('*', 'abc')),
  ip: (value) => (isIp(value) ? undefined : `not an ip address: ${value}`),
  ip_or_cidr: (value) => (isIpOrCidr(value) ? undefined : `invalid ip or cidr range: '${value}'`),
  path: (value) => pathFault(value)?.reason,
  router_path: routerPath,
  tag,
  utf8_name: utf8Name,
  url,
  header_name: headerName,
  cookie_name: cookieName,
  upstream_name: upstreamName,
  target,
};
