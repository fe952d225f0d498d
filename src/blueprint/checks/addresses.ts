import type { Path } from '../tree.ts';
import type { Context } from './context.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export const isLoopback = (url: URL): boolean => LOOPBACK.test(url.hostname);

const parsed = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

/** Base URLs of targets and services: http(s), nothing but scheme, host, port and perhaps a path. The URL itself is not repeated. */
export const checkBaseUrl = ({ findings }: Context, path: Path, text: string, schemes = /^https?:$/): void => {
  if (text === '') return;
  const url = parsed(text);
  const wrong = (what: string, hint?: string, sensitive = false): void =>
    findings.add('BLUEPRINT_URL', path, `${path.join('.')} ${what}`, { expected: 'a URL such as https://orders.example:9101', hint, sensitive });
  if (!url || !schemes.test(url.protocol) || url.hostname === '') wrong('is not an http or https URL');
  else if (url.username !== '' || url.password !== '') wrong('carries credentials', 'remove them from the URL: URLs end up in logs', true);
  else if (url.search !== '' || url.hash !== '') wrong('has a query or a fragment', 'state only scheme, host, port and path');
};

/** A login is sent to this address: over plain http to another machine everybody on the way can read it, so the blueprint must say so. */
export const checkCredentialsTravel = ({ findings }: Context, path: Path, text: string, insecure = false): void => {
  const url = parsed(text);
  if (insecure || url?.protocol !== 'http:' || isLoopback(url)) return;
  findings.add('BLUEPRINT_INSECURE', path, `${path.join('.')} is plain http to another machine: the login that goes there can be read on the way`, {
    expected: 'an https URL',
    hint: 'where the network between is yours alone, say so with "insecure: true"',
  });
};

/** What is wrong with an address that a client states. */
interface Fault {
  readonly code: 'BLUEPRINT_WILDCARD' | 'BLUEPRINT_REDIRECT_URI' | 'BLUEPRINT_ORIGIN';
  readonly message: string;
  readonly expected: string;
  readonly hint?: string | undefined;
}

/** RFC 9700 section 4.1.3 and RFC 8252 section 7: redirect URIs are exact, and http is for this machine only. */
export const redirectUriFault = (text: string): Fault | undefined => {
  if (text.includes('*')) return { code: 'BLUEPRINT_WILDCARD', message: 'a redirect URI with a wildcard hands tokens to whoever finds an open redirect', expected: 'the exact URI (RFC 9700 section 4.1.3)' };
  const url = parsed(text);
  const wrong = (what: string): Fault => ({ code: 'BLUEPRINT_REDIRECT_URI', message: `this redirect URI ${what}`, expected: 'an exact URI such as https://shop.example/callback' });
  if (!url) return wrong('is not absolute');
  if (url.hash !== '' || text.includes('#')) return wrong('has a fragment, which RFC 6749 section 3.1.2 forbids');
  if (url.username !== '' || url.password !== '') return wrong('carries credentials');
  if (url.protocol === 'http:' && !isLoopback(url)) return wrong('is plain http: the code could be read on the way');
  // A native application's own scheme is a reversed domain name (RFC 8252 section 7.1); that also keeps javascript: and data: out.
  return url.protocol !== 'https:' && url.protocol !== 'http:' && !url.protocol.includes('.') ? wrong(`has the scheme ${url.protocol}`) : undefined;
};

/** An origin as browsers send it: scheme, host and port, and nothing after. */
export const originFault = (text: string): Fault | undefined => {
  if (text.includes('*') || text === '+') return { code: 'BLUEPRINT_WILDCARD', message: "a wildcard origin lets every site act with the user's cookie", expected: 'the exact origins, such as https://shop.example' };
  const url = parsed(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.origin !== text)
    return {
      code: 'BLUEPRINT_ORIGIN',
      message: 'this is not an origin as browsers send it',
      expected: 'scheme, host and port in lower case, such as https://shop.example',
      hint: url && /^https?:$/.test(url.protocol) ? `did you mean "${url.origin}"?` : undefined,
    };
  return url.protocol === 'http:' && !isLoopback(url) ? { code: 'BLUEPRINT_ORIGIN', message: 'this origin is plain http: whoever is on the way can act in its name', expected: 'an https origin' } : undefined;
};

const checkBy = (faultOf: (text: string) => Fault | undefined) => ({ findings }: Context, path: Path, text: string): void => {
  const { code, message, ...rest } = faultOf(text) ?? {};
  if (code !== undefined && message !== undefined) findings.add(code, path, message, rest);
};
export const checkRedirectUri = checkBy(redirectUriFault);
export const checkOrigin = checkBy(originFault);
