/**
 * Whether the URL of a proof (`htu`) is `path`, as the client sent it, at one of the origins: normalised by syntax and scheme (RFC 3986
 * sections 6.2.2 and 6.2.3), without query and fragment (RFC 9449 section 4.3).
 */
export const isTarget = (htu: string, origins: readonly string[], path: string): boolean => {
  if (htu.length > 4096) return false;
  const [, scheme = '', authority = '', rest = ''] = /^([A-Za-z][\w+.-]*):\/\/([^/?#]*)([^?#]*)/.exec(htu) ?? [];
  const named = originOf(scheme, authority);
  return named !== undefined && normalise(rest) === normalise(path) && origins.some((origin) => {
    const [, ownScheme = '', ownAuthority = ''] = /^(https?):\/\/([^/?#]+)$/.exec(origin) ?? [];
    return originOf(ownScheme, ownAuthority) === named;
  });
};

/** `scheme://host[:port]` in lower case and without a default port; `undefined` for no http(s) origin. */
const originOf = (scheme: string, authority: string): string | undefined => {
  const [name, place] = [scheme.toLowerCase(), authority.toLowerCase()];
  if ((name !== 'http' && name !== 'https') || place === '' || /[@\s]/.test(place)) return undefined;
  const [, host, port] = /^(.*?):(\d*)$/.exec(place) ?? [];
  return `${name}://${host !== undefined && (port === '' || port === (name === 'http' ? '80' : '443')) ? host : place}`;
};

/** Escapes in one spelling: of what needs none decoded, all others in capitals. */
const normalise = (path: string): string =>
  path === ''
    ? '/'
    : path.replaceAll(/%([\dA-Fa-f]{2})/g, (escape, digits: string) => {
        const letter = String.fromCharCode(Number.parseInt(digits, 16));
        return /[\w.~-]/.test(letter) ? letter : escape.toUpperCase();
      });
