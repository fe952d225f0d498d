// What a request may ask: where to go after the sign-in, and whether a page of this site sent it.

/**
 * An absolute URL of this site, whatever was asked: `//evil.example`, `/\evil.example` and `/.//evil.example` name other sites to a browser.
 * @param {unknown} wanted @param {string} origin
 */
export const safeReturn = (wanted, origin) => {
  const home = `${origin}/`;
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || !URL.canParse(wanted, home)) return home;
  const url = new URL(wanted, home);
  return url.origin === new URL(home).origin ? `${origin}${url.pathname}${url.search}${url.hash}` : home;
};

/**
 * True when a page of this very origin sent the request. Cookies do not tell ports or, on one site, hosts apart, whatever SameSite says.
 * @param {Readonly<Record<string, string | string[] | undefined>>} headers @param {string} origin
 */
export const fromOwnPage = (headers, origin) => {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const sender = headers.origin;
  return sender === undefined ? site === 'same-origin' : sender === origin;
};
