import { readObject } from '../json.ts';
import { decodeBase64url } from '../token/base64url.ts';

export type Builtin = (...args: never[]) => unknown;

/**
 * What the JavaScript SDK of OPA serves itself (version 1.10): the rest of OPA's builtins is either compiled into the module, or here,
 * or missing.
 */
export const SDK_BUILTINS = ['sprintf', 'json.is_valid', 'regex.split', 'yaml.is_valid', 'yaml.marshal', 'yaml.unmarshal'] as const;

/**
 * The builtins that this module adds. `now` gives milliseconds, and the same ones during one evaluation, as OPA does. `time.now_ns` is
 * exact to 256 ns at best: a JavaScript number holds no more.
 */
export const ownBuiltins = (now: () => number): Readonly<Record<string, Builtin>> => ({
  'time.now_ns': () => now() * 1_000_000,
  'io.jwt.decode': decodeJwt,
});

/** `[header, payload, signature in hexadecimal]` of a JWS, nothing verified; undefined for anything else, as in OPA. */
const decodeJwt = (token: unknown): unknown => {
  const parts = typeof token === 'string' ? token.split('.') : [];
  const [header, payload, signature] = parts.map(decodeBase64url);
  if (parts.length !== 3 || !header || !payload || !signature) return undefined;
  const readHeader = readObject(header, 64);
  const readPayload = readObject(payload, 64);
  if (typeof readHeader === 'string' || typeof readPayload === 'string' || 'enc' in readHeader.object) return undefined;
  return [readHeader.object, readPayload.object, signature.toString('hex')];
};
