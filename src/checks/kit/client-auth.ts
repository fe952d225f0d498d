import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { ClientAuth } from 'openid-client';
import type { Blueprint } from '../../blueprint/types.ts';
import { isObject } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import { canBe } from './given.ts';
import { signJws } from './jws.ts';
import type { Clock } from './network.ts';

/** Parts of an assertion that an attack changes. */
export interface OtherwiseAsserted {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

/** How clients of the blueprint prove who they are where they ask for a token: what of it stands in the form. */
export const createClientAuth = (blueprint: Blueprint, clock: Clock) => {
  const keys = new Map<string, KeyObject>();
  const keyOf = (id: string): KeyObject => {
    const known = keys.get(id) ?? readKey(blueprint, id);
    keys.set(id, known);
    return known;
  };

  /** An assertion of RFC 7523 section 3: good for a minute and, as Keycloak takes it, once. */
  const assertion = (id: string, { claims = {}, header = {}, key = keyOf(id) }: OtherwiseAsserted = {}): Readonly<Record<string, string>> => {
    const { algorithm = 'RS256', jwks } = blueprint.realm.clients[id]?.authentication ?? {};
    const now = Math.floor(clock.now() / 1000);
    const kid = kidOf(jwks?.reveal(), keyOf(id));
    const head = { alg: algorithm, typ: 'JWT', ...(kid !== undefined && { kid }), ...header };
    const body = { iss: id, sub: id, aud: blueprint.issuer, jti: randomUUID(), iat: now, exp: now + 60, ...claims };
    return { client_assertion_type: ASSERTION, client_assertion: signJws(head, body, key, algorithm) };
  };

  /** `undefined` of one that cannot prove it, because nobody has given what it would take. */
  const form = (id: string): Readonly<Record<string, string>> | undefined => {
    const { secret, authentication } = blueprint.realm.clients[id] ?? {};
    if (!canBe(blueprint, id)) return undefined;
    if (authentication) return authentication.method === 'private_key_jwt' ? assertion(id) : {};
    return secret ? { client_secret: secret.reveal() } : {};
  };

  return {
    form,
    assertion,
    /** The same for a relying party, which puts `client_id` beside it. */
    authentication: (id: string): ClientAuth => (_server, _client, body) => {
      body.set('client_id', id);
      for (const [name, value] of Object.entries(form(id) ?? {})) body.set(name, value);
    },
  };
};
export type ClientAuthentication = ReturnType<typeof createClientAuth>;

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const readKey = (blueprint: Blueprint, id: string): KeyObject => {
  try {
    return createPrivateKey(blueprint.realm.clients[id]?.authentication?.key?.reveal() ?? '');
  } catch {
    throw new Problem('VERIFY_CLIENT_KEY', `the key of ${id} cannot be read`, { at: blueprint.at(`realm.clients.${id}.authentication.key`), expected: 'a private key, as PEM', sensitive: true });
  }
};

/** What the set calls the public half of this key. */
const kidOf = (jwks: string | undefined, key: KeyObject): string | undefined => {
  const own = createPublicKey(key).export({ format: 'jwk' });
  const same = jwksIn(jwks).find((jwk) => jwk.kty === own.kty && (own.kty === 'RSA' ? jwk.n === own.n : jwk.x === own.x));
  return typeof same?.kid === 'string' ? same.kid : undefined;
};

const jwksIn = (text: string | undefined): readonly Readonly<Record<string, unknown>>[] => {
  if (text === undefined) return [];
  try {
    const set: unknown = JSON.parse(text);
    return isObject(set) && Array.isArray(set.keys) ? set.keys.filter(isObject) : [];
  } catch {
    return [];
  }
};
