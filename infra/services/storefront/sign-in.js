import * as oauth from './oauth4webapi.js';

/** Until the redirect comes back: the verifier, state and nonce of one sign-in. No token is ever kept here. */
const TRANSACTION = 'storefront.sign-in';

/**
 * Authorization code with PKCE (RFC 7636, RFC 9700 section 2.1.1) and a nonce, by redirects of the whole page.
 * @param {{ issuer: string, clientId: string, scope: string }} config
 */
export const createSignIn = async ({ issuer, clientId, scope }) => {
  const url = new URL(issuer);
  // Only an issuer on this machine is configured with plain http.
  const options = { [oauth.allowInsecureRequests]: url.protocol === 'http:' };
  const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options));
  const client = { client_id: clientId };
  const redirectUri = `${location.origin}/callback`;

  return {
    /**
     * Leaves the page. `intent` and `again` come back with the answer. `ask`: what else is asked of the sign-in (OpenID Connect Core section 3.1.2.1);
     * `prompt: 'none'` for an answer without a login page, `acr_values` and `max_age` for a stronger or a new sign-in.
     * @param {string} intent
     * @param {Readonly<Partial<Record<'prompt' | 'acr_values' | 'max_age', string>>>} [ask]
     * @param {string} [again] what the person was about to do
     */
    start: async (intent, ask = {}, again) => {
      const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
      sessionStorage.setItem(TRANSACTION, JSON.stringify({ verifier, state, nonce, intent, again, maxAge: ask.max_age }));
      const to = new URL(server.authorization_endpoint);
      to.search = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...ask,
      }).toString();
      location.assign(to);
    },

    /** What the redirect to /callback brought. Throws when it is no answer to a question of this tab, or an error. */
    finish: async () => {
      const arrived = new URL(location.href);
      const transaction = JSON.parse(sessionStorage.getItem(TRANSACTION) ?? 'null');
      sessionStorage.removeItem(TRANSACTION);
      history.replaceState(null, '', '/');
      if (!transaction) throw new Error('this tab has not asked to sign in');
      const { verifier, state, nonce, intent, again, maxAge } = transaction;
      const redirected = { intent, error: arrived.searchParams.get('error') };
      if (redirected.error && arrived.searchParams.get('state') === state) return redirected;
      const parameters = oauth.validateAuthResponse(server, client, arrived, state);
      const answer = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri, verifier, options);
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
        expectedNonce: nonce, requireIdToken: true, ...(maxAge && { maxAge: Number(maxAge) }),
      });
      return {
        intent,
        again,
        accessToken: tokens.access_token,
        expiresIn: tokens.expires_in ?? 60,
        idToken: tokens.id_token,
      };
    },

    /**
     * Ends the issuer's session, for every service at once (OpenID Connect RP-Initiated Logout). A form, so that the ID token is in no URL.
     * @param {string} idToken
     */
    end: (idToken) => {
      const form = document.createElement('form');
      form.method = 'post';
      form.action = server.end_session_endpoint;
      const fields = { id_token_hint: idToken, client_id: clientId, post_logout_redirect_uri: `${location.origin}/` };
      for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement('input');
        field.type = 'hidden';
        field.name = name;
        field.value = value;
        form.append(field);
      }
      document.body.append(form);
      form.submit();
    },
  };
};
