import { X509Certificate } from 'node:crypto';

/** How far apart Keycloak's clock readings for one certificate may be: it is good from a little before it is made. */
const APART_MS = 5 * 60_000;

/**
 * Whether a certificate is one that Keycloak makes with a key that it generates: of version 1, signed by the key itself, with nothing but a name in it, and
 * numbered by the millisecond in which it was made. Whoever brings a key brings its certificate along, and other tools make others.
 */
export const isOfKeycloak = (certificate: string): boolean => {
  const der = Buffer.from(certificate, 'base64');
  try {
    const one = new X509Certificate(der);
    const made = Number(BigInt(`0x${one.serialNumber}`));
    const selfMade = one.issuer === one.subject && /^CN=[^\n]*$/.test(one.subject) && one.verify(one.publicKey);
    return isVersion1(der) && selfMade && Math.abs(made - Date.parse(one.validFrom)) < APART_MS;
  } catch {
    return false;
  }
};

/** In DER a version is stated, by a tag of its own, from 2 on. (RFC 5280 section 4.1) */
const isVersion1 = (der: Buffer): boolean => der[contentAt(der, contentAt(der, 0))] !== 0xa0;

/** Where the content of what begins here begins: behind its tag and its length. */
const contentAt = (der: Buffer, at: number): number => {
  const length = der[at + 1] ?? 0;
  return at + 2 + (length < 0x80 ? 0 : length & 0x7f);
};
