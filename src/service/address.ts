import { invalidOption } from './error.ts';

/** True for addresses that never leave this machine (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

/** True when what comes from there cannot be replaced on the way: https, or a loopback address (RFC 8725 section 3.8). */
export const isTrustworthy = (url: URL): boolean => url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));

/**
 * The URL of something that this service will trust. Throws `SERVICE_OPTION_INVALID` for plain http beyond loopback unless `allowHttp`
 * says that the network in between is trusted.
 */
export const trustedUrl = (what: string, text: string | URL, allowHttp: boolean): URL => {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalidOption(`${what} is not a URL`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalidOption(`${what} must be an https URL`);
  if (url.username !== '' || url.password !== '') throw invalidOption(`${what} must not hold credentials`);
  if (!allowHttp && !isTrustworthy(url))
    throw invalidOption(`${what} must be an https URL; allowHttp takes plain http on a network you trust`);
  return url;
};
