import type { Secret } from '../../core/secret.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { CredentialRep } from './representations.ts';

/** One-time passwords that authctl has set up are called so. */
const MARK = 'authctl ';

/**
 * The label of the one-time passwords of an account, by which it is known again whose they are and by which secret: Keycloak shows no secret. It ends in
 * a fingerprint, as it is kept beside a password.
 */
export const oneTimeLabel = ({ of }: Fingerprints, username: string, secret: Secret): string => `${MARK}${of(`${username} otp`, secret)}`;

/** Whether these credentials are one-time passwords of ours. */
export const isOurs = ({ type, userLabel }: CredentialRep): boolean => type === 'otp' && userLabel?.startsWith(MARK) === true;

/** As Keycloak takes them: TOTP (RFC 6238) as its realms ask for them unless they are told otherwise. The secret is its bytes, not Base32. */
export const oneTimeCredential = (userLabel: string, secret: Secret): object => ({
  type: 'otp',
  userLabel,
  secretData: JSON.stringify({ value: secret.reveal() }),
  credentialData: JSON.stringify({ subType: 'totp', digits: 6, period: 30, algorithm: 'HmacSHA1', counter: 0 }),
});
