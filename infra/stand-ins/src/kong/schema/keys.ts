import { X509Certificate, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/**
 * A key in any form that OpenSSL loads and Kong takes: a public or private PEM (SPKI, PKCS#1, PKCS#8, SEC 1), or a JWK as text.
 * A certificate is no key. `undefined` when it is none.
 */
export const loadKey = (text: string): KeyObject | undefined => {
  try {
    if (text.trimStart().startsWith('{')) {
      const jwk = JSON.parse(text) as Record<string, unknown>;
      return 'd' in jwk ? createPrivateKey({ key: jwk, format: 'jwk' }) : createPublicKey({ key: jwk, format: 'jwk' });
    }
    if (text.includes('-----BEGIN CERTIFICATE')) return undefined;
    return text.includes('PRIVATE KEY-----') ? createPrivateKey(text) : createPublicKey(text);
  } catch {
    return undefined;
  }
};

export const loadCertificate = (text: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
};

/** The public half as SPKI text, to compare keys by. */
export const publicPem = (key: KeyObject): string =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'pem' }).toString();
