import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import { publicForm } from './public-key.ts';

/**
 * The keys of Ed448 in a set by their id (RFC 8037 section 2): `EdDSA` names that curve as well, which Keycloak signs by where it is told to, and jose knows
 * Ed25519 alone. One under an id that another key has is left out: which is meant stays open, at the gateway's guard, too.
 */
export const ed448In = (keys: readonly object[]): ReadonlyMap<string, KeyObject> => {
  const found = new Map<string, KeyObject>();
  const ids = keys.map((key) => (key as JsonObject)['kid']);
  keys.forEach((key, at) => {
    const [kid, member] = [ids[at], key as JsonObject];
    if (typeof kid !== 'string' || member['crv'] !== 'Ed448' || ids.filter((other) => other === kid).length > 1) return;
    if (member['alg'] !== undefined && member['alg'] !== 'EdDSA') return;
    const form = publicForm(member);
    if (!form) return;
    try {
      found.set(kid, createPublicKey({ key: form.jwk, format: 'jwk' }));
    } catch {
      // A point that is none: no key.
    }
  });
  return found;
};
