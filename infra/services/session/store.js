// The session store, with two rules for its writing. express-openid-connect writes the whole session back at the end of every request, so a slow
// request would put old tokens over new ones, and one that began before a logout would bring the session back.

/**
 * KEYS: the session. ARGV: its new value, its version, seconds to live, 1 when it was read from the store before. In two steps: in a script
 * Infinispan knows no `SET … EX`. What is not there is `false` in Redis and `nil` in Infinispan.
 */
const WRITE = `
local held = redis.call('GET', KEYS[1])
if ARGV[4] == '1' then
  if not held then return 0 end
  if tonumber(string.match(held, '^v(%d+)')) > tonumber(ARGV[2]) then return redis.call('EXPIRE', KEYS[1], ARGV[3]) end
end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1`;

/**
 * @param {object} input
 * @param {any} input.redis a connected client
 * @param {string} input.prefix of every key
 * @param {{ stringify: (session: any, id: string) => string, parse: (sealed: string, id: string) => any }} input.seal
 * @param {(line: string) => void} input.log
 */
export const createStore = ({ redis, prefix, seal, log }) => {
  /** A session that does not open is none: whoever has its cookie signs in again. */
  const opened = (/** @type {string} */ sealed, /** @type {string} */ id) => {
    try {
      return seal.parse(sealed, id);
    } catch (error) {
      log(`store: what is kept for a session is not what was put there: ${/** @type {Error} */ (error).message}`);
      return undefined;
    }
  };
  /** Which session a request has read: tokens and fields as express-openid-connect hands them on, by identity. @type {WeakMap<object, string>} */
  const loaded = new WeakMap();
  return {
    get: async (/** @type {string} */ id) => {
      const sealed = await redis.get(`${prefix}${id}`);
      const session = sealed === null ? undefined : opened(sealed, id);
      if (session?.data) loaded.set(session.data, id);
      return session;
    },
    set: async (/** @type {string} */ id, /** @type {any} */ session) => {
      const seconds = Math.ceil((Number(session.cookie.expires) - Date.now()) / 1000);
      if (seconds <= 0) return void (await redis.del(`${prefix}${id}`));
      const known = loaded.get(session.data) === id ? '1' : '0';
      const version = String(session.data.version ?? 0);
      await redis.eval(WRITE, { keys: [`${prefix}${id}`], arguments: [seal.stringify(session, id), version, String(seconds), known] });
      loaded.set(session.data, id);
    },
    // Declared async, all three: express-openid-connect tells promises from callbacks by that word, and would wait for a callback.
    destroy: async (/** @type {string} */ id) => void (await redis.del(`${prefix}${id}`)),
    /** The id under which a request's session was read; undefined for a new one. */
    idOf: (/** @type {object} */ data) => loaded.get(data),
  };
};
/** @typedef {ReturnType<typeof createStore>} Store */
