import { readFileSync } from 'node:fs';
import type { CertificateSource } from '../src/service/token/certificate.ts';
import type { Certificate } from './lua/gateway.ts';

interface Vector {
  readonly name: string;
  /** The error of the answer (RFC 8705 section 3, RFC 6750 section 3.1), if any. */
  readonly expect: 'passes' | 'invalid_token' | 'no_token';
  /** Where the certificate is found. */
  readonly by: CertificateSource;
  /** Which one the client shows in the handshake. */
  readonly shows?: 'holder' | 'thief';
  readonly authorization: readonly string[];
  /** Of a connection from 127.0.0.1. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}
interface Vectors {
  /** Seconds since the epoch at which all of them are judged. */
  readonly now: number;
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: { readonly keys: { readonly kid: string; readonly kty: string }[] };
  readonly certificates: Readonly<Record<'holder' | 'thief', Certificate>>;
  readonly vectors: readonly Vector[];
}

/** Tokens that are bound to a certificate, as guard and middleware judge them alike; made by scripts/mtls-vectors.js. */
export const mtls = JSON.parse(readFileSync(new URL('data/mtls/vectors.json', import.meta.url), 'utf8')) as Vectors;
