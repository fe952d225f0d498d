import { createPublicKey, type KeyObject } from 'node:crypto';
import { isRecord, readBody } from './http.ts';
import type { Clock } from './types.ts';

/** Source: API Gateway quotas for HTTP APIs: discovery and JWKS time out after 1500 ms, a JWKS has at most 150 000 bytes. */
const timeoutMs = 1500;
const mostBytes = 150_000;
/** Source: API Gateway developer guide, "JWT authorizers": "can cache the public key for two hours". */
const cacheSeconds = 2 * 60 * 60;

/** An issuer that could not be used. The message is what a live authorizer said for it; `url` is where it was asked. */
export class IssuerFault extends Error {
  readonly url: string;

  constructor(message: string, url: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'IssuerFault';
    this.url = url;
  }
}

/** Signing keys by kid. Two keys may share one. */
export type Keys = ReadonlyMap<string, readonly KeyObject[]>;

export interface Issuers {
  /** Reads the discovery document, never from a cache, and returns its jwks_uri. Throws an `IssuerFault`. */
  readonly discover: (issuer: string) => Promise<string>;
  /** The issuer's keys, at most two hours old. A failure is an `IssuerFault` and is not remembered. */
  readonly keysOf: (issuer: string) => Promise<Keys>;
  /** Drops every cached key. */
  readonly forget: () => void;
}

const getJson = async (url: string): Promise<unknown> => {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs), headers: { accept: 'application/json' } });
  if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
  const body = await readBody(response.body as AsyncIterable<unknown>, mostBytes);
  if (body === undefined) throw new Error(`more than ${mostBytes} bytes`);
  return JSON.parse(body.toString('utf8')) as unknown;
};

const signingKeys = (document: unknown): Keys => {
  if (!isRecord(document) || !Array.isArray(document['keys'])) throw new Error('not a JSON Web Key Set');
  const keys = new Map<string, KeyObject[]>();
  for (const jwk of document['keys'] as unknown[]) {
    if (!isRecord(jwk) || jwk['kty'] !== 'RSA' || typeof jwk['kid'] !== 'string') continue;
    if (jwk['use'] !== undefined && jwk['use'] !== 'sig') continue;
    const { n, e } = jwk;
    if (typeof n !== 'string' || typeof e !== 'string') continue;
    keys.set(jwk['kid'], [...(keys.get(jwk['kid']) ?? []), createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })]);
  }
  return keys;
};

const isAllowed = (url: string, allowHttp: boolean): boolean => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed?.protocol === 'https:' || (allowHttp && parsed?.protocol === 'http:');
};

export const createIssuers = ({ clock, allowHttp }: { readonly clock: Clock; readonly allowHttp: boolean }): Issuers => {
  const cached = new Map<string, { readonly keys: Promise<Keys>; readonly until: number }>();

  const discover = async (issuer: string): Promise<string> => {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const failed = (cause?: unknown): IssuerFault => new IssuerFault('OIDC discovery endpoint communication error', url, cause);
    if (!isAllowed(issuer, allowHttp)) throw failed();
    const document = await getJson(url).catch((cause: unknown) => {
      throw failed(cause);
    });
    // OpenID Connect Discovery 1.0, section 4.3: the document's issuer must be exactly the one it was asked for.
    if (!isRecord(document) || document['issuer'] !== issuer || typeof document['jwks_uri'] !== 'string') throw failed();
    return document['jwks_uri'];
  };

  const fetchKeys = async (issuer: string): Promise<Keys> => {
    const url = await discover(issuer);
    const failed = (cause?: unknown): IssuerFault => new IssuerFault('JWKS communication error', url, cause);
    if (!isAllowed(url, allowHttp)) throw failed();
    try {
      return signingKeys(await getJson(url));
    } catch (cause) {
      throw failed(cause);
    }
  };

  return {
    discover,
    keysOf: (issuer) => {
      const known = cached.get(issuer);
      if (known && clock() < known.until) return known.keys;
      const entry = { keys: fetchKeys(issuer), until: clock() + cacheSeconds };
      cached.set(issuer, entry);
      entry.keys.catch(() => {
        if (cached.get(issuer) === entry) cached.delete(issuer);
      });
      return entry.keys;
    },
    forget: () => cached.clear(),
  };
};
