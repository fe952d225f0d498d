import { X509Certificate } from 'node:crypto';
import { Secret } from '../../core/secret.ts';
import { isList } from '../json.ts';
import type { JsonFields } from '../json.ts';
import { nodeAt } from '../tree.ts';
import type { Json, RealmClient } from '../types.ts';
import { isLoopback } from './addresses.ts';
import type { Context } from './context.ts';

/** Members of a JWK that are not public (RFC 7518 section 6). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** By what a client proves who it is, other than a secret: that it is whole, says one key, and gives none away. */
export const checkProof = (context: Context, id: string, { type, secret, authentication }: RealmClient): void => {
  if (authentication === undefined) return;
  const { root, findings, blueprint } = context;
  const path = ['realm', 'clients', id, 'authentication'];
  const states = (field: string): boolean => nodeAt(root, [...path, field]) !== undefined;
  const wrong = (field: readonly string[], message: string, hint: string): void => findings.add('BLUEPRINT_CLIENT', [...path, ...field], message, { hint });
  if (type === 'public') return wrong([], 'a public client cannot keep a key', 'remove it, or make the client confidential');
  if (secret) wrong([], 'it would be known by a secret or by this: Keycloak asks a client for one thing', 'remove the secret, or this');
  const { method, jwks, certificate } = authentication;
  const others = method === 'private_key_jwt' ? ['subject', 'authority'] : ['jwks', 'jwksUri', 'algorithm'];
  for (const field of others.filter(states)) wrong([field], `${method} does not look at ${field}`, 'remove it');
  if (method === 'private_key_jwt') {
    const ways = ['jwks', 'jwksUri', 'certificate'].filter(states);
    if (ways.length !== 1) wrong([], ways.length === 0 ? 'nothing says which key is its own' : `${ways.join(' and ')} say which key is its own, and Keycloak looks at one of them`, 'state one of jwks, jwksUri and certificate');
    const onTheWay = keyAddressFault(authentication.jwksUri ?? '');
    if (onTheWay !== undefined) wrong(['jwksUri'], onTheWay, 'an https:// address');
    // A placeholder stands where nobody has handed it over, and is judged when it is there.
    const fault = jwks && /^\s*[[{-]/.test(jwks.reveal()) ? keySetFault(jwks.reveal()) : undefined;
    if (fault) wrong(['jwks'], fault.message, fault.hint);
    const none = certificate && certificateFault(certificate.reveal());
    if (none) wrong(['certificate'], none, 'the certificate as PEM (-----BEGIN CERTIFICATE-----), and give the key by `key`');
    return;
  }
  if (!states('subject')) wrong([], 'nothing says whose certificate is its own', 'subject: the whole subject of its certificate, as RFC 4514 writes it');
  if (states('certificate') !== states('key')) wrong([states('certificate') ? 'certificate' : 'key'], 'a certificate is shown with its key', 'state both, or neither');
  const { url = '', mtls = url } = blueprint.targets.keycloak ?? {};
  if (!mtls.startsWith('https:')) wrong([], 'no certificate is shown where Keycloak is asked without TLS', 'targets.keycloak.mtls: https://…');
};

/** What is wrong with a set of keys that a client is known by. */
export const keySetFault = (text: string): { readonly message: string; readonly hint: string } | undefined => {
  const keys = keysIn(text);
  if (keys === undefined || keys.length === 0) return { message: 'it is no JWK Set with a key in it', hint: '{ "keys": [ … ] } as JSON (RFC 7517 section 5)' };
  if (keys.some((key) => isFields(key) && PRIVATE.some((member) => member in key)))
    return { message: 'a key in it is not public: whoever reads the client in Keycloak could act as it', hint: 'the public members alone (kty, n and e, or crv, x and y), and give the key by `key`' };
  return undefined;
};

/** What is wrong with the address of such a set. */
export const keyAddressFault = (text: string): string | undefined =>
  URL.canParse(text) && new URL(text).protocol === 'http:' && !isLoopback(new URL(text)) ? 'whoever answers in its place on the way says which key is its own' : undefined;

/** What is wrong with a certificate that Keycloak is told and a plan shows: it has to be what anybody may know. */
export const certificateFault = (text: string): string | undefined => {
  // As above: what stands for it is neither PEM nor base64 of the length of anything.
  if (!/-----BEGIN|^[A-Za-z0-9+/=\s]{60,}$/.test(text)) return undefined;
  try {
    new X509Certificate(text.includes('-----BEGIN') ? (/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(text)?.[0] ?? '') : Buffer.from(text, 'base64'));
    return undefined;
  } catch {
    return 'it is no certificate: whatever it is, Keycloak would be told, and whoever reads the client there';
  }
};

const isFields = (value: Json): value is JsonFields => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);

const keysIn = (text: string): readonly Json[] | undefined => {
  try {
    const set = JSON.parse(text) as Json;
    return isFields(set) && isList(set.keys) ? set.keys : undefined;
  } catch {
    return undefined;
  }
};
