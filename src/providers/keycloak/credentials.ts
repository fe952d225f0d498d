import { createHmac } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';

/**
 * A password cannot be read back. What is kept beside it is HMAC-SHA256 over realm, user and password, under the secret of the admin
 * client: only who may set passwords can make one or test a guess against it. A password that somebody else changed in Keycloak leaves
 * it as it is: that is found by `verify`, which logs in, and not by a plan.
 */
export interface Credentials {
  /** 64 hexadecimal characters. */
  readonly fingerprint: (subject: string, secret: Secret) => string;
}

/** The attribute that holds the fingerprint. */
export const CREDENTIAL = 'authctl.credential';

export const createCredentials = (key: string, realm: string): Credentials => ({
  fingerprint: (subject, secret) =>
    createHmac('sha256', key)
      .update(JSON.stringify([realm, subject, secret.reveal()]))
      .digest('hex'),
});
