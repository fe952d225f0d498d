const reserved = new Set("!*'();:@&=+$,/?%#[]");

/**
 * Kong's path normalisation, which routing works on: unreserved characters decoded, `.` and `..` resolved, slashes merged. Reserved
 * characters stay encoded, so `%2F` is not a separator. (kong/tools/uri.lua; RFC 3986, sections 5.2.4 and 6.2.2)
 */
export const normalise = (path: string): string => {
  if (path === '' || path === '/') return path;
  let rest = path.replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return reserved.has(char) ? whole.toUpperCase() : char;
  });
  if (!rest.includes('.') && !rest.includes('//')) return rest;
  const output: string[] = [];
  while (rest.length > 0) {
    if (rest === '/.') rest = '/';
    else if (rest === '/..') { rest = '/'; output.pop(); }
    else if (rest === '.' || rest === '..') rest = '';
    else if (rest.startsWith('../')) rest = rest.slice(3);
    else if (rest.startsWith('./') || rest.startsWith('/./')) rest = rest.slice(2);
    else if (rest.startsWith('/../')) { rest = rest.slice(3); output.pop(); }
    else if (rest.startsWith('//')) rest = rest.slice(1);
    else {
      const next = rest.indexOf('/', 1);
      output.push(next === -1 ? rest : rest.slice(0, next));
      rest = next === -1 ? '' : rest.slice(next);
    }
  }
  return output.join('');
};

/** Makes a normalised path safe to send on: everything that may not stand in a request line is percent-encoded again. */
export const escapePath = (path: string): string =>
  path.replace(/[^!#$&'()*+,/:;=?@[\]A-Z\d\-_.~%]/gi, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

const withoutLeadingDots = (postfix: string): string => {
  if (postfix === '.' || postfix === '..') return '';
  if (postfix.startsWith('./')) return postfix.slice(2);
  if (postfix.startsWith('../')) return postfix.slice(3);
  return postfix;
};

/**
 * The path sent upstream: the service's path and what is left of the request's. `prefix` is what the route matched when it strips, else
 * undefined. The default router knows only path handling "v0". (kong/router/utils.lua, get_upstream_uri_v0)
 */
export const upstreamPath = (base: string, path: string, prefix: string | undefined): string => {
  if (prefix === undefined) {
    if (base.endsWith('/')) return base + path.slice(1);
    return path === '/' ? base : base + path;
  }
  const postfix = withoutLeadingDots(path.slice(prefix.length));
  const bare = base.endsWith('/') ? base.slice(0, -1) : base;
  if (postfix === '') {
    if (base === '/') return '/';
    return path.endsWith('/') && (path.length > 1 || base.endsWith('/')) ? `${bare}/` : bare;
  }
  return postfix.startsWith('/') ? bare + postfix : `${bare}/${postfix}`;
};

/** Whether nginx itself would refuse the request line's path: a bad escape, a NUL, or `..` above the root. */
export const isBadPath = (path: string): boolean => {
  if (!path.startsWith('/') || /%(?![0-9a-f]{2})/i.test(path) || /%00|\0/.test(path)) return true;
  let depth = 0;
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  for (const segment of decoded.split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
};
