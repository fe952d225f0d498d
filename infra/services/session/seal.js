// Sessions hold tokens, so the store only ever sees them encrypted: AES-256-GCM under a key that is derived from the service's secret, for one
// session id. Whoever may write to the store, but has no secret, cannot put one session in the place of another.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE = 12;
const TAG = 16;

const keyFrom = (/** @type {string} */ secret) => Buffer.from(hkdfSync('sha256', secret, '', 'authctl session store', 32));

/** What is authenticated beside the session: the version, and under which id it is kept. @param {string} head @param {string} id */
const beside = (head, id) => Buffer.from(`${head}.${id}`);

/**
 * A session as the store has it: `v<version>.<base64url of nonce, tag and ciphertext>`. The version stands outside, for the store's own
 * comparison, and is authenticated with the rest; so is the session's id, which stands nowhere in it.
 * @param {readonly string[]} secrets the first encrypts, every one decrypts
 */
export const createSeal = (secrets) => {
  const keys = secrets.map(keyFrom);
  const [current = keyFrom('')] = keys;
  return {
    stringify: (/** @type {any} */ session, /** @type {string} */ id) => {
      const head = `v${session.data?.version ?? 0}`;
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', current, nonce, { authTagLength: TAG }).setAAD(beside(head, id));
      const hidden = Buffer.concat([cipher.update(JSON.stringify(session), 'utf8'), cipher.final()]);
      return `${head}.${Buffer.concat([nonce, cipher.getAuthTag(), hidden]).toString('base64url')}`;
    },
    /** Throws when no key fits, when a single bit was changed, and when it was sealed for another id. */
    parse: (/** @type {string} */ sealed, /** @type {string} */ id) => {
      const [, head, body] = /^(v\d+)\.([\w-]+)$/.exec(sealed) ?? [];
      if (head === undefined || body === undefined) throw new Error('this is no sealed session');
      const bytes = Buffer.from(body, 'base64url');
      for (const key of keys) {
        try {
          const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG });
          cipher.setAAD(beside(head, id)).setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
          return JSON.parse(Buffer.concat([cipher.update(bytes.subarray(NONCE + TAG)), cipher.final()]).toString('utf8'));
        } catch {
          // The next key may be the one.
        }
      }
      throw new Error('no key opens this session');
    },
  };
};
