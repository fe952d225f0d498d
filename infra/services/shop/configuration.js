// @ts-check
// What the environment says, as options of authctl-service. A variable that is missing or wrong ends the start: a service that does not
// know whom to trust must not answer.

/** @typedef {import('authctl-service')} Service */

/**
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {(code: string, detail: string) => Error} wrong
 */
export const configurationOf = (env, wrong) => {
  const required = (/** @type {string} */ name) => {
    const value = env[name];
    if (!value) throw wrong(name, 'is not set');
    return value;
  };
  const list = (/** @type {string} */ name, /** @type {readonly string[]} */ otherwise) =>
    env[name] === undefined ? otherwise : env[name].split(',').filter((item) => item !== '');
  const number = (/** @type {string} */ name) => {
    if (env[name] === undefined) return undefined;
    if (!/^\d+(\.\d+)?$/.test(env[name])) throw wrong(name, 'is no number');
    return Number(env[name]);
  };
  /** @template Value @param {string} key @param {Value | undefined} value @returns {Record<string, Value>} */
  const given = (key, value) => (value === undefined ? {} : { [key]: value });

  const places = list('TOKEN_IN', ['header']);
  return {
    service: required('SERVICE'),
    port: number('PORT') ?? 0,
    host: env.HOST ?? '127.0.0.1',
    /** Tells what reached the handler to whoever asks: for rehearsals, never in production. */
    recorder: env.RECORDER === 'on',
    verifier: {
      issuer: required('ISSUER'),
      audience: required('AUDIENCE'),
      ...(env.JWKS_URL !== undefined && { jwks: new URL(env.JWKS_URL) }),
      algorithms: list('ALGORITHMS', ['RS256']),
      ...(env.FURTHER_ISSUERS !== undefined && { furtherIssuers: jsonOf('FURTHER_ISSUERS', env.FURTHER_ISSUERS, Array.isArray, wrong).map(furtherOf) }),
      header: places.includes('header'),
      ...(places.includes('cookie') && { cookie: required('TOKEN_COOKIE') }),
      ...(env.DPOP_ORIGINS !== undefined && { dpop: { origins: list('DPOP_ORIGINS', []) } }),
      allowedOrigins: list('ALLOWED_ORIGINS', []),
      allowHttp: env.ALLOW_HTTP === 'on',
      ...given('leeway', number('LEEWAY')),
      ...given('maxLifetime', number('MAX_LIFETIME')),
      keys: { ...given('cooldown', number('KEYS_COOLDOWN')), ...given('maxAge', number('KEYS_MAX_AGE')) },
    },
    /** In which shape the policy is asked. */
    ...(env.QUESTION !== undefined && { question: jsonOf('QUESTION', env.QUESTION, (value) => typeof value === 'object' && value !== null, wrong) }),
    routes: jsonOf('ROUTES', required('ROUTES'), Array.isArray, wrong),
    /** Object id to the username of its owner: what a real service has in its database. */
    objects: jsonOf('OBJECTS', env.OBJECTS ?? '{}', (value) => typeof value === 'object' && value !== null, wrong),
    ...(env.BUNDLE_URL !== undefined && {
      decider: {
        bundle: env.BUNDLE_URL,
        entrypoint: required('DECISION'),
        ...given('answer', env.ANSWER),
        allowHttp: env.ALLOW_HTTP === 'on',
        ...given('interval', number('BUNDLE_INTERVAL')),
        ...given('maxAge', number('BUNDLE_MAX_AGE')),
        ...(env.BUNDLE_TOKEN !== undefined && { token: () => env.BUNDLE_TOKEN ?? '' }),
        ...(env.BUNDLE_KEY !== undefined && {
          verification: {
            keys: { [env.BUNDLE_KEY_ID ?? 'default']: { algorithm: env.BUNDLE_KEY_ALGORITHM ?? 'ES256', key: env.BUNDLE_KEY } },
          },
        }),
      },
    }),
  };
};

/** JSON has no addresses. @param {{ issuer: string, jwks?: string }} further */
const furtherOf = ({ jwks, ...further }) => ({ ...further, ...(jwks !== undefined && { jwks: new URL(jwks) }) });

/**
 * @param {string} name
 * @param {string} text
 * @param {(value: any) => boolean} fits
 * @param {(name: string, detail: string) => Error} wrong
 */
const jsonOf = (name, text, fits, wrong) => {
  try {
    const value = JSON.parse(text);
    if (fits(value)) return value;
  } catch {
    // Told below, without the text.
  }
  throw wrong(name, 'is not the JSON that it must be');
};
