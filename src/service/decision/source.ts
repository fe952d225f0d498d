import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { isTrustworthy } from '../address.ts';
import { readAtMost } from '../download.ts';
import { ServiceError, invalidOption, reasonOf } from '../error.ts';
import { LARGEST_BUNDLE } from './archive.ts';

/** Where bundles come from: `undefined` when nothing changed since the tag. Rejects with `BUNDLE_UNREACHABLE`. */
export type BundleSource = (tag: string | undefined) => Promise<{ readonly bytes: Buffer; readonly tag: string } | undefined>;

export interface SourceRules {
  /** A path, or a `file:`, `https:` or `http:` URL. */
  readonly bundle: string | URL;
  /** Bearer credential for the server of the bundle. */
  readonly token: (() => string) | undefined;
  /** Seconds that a download may take. */
  readonly timeout: number;
  /** True when the bundle's own signature is verified, or plain http is on a trusted network. */
  readonly anyNetwork: boolean;
  readonly fetch: typeof fetch;
}

export const createSource = (rules: SourceRules): BundleSource => {
  const url = urlOf(rules.bundle);
  if (url === undefined) return fromFile(String(rules.bundle));
  if (url.protocol === 'file:') return fromFile(fileURLToPath(url));
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalidOption('bundle must be a path, or a file: or https: URL');
  if (url.username !== '' || url.password !== '') throw invalidOption('bundle must not hold credentials; use token');
  if (!rules.anyNetwork && !isTrustworthy(url))
    throw invalidOption('an unsigned bundle must come by https: give verification, or allowHttp on a network you trust');
  return fromServer(url, rules);
};

const urlOf = (bundle: string | URL): URL | undefined => {
  if (bundle instanceof URL) return bundle;
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(bundle) ? new URL(bundle) : undefined;
};

const unreachable = (thrown: unknown): ServiceError =>
  new ServiceError('BUNDLE_UNREACHABLE', `the bundle cannot be had: ${reasonOf(thrown)}`);

const fromFile =
  (path: string): BundleSource =>
  async (tag) => {
    try {
      const bytes = await readFile(path);
      const found = createHash('sha256').update(bytes).digest('hex');
      return found === tag ? undefined : { bytes, tag: found };
    } catch (thrown) {
      throw unreachable(thrown);
    }
  };

const fromServer =
  (url: URL, { token, timeout, fetch }: SourceRules): BundleSource =>
  async (tag) => {
    try {
      const response = await fetch(url, {
        headers: {
          prefer: 'modes=snapshot',
          ...(tag !== undefined && tag !== '' && { 'if-none-match': tag }),
          ...(token && { authorization: `Bearer ${token()}` }),
        },
        // A redirect could take the credential, and the trust in the address, elsewhere.
        redirect: 'error',
        signal: AbortSignal.timeout(timeout * 1000),
      });
      if (response.status === 200) return { bytes: await readAtMost(response, LARGEST_BUNDLE), tag: response.headers.get('etag') ?? '' };
      await response.body?.cancel();
      if (response.status === 304 && tag !== undefined) return undefined;
      throw new Error(`status ${String(response.status)}`);
    } catch (thrown) {
      throw unreachable(thrown);
    }
  };
