import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import type { JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../../src/service/token/jws.ts';
import type { Algorithm } from '../../../src/service/index.ts';
import { aVerifier, bearing, goodClaims } from './support/tokens.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pairs: Readonly<Record<Algorithm, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
};
const jwkOf = (algorithm: Algorithm, alg?: Algorithm): JWK => ({
  ...(pairs[algorithm].publicKey.export({ format: 'jwk' }) as JWK),
  kid: 'key-1',
  ...(alg && { alg }),
});
const signedBy = (algorithm: Algorithm, key = pairs[algorithm].privateKey): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(goodClaims))).setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: 'key-1' }).sign(key);

describe.each(ALGORITHMS)('%s', (algorithm) => {
  const verify = (token: string, jwk = jwkOf(algorithm), algorithms: readonly Algorithm[] = [algorithm]) =>
    aVerifier({ algorithms, jwks: { keys: [jwk] } }).verify(bearing(token));

  it('takes what jose signed, for a key with and without its algorithm', async () => {
    const token = await signedBy(algorithm);
    expect(await verify(token)).toMatchObject({ ok: true });
    expect(await verify(token, jwkOf(algorithm, algorithm))).toMatchObject({ ok: true });
  });
  it('refuses another signature, at every place that was changed', async () => {
    const token = await signedBy(algorithm);
    const at = token.lastIndexOf('.') + 1;
    const bytes = Buffer.from(token.slice(at), 'base64url');
    for (let index = 0; index < bytes.length; index += 7) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((bytes[index] ?? 0) ^ 1, index);
      expect(await verify(token.slice(0, at) + changed.toString('base64url'))).toMatchObject({ status: 401, reason: 'signature' });
    }
  });
  it('refuses the signature of every other algorithm under its name', async () => {
    for (const other of ALGORITHMS.filter((name) => name !== algorithm)) {
      const [, payload = '', signature = ''] = (await signedBy(other)).split('.');
      const header = Buffer.from(JSON.stringify({ alg: algorithm, typ: 'JWT', kid: 'key-1' })).toString('base64url');
      expect(await verify(`${header}.${payload}.${signature}`)).toMatchObject({ status: 401 });
      expect(await verify(`${header}.${payload}.${signature}`, jwkOf(other), ALGORITHMS)).toMatchObject({ status: 401 });
    }
  });
  it('refuses to use a key that is for another algorithm', async () => {
    for (const other of ALGORITHMS.filter((name) => name !== algorithm))
      expect(await verify(await signedBy(algorithm), jwkOf(algorithm, other), ALGORITHMS)).toMatchObject({
        status: 401,
        reason: 'key: ERR_JWKS_NO_MATCHING_KEY',
      });
  });
});
