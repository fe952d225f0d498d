import { X509Certificate, createHash } from 'node:crypto';
import type { EntityName } from './client.ts';

/**
 * How Kong keeps a password of basic-auth: SHA-1 of password and consumer id, as hexadecimal text
 * (https://github.com/Kong/kong, kong/plugins/basic-auth/crypto.lua, 3.9.3).
 */
export const storedPassword = (password: string, consumer: string): string =>
  createHash('sha1').update(`${password}${consumer}`).digest('hex');

/**
 * What Kong derives from fields while it writes them to a database. A configuration that was read from a node says `_transform: false`:
 * it is taken as it is, so what is added to it must be in its final form already.
 */
export const stored = (
  entity: EntityName,
  { password, cert }: Readonly<Record<string, unknown>>,
  consumerId: () => string,
): Readonly<Record<string, unknown>> => {
  if (entity === 'basic-auths' && typeof password === 'string') return { password: storedPassword(password, consumerId()) };
  if (entity === 'ca_certificates' && typeof cert === 'string') return digestOf(cert);
  return {};
};

/** SHA-256 over the DER form. A text that is no certificate has none: Kong says so. */
const digestOf = (cert: string): Readonly<Record<string, unknown>> => {
  try {
    return { cert_digest: new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase() };
  } catch {
    return {};
  }
};
