import { createHmac } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';

/**
 * A password cannot be read back. What is kept beside it is HMAC-SHA256 over realm, user and password, under the secret of the admin
 * client: only who may set passwords can make one or test a guess against it. A password that somebody else changed in Keycloak leaves
 * it as it is: that is found by `verify`, which logs in, and not by a plan.
 */
export interface Fingerprints {
  /** 64 hexadecimal characters. */
  readonly of: (subject: string, secret: Secret) => string;
}

/** The attribute that holds the fingerprint. */
export const FINGERPRINT = 'authctl.credential';

export const createFingerprints = (key: string, realm: string): Fingerprints => ({
  of: (subject, secret) =>
    createHmac('sha256', key)
      .update(JSON.stringify([realm, subject, secret.reveal()]))
      .digest('hex'),
});
