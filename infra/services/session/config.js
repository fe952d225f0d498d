// What the service is told, by its environment alone. A secret may be in a file instead: NAME_FILE names it.
import { readFileSync } from 'node:fs';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns the configuration; throws an Error that lists everything that is wrong and shows no value of a secret
 */
export const readConfig = (env) => {
  const wrong = [];
  const text = (/** @type {string} */ name, /** @type {string | undefined} */ fallback) => {
    const value = env[name] || (env[`${name}_FILE`] ? readFileSync(env[`${name}_FILE`] ?? '', 'utf8').trim() : '') || fallback;
    if (!value) wrong.push(`${name} is not set`);
    return value ?? '';
  };
  const seconds = (/** @type {string} */ name, /** @type {string} */ fallback) => {
    const value = Number(text(name, fallback));
    if (!Number.isInteger(value) || value < 1) wrong.push(`${name} is no whole number of seconds`);
    return value;
  };
  const url = (/** @type {string} */ name, /** @type {RegExp} */ schemes) => {
    const value = text(name);
    const parsed = URL.canParse(value) ? new URL(value) : undefined;
    if (value && (!parsed || !schemes.test(parsed.protocol))) wrong.push(`${name} is no URL that can be used`);
    return parsed ?? new URL('http://127.0.0.1');
  };
  const publicUrl = url('PUBLIC_URL', /^https?:$/);
  if (publicUrl.protocol === 'http:' && !LOOPBACK.test(publicUrl.hostname)) wrong.push('PUBLIC_URL must be https, except on this machine');
  const config = {
    host: text('HOST', '127.0.0.1'),
    port: Number(text('PORT', '9300')),
    issuer: url('ISSUER_URL', /^https?:$/).href.replace(/\/$/, ''),
    clientId: text('CLIENT_ID'),
    clientSecret: text('CLIENT_SECRET'),
    scope: text('SCOPE', 'openid'),
    /** Where browsers find the gateway: `https://shop.example`. */
    origin: publicUrl.origin,
    basePath: text('BASE_PATH', '/session'),
    cookie: text('COOKIE', '__Host-session'),
    /** The first signs and encrypts; the others, being replaced, are still accepted. */
    secrets: text('SECRETS').split(/\s+/),
    storeUrl: url('STORE_URL', /^rediss?:$/).href,
    prefix: text('STORE_PREFIX', 'session:'),
    idle: seconds('IDLE_SECONDS', '900'),
    absolute: seconds('ABSOLUTE_SECONDS', '28800'),
    /** How old a token gets before Keycloak is asked for a new one, which is when the service learns that the account is disabled. */
    renew: seconds('RENEW_SECONDS', '60'),
  };
  if (!/^__(Host|Secure)-[A-Za-z0-9_-]+$/.test(config.cookie)) wrong.push('COOKIE must begin with __Host- or __Secure-');
  if (!/^(\/[a-z0-9-]+)+$/.test(config.basePath)) wrong.push('BASE_PATH must be a path such as /session');
  if (config.secrets.some((secret) => secret.length < 32)) wrong.push('SECRETS needs 32 random characters or more for each');
  if (config.absolute < config.idle) wrong.push('ABSOLUTE_SECONDS is less than IDLE_SECONDS');
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return config;
};
/** @typedef {ReturnType<typeof readConfig>} Config */
