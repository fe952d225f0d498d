import { Secret } from './secret.ts';

const hidden = (text: string): string => `[secret ${new Secret(text).fingerprint()}]`;

/** What stands before the host of an address: `http://user:password@logs.example`. */
const USERINFO = /(\b[a-z][a-z0-9+.-]*:\/\/)([^\s/?#]+)@/gi;
/** A parameter that is named as secrets are: `?api_key=…`, `&sig=…`. */
const PARAMETER = /([?&;](?:[\w.-]*(?:token|secret|passw(?:or)?d|pwd|api[_-]?key|access[_-]?key|auth|credential|signature)|pass|sig|key|code|k)=)([^&;#\s"']+)/gi;
/** The private members of a JSON Web Key (RFC 7518 section 6), as JSON or as JSON inside JSON. */
const MEMBER = /(\\?"(?:k|d|p|q|dp|dq|qi)\\?"\s*:\s*\\?")([^"\\]+)/g;
const PEM = /(-----BEGIN [A-Z ]*PRIVATE KEY-----)([^-]+)(-----END|$)/g;

/**
 * A server's text as it may be shown: user and password of an address, parameters that are named as secrets, and private keys are hidden under their
 * fingerprint, so that one that was changed still reads as another.
 */
export const hideSecrets = (text: string): string => {
  const shown = text
    .replace(USERINFO, (_, scheme: string, userinfo: string) => `${scheme}${hidden(userinfo)}@`)
    .replace(PARAMETER, (_, name: string, value: string) => `${name}${hidden(value)}`)
    .replace(PEM, (_, begin: string, body: string, end: string) => `${begin}${hidden(body)}${end}`);
  return /\\?"kty\\?"/.test(shown) ? shown.replace(MEMBER, (_, name: string, value: string) => `${name}${hidden(value)}`) : shown;
};
