import { X509Certificate, randomBytes } from 'node:crypto';

/**
 * What `verify` makes for the time of a run is called so on every server: whoever sees one knows what it is and when it has outlived its run,
 * without any note about it. Nothing of this name is ever adopted, published as ours, or trusted by a plan.
 */
export const FIXTURE_MARK = 'authctl-verify';

/** Longer than any run: a fixture that is older was left behind. */
const LIFETIME_SECONDS = 2 * 3600;

/** `authctl-verify-<end of its time>-<random>`: lower-case letters, digits and dashes, as every server takes them. */
export const newFixtureName = (now: number): string =>
  `${FIXTURE_MARK}-${Math.ceil(now / 1000 + LIFETIME_SECONDS).toString(36)}-${randomBytes(6).toString('hex')}`;

/** True for what verify made, of this run or another. */
export const isFixtureName = (name: string): boolean => name === FIXTURE_MARK || name.startsWith(`${FIXTURE_MARK}-`);

const endOf = (name: string): number => parseInt(/^authctl-verify-([0-9a-z]+)-[0-9a-f]+$/.exec(name)?.[1] ?? '0', 36);

/** True when its run cannot be under way any more. A name without an end is one of an older version: it has ended. */
export const hasExpired = (name: string, now: number): boolean => endOf(name) * 1000 < now;

/** When it was named, in milliseconds since 1970. */
export const madeAt = (name: string): number => (endOf(name) - LIFETIME_SECONDS) * 1000;

/** True for a published key (RFC 7517) that a run holds: the certificate beside it names a fixture. */
export const isFixtureKey = (jwk: object): boolean => {
  const x5c: unknown = 'x5c' in jwk ? jwk.x5c : undefined;
  const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
  if (typeof first !== 'string') return false;
  try {
    return isFixtureName(/^CN=(.+)$/m.exec(new X509Certificate(Buffer.from(first, 'base64')).subject)?.[1] ?? '');
  } catch {
    // What is no certificate names nobody.
    return false;
  }
};
