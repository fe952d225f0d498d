import { createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { Blueprint, ForeignIssuer } from '../blueprint/types.ts';
import { isFixtureKey } from '../core/fixture.ts';
import { isObject } from '../core/json.ts';
import { Problem, unreachable } from '../core/problem.ts';
import type { Position } from '../core/problem.ts';
import type { Provider } from '../core/provider.ts';
import type { Answer, Http } from './http.ts';
import { createHttp, shownUrl } from './http.ts';

/** What was read of an issuer: enough to verify its tokens. */
interface Discovered {
  readonly keys: readonly IssuerKey[];
}
/** A public signing key, in the forms that verifiers take. */
interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  /** SubjectPublicKeyInfo, RFC 7468 section 13. */
  readonly pem: string;
}

const DISCOVERY = '/.well-known/openid-configuration';

/** What the blueprint says of an issuer, and where. */
interface Stated extends Pick<ForeignIssuer, 'url' | 'jwksUri'> {
  /** `issuer`, or `issuers.partner`: what it is called in problems, and where the file states it. */
  readonly name: string;
  readonly algorithm: string;
  readonly at: Blueprint['at'];
}

/** The issuer of a blueprint that has no realm of ours. */
export const connectForeignIssuer = ({ foreign, realm, at }: Blueprint, limitMs?: number): Provider => connect({ ...asStated('issuer', foreign), algorithm: realm.tokens.algorithm, at }, limitMs);

/** Further ones, whose tokens single services take. */
export const connectFurtherIssuers = ({ issuers, at }: Blueprint, limitMs?: number): readonly Provider[] =>
  Object.values(issuers).map((issuer) => connect({ ...asStated(`issuers.${issuer.name}`, issuer), algorithm: issuer.algorithm, at }, limitMs));

const asStated = (name: string, issuer: ForeignIssuer | undefined): Pick<Stated, 'name' | 'url' | 'jwksUri'> => ({ name, url: issuer?.url ?? '', ...(issuer?.jwksUri !== undefined && { jwksUri: issuer.jwksUri }) });

/**
 * An issuer that is not ours: it has no objects of ours, and nothing is ever written there. Its discovery document and its
 * keys are read and held against the blueprint before the first write; what else it has is not looked at, and that is said.
 */
const connect = (stated: Stated, limitMs: number | undefined): Provider => {
  const { name, url } = stated;
  const at = (field: string): Position => stated.at(`${name}.${field}`);
  /** By origin: its keys may be elsewhere than its document, and who looks again and again keeps the connections. */
  const opened = new Map<string, Http>();
  const get = async (address: string): Promise<Answer> => {
    const { origin, pathname, search } = new URL(address);
    const http = opened.get(origin) ?? createHttp({ target: name, url: origin, limitMs });
    opened.set(origin, http);
    const answer = await http.send('GET', `${pathname}${search}`).catch((thrown: unknown) => {
      throw thrown instanceof Problem && thrown.nature === 'unreachable' ? unreachable(name, shownUrl(address), thrown.cause, at('url')) : thrown;
    });
    if (answer.status === 429 || answer.status >= 500) throw unreachable(name, shownUrl(address), new Error(`HTTP ${answer.status}`), at('url'));
    return answer;
  };
  let read: Promise<Discovered> | undefined;
  const discovered = (): Promise<Discovered> => (read ??= discover(stated, at, get));
  return {
    name,
    kinds: [],
    concurrency: 1,
    confirm: async () => {
      try {
        await discovered();
        return [];
      } catch (thrown) {
        if (thrown instanceof Problem && thrown.nature !== 'unreachable') return [thrown];
        throw thrown;
      }
    },
    about: async () => {
      // What is wrong with it is said by `confirm`.
      const found = await discovered().catch(() => undefined);
      if (found === undefined) return [];
      const count = found.keys.length;
      return [{ target: name, what: 'discovery document', state: 'good', found: `${shownUrl(url)} is the issuer that the blueprint names, with ${count} ${count === 1 ? 'key' : 'keys'} for signatures` }];
    },
    // What is wrong with the document is told once, by `confirm`: without it nothing is written.
    output: async (output) => (output === 'keys' ? (await discovered().catch(absentUnlessUnreachable))?.keys : undefined),
    reach: () =>
      Promise.resolve({
        dangers: [],
        unseen: [{ target: name, what: `${shownUrl(url)}, but for its discovery document and its keys`, why: 'it is not ours: who gets which token is for whose it is' }],
      }),
    requests: () => ({ reads: [...opened.values()].reduce((sum, http) => sum + http.requests().reads, 0), writes: 0 }),
    forget: () => {
      read = undefined;
    },
    close: () => {
      for (const http of opened.values()) http.close();
      return Promise.resolve();
    },
  };
};

const absentUnlessUnreachable = (thrown: unknown): undefined => {
  if (thrown instanceof Problem && thrown.nature !== 'unreachable') return undefined;
  throw thrown;
};

const discover = async ({ name, url, jwksUri, algorithm }: Stated, at: (field: string) => Position, get: (address: string) => Promise<Answer>): Promise<Discovered> => {
  const address = `${url.replace(/\/+$/, '')}${DISCOVERY}`;
  const document = documentIn(await get(address));
  if (document === undefined || typeof document['issuer'] !== 'string')
    throw new Problem('ISSUER_NO_DISCOVERY', `${shownUrl(address)} is no discovery document`, { at: at('url'), hint: `${name}.url is what tokens say in iss, without /.well-known/…: is it the right one?` });
  if (document['issuer'] !== url)
    throw new Problem('ISSUER_OTHER', `the discovery document at ${shownUrl(address)} is of the issuer ${document['issuer']}, and every verifier would be told ${url}: none of its tokens would pass`, {
      at: at('url'),
      expected: url,
      hint: `url: ${document['issuer']}`,
    });
  const keysAt = document['jwks_uri'];
  if (typeof keysAt !== 'string' || !isSafe(keysAt, url))
    throw new Problem('ISSUER_KEYS', `the discovery document of ${url} names no https address of keys`, { at: at('url'), expected: 'jwks_uri: an https URL' });
  if (jwksUri !== undefined && jwksUri !== keysAt)
    throw new Problem('ISSUER_KEYS', `the discovery document of ${url} leads to keys at ${shownUrl(keysAt)}`, { at: at('jwksUri'), expected: jwksUri, hint: 'whoever holds the keys there signs for this issuer: is the change meant?' });
  const set = documentIn(await get(keysAt));
  const told = publishedPrivately(set);
  if (told.length > 0)
    throw new Problem('ISSUER_KEYS', `${shownUrl(keysAt)} publishes the private half of ${told.join(', ')}: whoever reads it signs for this issuer`, {
      at: at('url'),
      expected: 'public keys alone (RFC 7517 section 9.2)',
      hint: 'whose the issuer is has to make new keys. Until then nobody should take its tokens; a Kong that holds its keys takes them until they are deleted there',
    });
  const keys = keysIn(set, algorithm);
  if (!keys.some(({ alg }) => alg === algorithm))
    throw new Problem('ISSUER_KEYS', `${shownUrl(keysAt)} holds no key for ${algorithm}`, {
      at: at('algorithm'),
      ...(keys.length > 0 && { hint: `its keys are for ${[...new Set(keys.map(({ alg }) => alg))].join(', ')}` }),
    });
  return { keys };
};

/** Whoever is on the way could give keys of his own; an issuer on this machine speaks plain http, and its keys are there, too. */
const isSafe = (keysAt: string, issuer: string): boolean =>
  URL.canParse(keysAt) && (keysAt.startsWith('https://') || (issuer.startsWith('http://') && new URL(keysAt).hostname === new URL(issuer).hostname));

const documentIn = ({ status, body }: Answer): Readonly<Record<string, unknown>> | undefined => (status === 200 && isObject(body) ? body : undefined);

const FAMILY: Readonly<Record<string, string>> = { RS: 'RSA', PS: 'RSA', ES: 'EC', Ed: 'OKP' };

/** Members by which one signs (RFC 7518 sections 6.2.2 and 6.3.2). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'] as const;

/** Keys that sign and are no secret, whatever their use is said to be: API Gateway and a Kong that holds keys do not see it. What is shared (`oct`) verifies nothing here. */
const publishedPrivately = (set: Readonly<Record<string, unknown>> | undefined): readonly string[] =>
  (Array.isArray(set?.['keys']) ? set['keys'] : []).filter(isObject).flatMap((jwk) => (PRIVATE.some((member) => jwk[member] !== undefined) ? [typeof jwk['kid'] === 'string' ? jwk['kid'] : 'a key without an id'] : []));

/** The public keys for signatures, sorted by kid. Not every issuer says an algorithm with its keys (Entra): then it is the one that the blueprint says. */
const keysIn = (set: Readonly<Record<string, unknown>> | undefined, algorithm: string): readonly IssuerKey[] =>
  (Array.isArray(set?.['keys']) ? set['keys'] : [])
    .filter((jwk: unknown): jwk is JsonWebKey & Record<string, unknown> => isObject(jwk) && typeof jwk['kid'] === 'string' && (jwk['use'] === undefined || jwk['use'] === 'sig') && !isFixtureKey(jwk))
    .flatMap((jwk): readonly IssuerKey[] => {
      const alg = typeof jwk['alg'] === 'string' ? jwk['alg'] : jwk.kty === FAMILY[algorithm.slice(0, 2)] ? algorithm : undefined;
      const pem = pemOf(jwk);
      return alg === undefined || pem === undefined ? [] : [{ kid: String(jwk['kid']), alg, jwk: { ...jwk }, pem }];
    })
    .toSorted((one, other) => (one.kid < other.kid ? -1 : 1));

/** A key that is none is nobody's: the others count. */
const pemOf = (jwk: JsonWebKey): string | undefined => {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return undefined;
  }
};
