import { createHmac } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';

/**
 * A password cannot be read back. What is kept beside it is HMAC-SHA256 over realm, user and password, under the secret of the admin
 * client: only who may set passwords can make one or test a guess against it. A second one is over the moment at which the password was
 * set, too: Keycloak shows that of each credential, and so a password that somebody else set is not taken for ours.
 */
export interface Fingerprints {
  /** 64 hexadecimal characters. */
  readonly of: (subject: string, secret: Secret, set?: number) => string;
}

/** The attribute that holds the fingerprint. */
export const FINGERPRINT = 'authctl.credential';
/** The attribute that holds the one with the moment. */
export const FINGERPRINT_SET = 'authctl.credential-set';

export const createFingerprints = (key: string, realm: string): Fingerprints => ({
  of: (subject, secret, set) =>
    createHmac('sha256', key)
      .update(JSON.stringify([realm, subject, secret.reveal(), ...(set === undefined ? [] : [set])]))
      .digest('hex'),
});
