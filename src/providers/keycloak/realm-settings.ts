import type { Realm } from '../../blueprint/types.ts';
import type { RealmSpec } from './specs/realm.ts';

/** What the blueprint asks of a realm, before its raw part: what Keycloak's defaults leave open is stated, so that it is owned. */
export const realmSettings = ({ sslRequired, tokens, sessions, bruteForceProtection, login }: Realm): RealmSpec => ({
  enabled: true,
  registrationAllowed: login.selfRegistration,
  resetPasswordAllowed: login.resetPassword,
  // Who owns an object is known by username: nobody may take another's.
  editUsernameAllowed: false,
  sslRequired,
  accessTokenLifespan: tokens.accessTokenLifespan,
  defaultSignatureAlgorithm: tokens.algorithm,
  revokeRefreshToken: tokens.refreshTokenRotation,
  refreshTokenMaxReuse: 0,
  ssoSessionIdleTimeout: sessions.idle,
  ssoSessionMaxLifespan: sessions.max,
  bruteForceProtected: bruteForceProtection,
});
