/** The parts of a URL, split as LuaSocket's `socket.url` does (RFC 2396, without checking): Kong's `url` shorthand rests on it. */
export interface LooseUrl {
  readonly scheme?: string;
  readonly host?: string;
  readonly port?: string;
  readonly path?: string;
  readonly userinfo?: string;
}

export const parseLooseUrl = (url: string): LooseUrl | undefined => {
  if (url === '') return undefined;
  const parts: { -readonly [Part in keyof LooseUrl]: LooseUrl[Part] } = {};
  let rest = url.replace(/#.*$/s, '');
  const scheme = /^([A-Za-z][A-Za-z0-9+\-.]*):/.exec(rest);
  if (scheme?.[1] !== undefined) {
    parts.scheme = scheme[1];
    rest = rest.slice(scheme[0].length);
  }
  let authority: string | undefined;
  const found = /^\/\/([^/]*)/.exec(rest);
  if (found) {
    authority = found[1] ?? '';
    rest = rest.slice(found[0].length);
  }
  rest = rest.replace(/\?.*$/s, '').replace(/;.*$/s, '');
  if (rest !== '') parts.path = rest;
  if (authority === undefined) return parts;
  const at = authority.indexOf('@');
  if (at >= 0) {
    parts.userinfo = authority.slice(0, at);
    authority = authority.slice(at + 1);
  }
  const port = /:([^:\]]*)$/.exec(authority);
  if (port) {
    if (port[1]) parts.port = port[1];
    authority = authority.slice(0, -port[0].length);
  }
  if (authority !== '') parts.host = /^\[(.+)\]$/.exec(authority)?.[1] ?? authority;
  return parts;
};
