import { createHash, createHmac } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';

/** What is kept beside a secret, against what would be kept beside the stated one. `unknown`: another login made it, by a key that is not here. */
type Judgement = 'same' | 'other' | 'unknown';

/**
 * A password cannot be read back. What is kept beside it is HMAC-SHA256 over realm, user and password, under the secret of the admin
 * client, or a key that all logins share: only who may set passwords can make one or test a guess against it. A second one is over the moment at
 * which the password was set, too: Keycloak shows that of each credential, and so a password that somebody else set is not taken for ours.
 */
export interface Fingerprints {
  /** Whose key it is, a dot, and 64 hexadecimal characters. */
  readonly of: (subject: string, secret: Secret, set?: number) => string;
  readonly judge: (kept: string | undefined, made: string) => Judgement;
}

/** The attribute that holds the fingerprint. */
export const FINGERPRINT = 'authctl.credential';
/** The attribute that holds the one with the moment. */
export const FINGERPRINT_SET = 'authctl.credential-set';

export interface FingerprintKey {
  readonly clientId: string;
  readonly clientSecret: string;
  /** `targets.keycloak.fingerprintKey`. */
  readonly shared?: string;
}

const SHARED = 'shared';

export const createFingerprints = ({ clientId, clientSecret, shared }: FingerprintKey, realm: string): Fingerprints => {
  // The client's name and not its secret: a login whose secret was changed makes its fingerprints anew.
  const login = createHash('sha256').update(clientId).digest('hex').slice(0, 8);
  const id = shared === undefined ? login : SHARED;
  return {
    of: (subject, secret, set) =>
      `${id}.${createHmac('sha256', shared ?? clientSecret)
        .update(JSON.stringify([realm, subject, secret.reveal(), ...(set === undefined ? [] : [set])]))
        .digest('hex')}`,
    judge: (kept, made) => {
      if (kept === undefined || kept === made) return kept === made ? 'same' : 'other';
      const [by, hex] = kept.includes('.') ? kept.split('.', 2) : [undefined, kept];
      // Before there were several logins nobody was named.
      if (by === undefined) return made.endsWith(`.${String(hex)}`) ? 'same' : 'other';
      return by === id || by === login ? 'other' : 'unknown';
    },
  };
};
