import type { KeyObject } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors } from 'jose';
import type { CryptoKey, FetchImplementation, JSONWebKeySet, JWK, LocalJWKSet, RemoteJWKSet } from 'jose';
import { trustedUrl } from '../address.ts';
import { readAtMost } from '../download.ts';
import { ServiceError, invalidOption, reasonOf } from '../error.ts';
import { isObject } from '../json.ts';
import { ed448In } from './ed448.ts';
import type { Algorithm } from './jws.ts';

export interface KeyRules {
  readonly issuer: string;
  /**
   * Where the keys are; `discovery` finds them by the issuer's metadata (OpenID Connect Discovery section 4); a key set is taken as it
   * is.
   */
  readonly jwks: URL | 'discovery' | JSONWebKeySet;
  readonly allowHttp: boolean;
  /** Seconds after a download in which an unknown key id does not cause another one. */
  readonly cooldown: number;
  /** Seconds for which downloaded keys are trusted. A key that the issuer withdrew is accepted for so long at most. */
  readonly maxAge: number;
  /** Seconds that a download may take. */
  readonly timeout: number;
  readonly fetch: typeof fetch;
}

interface KeyHeader {
  readonly alg: Algorithm;
  readonly kid: string;
}
/**
 * Finds the key of a token, fit for its algorithm: at once where it was found before in the set that is in force. Rejects with `KEYS_UNAVAILABLE` when
 * nothing is known, with jose's errors when no key fits.
 */
export type KeySource = (header: KeyHeader) => FoundKey | Promise<FoundKey>;
export type FoundKey = CryptoKey | KeyObject;

const LARGEST_ANSWER = 1024 * 1024;
/** Milliseconds after a failed download in which nobody tries again: a dead issuer is not to be hammered with every request. */
const RETRY_AFTER_FAILURE = 2000;

export const createKeySource = (rules: KeyRules): KeySource => {
  if (isKeySet(rules.jwks)) {
    const given = ed448In(rules.jwks.keys);
    return atHand(createLocalJWKSet({ keys: rules.jwks.keys.filter(isUsable) }), () => 'the one', (kid) => given.get(kid));
  }
  const start = rules.jwks === 'discovery' ? discoveryUrl(rules) : trustedUrl('jwks', rules.jwks, rules.allowHttp);
  let downloads = 0;
  let ed448 = ed448In([]);
  const remote = createRemoteJWKSet(start, {
    cooldownDuration: rules.cooldown * 1000,
    cacheMaxAge: rules.maxAge * 1000,
    timeoutDuration: rules.timeout * 1000,
    [customFetch]: rememberingFailure(async (url, options) => {
      downloads += 1;
      const address = rules.jwks === 'discovery' ? await discover(rules, url, options) : url;
      const document = await download(rules.fetch, address, options);
      if (!isKeySet(document)) throw new Error('the answer is not a key set');
      ed448 = ed448In(document.keys);
      return Response.json({ keys: document.keys.filter(isUsable) });
    }),
  });
  // From the moment a download begins until its set has taken the place of the other one, nothing is at hand.
  return atHand(remote, () => (remote.fresh && !remote.reloading ? downloads : undefined), (kid) => ed448.get(kid));
};

/**
 * Keeps what was found: jose answers by a promise of promises, which costs a sixth of a signature. `inForce` tells one set from the next, and is undefined
 * while there is none to rely on; what was found in one set is never used in another. `besides`: keys of it that jose does not know.
 */
const atHand = (find: LocalJWKSet | RemoteJWKSet, inForce: () => unknown, besides: (kid: string) => KeyObject | undefined): KeySource => {
  let of: unknown;
  /** By algorithm, then by id: one name of both would be put together anew for every token. */
  const found = new Map<string, Map<string, FoundKey>>();
  return (header) => {
    const now = inForce();
    if (now !== of) found.clear();
    of = now;
    const kept = found.get(header.alg)?.get(header.kid);
    const other = (): KeyObject | undefined => (header.alg === 'EdDSA' ? besides(header.kid) : undefined);
    if (now !== undefined) {
      const at = kept ?? other();
      if (at !== undefined) return at;
    }
    const looked = find({ ...header }).catch((thrown: unknown) => {
      // The set is here now, and jose has not found it there.
      const key = thrown instanceof errors.JWKSNoMatchingKey ? other() : undefined;
      if (key === undefined) throw thrown;
      return key;
    });
    if (now === undefined) return looked;
    return looked.then((key) => {
      if (inForce() === now && of === now) found.set(header.alg, (found.get(header.alg) ?? new Map<string, FoundKey>()).set(header.kid, key));
      return key;
    });
  };
};

const discoveryUrl = ({ issuer, allowHttp }: KeyRules): URL =>
  trustedUrl('issuer', `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, allowHttp);

/**
 * The address of the keys. The document must name the issuer byte for byte, or its keys belong to another one (Discovery section 4.3).
 */
const discover = async ({ issuer, allowHttp, fetch }: KeyRules, url: string, options: FetchOptions): Promise<string> => {
  const document = await download(fetch, url, options);
  if (!isObject(document) || document['issuer'] !== issuer) throw new Error('the metadata is of another issuer');
  if (typeof document['jwks_uri'] !== 'string') throw new Error('the metadata names no jwks_uri');
  return trustedUrl('jwks_uri', document['jwks_uri'], allowHttp).href;
};

type FetchOptions = Parameters<FetchImplementation>[1];

const download = async (fetch: KeyRules['fetch'], url: string, options: FetchOptions): Promise<unknown> => {
  const response = await fetch(url, options);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`status ${String(response.status)}`);
  }
  return JSON.parse((await readAtMost(response, LARGEST_ANSWER)).toString('utf8'));
};

/** Turns every failure into `KEYS_UNAVAILABLE`, and repeats it for a moment instead of trying again. */
const rememberingFailure = (load: FetchImplementation): FetchImplementation => {
  let failure: { readonly error: ServiceError; readonly until: number } | undefined;
  return async (url, options) => {
    if (failure && performance.now() < failure.until) throw failure.error;
    try {
      const response = await load(url, options);
      failure = undefined;
      return response;
    } catch (thrown) {
      const error = new ServiceError('KEYS_UNAVAILABLE', `the keys of the issuer cannot be had: ${reasonOf(thrown)}`);
      failure = { error, until: performance.now() + RETRY_AFTER_FAILURE };
      throw error;
    }
  };
};

const isKeySet = (value: unknown): value is JSONWebKeySet =>
  isObject(value) && Array.isArray(value['keys']) && value['keys'].every((key) => isObject(key));

/**
 * True for a public key that jose knows and that is strong enough: an RSA modulus of 2048 bits or more
 * with an odd exponent of at least 65537 (RFC 7518 section 3.3, FIPS 186-5 section 5.4). jose judges
 * the rest when it chooses and imports a key: use, operations, curve (RFC 7517 section 4).
 */
const isUsable = (key: JWK): boolean => {
  if (key.d !== undefined || key.k !== undefined || key.crv === 'Ed448') return false;
  if (key.kty !== 'RSA') return key.kty === 'EC' || key.kty === 'OKP';
  if (typeof key.n !== 'string' || typeof key.e !== 'string') return false;
  const modulus = integerOf(key.n);
  const exponent = integerOf(key.e);
  return modulus >= 2n ** 2047n && exponent >= 65537n && exponent % 2n === 1n;
};

const integerOf = (base64url: string): bigint => BigInt(`0x0${Buffer.from(base64url, 'base64url').toString('hex')}`);

/** Seconds, judged once: a wrong number here would switch a limit off. */
export const seconds = (name: string, value: number, least: number, most: number): number => {
  if (!Number.isFinite(value) || value < least || value > most)
    throw invalidOption(`${name} must be between ${String(least)} and ${String(most)} seconds`);
  return value;
};
