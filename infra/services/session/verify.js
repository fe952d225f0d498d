// express-openid-connect trusts the connection on which an ID token came, and does not look at its signature. Where that connection is plain http
// or ends at a proxy, this is what tells Keycloak's word from somebody else's (OpenID Connect Core 1.0 section 3.1.3.7).
import { createRemoteJWKSet, jwtVerify } from 'jose';

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** @param {{ issuer: string, clientId: string }} input @returns a function that throws for an ID token this client must not take */
export const createIdTokenCheck = ({ issuer, clientId }) => {
  /** @type {Promise<ReturnType<typeof createRemoteJWKSet>> | undefined} */
  let keys;
  const discover = async () => {
    const answer = await fetch(`${issuer}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(5000) });
    const { jwks_uri: uri } = /** @type {{ jwks_uri: string }} */ (await answer.json());
    return createRemoteJWKSet(new URL(uri));
  };
  return async (/** @type {string} */ idToken) => {
    keys ??= discover();
    keys.catch(() => (keys = undefined));
    const known = await keys;
    try {
      await jwtVerify(idToken, known, { issuer, audience: clientId, algorithms: ALGORITHMS });
    } catch (cause) {
      throw Object.assign(new Error('the ID token is not what it must be', { cause }), { status: 400 });
    }
  };
};
