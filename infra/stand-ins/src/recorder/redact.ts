import { createHash } from 'node:crypto';

/** Enough to see that two values are the same, and nothing of either. */
const hashed = (value: string): string => `sha256:${createHash('sha256').update(value).digest('hex').slice(0, 12)}`;

/** A signed or an encrypted token in compact form (RFC 7515 section 7.1, RFC 7516 section 7.1), wherever it stands. */
const TOKEN = /eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){1,4}/g;
const SECRET_PARAMETERS = /([?&;](?:access_token|id_token|refresh_token|token|jwt|code|apikey|api_key|client_secret|password)=)([^&;#\s]+)/gi;
const SECRET_HEADERS = /token|secret|assertion|signature|password|introspection|api-?key|-key$/;
/** What checks plant in a header to see whether it arrives: no secret, and a hash of it would hide that it did. */
const PLANTED = /^authctl-[a-z-]+$/;

/** Text with every token and every secret parameter in it replaced by its hash. */
export const redactText = (text: string): string =>
  text
    .replace(SECRET_PARAMETERS, (_all, name: string, value: string) => `${name}${hashed(value)}`)
    .replace(TOKEN, (token) => hashed(token));

const cookies = (value: string): string =>
  value
    .split(';')
    .map((pair) => {
      const [, name, content] = /^\s*([^=]*)=(.*)$/s.exec(pair) ?? [];
      return name === undefined || content === undefined ? hashed(pair.trim()) : `${name}=${hashed(content.trim())}`;
    })
    .join('; ');

const credentials = (value: string): string => {
  const [, scheme, rest] = /^\s*([A-Za-z][A-Za-z0-9-]*)\s+(.+)$/s.exec(value) ?? [];
  return scheme === undefined || rest === undefined ? hashed(value) : `${scheme} ${hashed(rest)}`;
};

/** One header as it may be kept and shown: `Bearer sha256:…`, `session=sha256:…`. */
export const redactHeader = (name: string, value: string): string => {
  const key = name.toLowerCase().replaceAll('_', '-');
  if (key === 'authorization' || key === 'proxy-authorization') return credentials(value);
  if (key === 'cookie' || key === 'set-cookie') return cookies(value);
  return SECRET_HEADERS.test(key) && !PLANTED.test(value) ? hashed(value) : redactText(value);
};
