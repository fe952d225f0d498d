// A session's access token, renewed by one request at a time: where refresh tokens rotate, a second use of one ends the whole session.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const LOCK_MS = 10_000;
const WAIT_MS = 5_000;
/** A token this near its end is not handed out: the gateway and the service still have to look at it. */
const SPARE_SECONDS = 5;
const UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

const alive = (/** @type {any} */ data) => typeof data.expires_at === 'number' && data.expires_at - Date.now() / 1000 > SPARE_SECONDS;

/**
 * @param {object} input
 * @param {any} input.redis @param {import('./store.js').Store} input.store @param {string} input.prefix of the locks
 * @param {number} input.renew seconds until a token is renewed
 */
export const createRenewal = ({ redis, store, prefix, renew }) => {
  const due = (/** @type {any} */ data) => !alive(data) || Date.now() - Number(data.version ?? 0) >= renew * 1000;

  const refreshed = async (/** @type {any} */ request, /** @type {any} */ data, /** @type {string} */ id) => {
    // Another request may have renewed it, or ended it, since this one read it.
    const held = await store.get(id);
    if (!held?.data) return undefined;
    if (!due(held.data)) return held.data.access_token;
    try {
      await request.oidc.accessToken.refresh();
    } catch (thrown) {
      if (/** @type {any} */ (thrown)?.error === 'invalid_grant') {
        await store.destroy(id);
        return undefined;
      }
      // Keycloak is away: what it gave last is good until it ends.
      if (alive(data)) return data.access_token;
      throw thrown;
    }
    data.version = Date.now();
    await store.set(id, { ...held, data });
    return data.access_token;
  };

  /**
   * The access token of a signed-in request; undefined when Keycloak has ended the session, which is then gone from the store, too.
   * Throws when it must be renewed and cannot be.
   */
  return async (/** @type {any} */ request, /** @type {any} */ data) => {
    if (!due(data)) return data.access_token;
    const id = store.idOf(data);
    if (id === undefined) return undefined;
    const [key, mine] = [`${prefix}${id}`, randomBytes(16).toString('hex')];
    for (const until = Date.now() + WAIT_MS; Date.now() < until; await pause(25)) {
      if (await redis.set(key, mine, { condition: 'NX', expiration: { type: 'PX', value: LOCK_MS } })) {
        try {
          return await refreshed(request, data, id);
        } finally {
          await redis.eval(UNLOCK, { keys: [key], arguments: [mine] });
        }
      }
    }
    if (alive(data)) return data.access_token;
    throw new Error('the token could not be renewed in time');
  };
};
