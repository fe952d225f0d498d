// Back-channel logout (OpenID Connect Back-Channel Logout 1.0). The library's own hook also marks the whole user, which signs out every device
// for the logout of one, and forgets that mark at the next sign-in, which brings the others back.
import { RedisStore } from 'connect-redis';

/**
 * Hooks for express-openid-connect. A mark names one session where the logout token does, else a user, whose later sign-ins it leaves alone.
 * @param {object} input
 * @param {any} input.redis @param {string} input.prefix of the marks: sessions must not be able to name them
 * @param {number} input.seconds a mark is kept, at least as long as any session lives
 */
export const createBackchannel = ({ redis, prefix, seconds }) => {
  const store = new RedisStore({ client: redis, prefix });
  const markOf = (/** @type {string} */ issuer, /** @type {string} */ who) => `${issuer}|${who}`;
  return {
    store,
    onLogin: false,
    onLogoutToken: async (/** @type {any} */ { iss, sid, sub }) => {
      const at = Date.now();
      const mark = /** @type {any} */ ({ at, cookie: { expires: at + seconds * 1000, maxAge: seconds * 1000 } });
      await store.set(markOf(iss, sid === undefined ? `user ${sub}` : `session ${sid}`), mark);
    },
    isLoggedOut: async (/** @type {any} */ request, /** @type {any} */ { session }) => {
      const { iss, sid, sub } = request.oidc.idTokenClaims;
      const [one, all] = await Promise.all([store.get(markOf(iss, `session ${sid}`)), store.get(markOf(iss, `user ${sub}`))]);
      return Boolean(one) || Number(/** @type {any} */ (all)?.at ?? 0) >= Number(request[session.name].signedInAt);
    },
  };
};
