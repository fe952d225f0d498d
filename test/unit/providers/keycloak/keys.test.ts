import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAdmin } from '../../../../src/providers/keycloak/client.ts';
import { firstKeys, readKeys } from '../../../../src/providers/keycloak/keys.ts';
import { target } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';

const pairs = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey,
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
  ed: generateKeyPairSync('ed25519').publicKey,
};
const jwk = (name: keyof typeof pairs, kid: string, alg: string, use: string) => ({
  ...pairs[name].export({ format: 'jwk' }),
  kid,
  alg,
  use,
});

describe('the keys of a realm', () => {
  it('are those for signatures, as JWK and PEM, whatever their type', async () => {
    const keys = [
      jwk('rsa', 'c', 'RS256', 'sig'),
      jwk('rsa', 'x', 'RSA-OAEP', 'enc'),
      jwk('ec', 'b', 'ES256', 'sig'),
      jwk('ed', 'a', 'EdDSA', 'sig'),
    ];
    const http = { ...fakeKeycloak(), send: () => Promise.resolve({ status: 200, body: { keys } }) };
    const read = await readKeys(createAdmin(http, { target: target(), mask: String }), 'shop');
    expect(read?.map(({ kid, alg }) => [kid, alg])).toEqual([
      ['a', 'EdDSA'],
      ['b', 'ES256'],
      ['c', 'RS256'],
    ]);
    expect(read?.map(({ pem }) => createPublicKey(pem).export({ format: 'jwk' }))).toEqual(
      [pairs.ed, pairs.ec, pairs.rsa].map((key) => key.export({ format: 'jwk' })),
    );
    expect(read?.[2]?.jwk).toEqual(keys[0]);
  });

  it('cannot be read when the server fails: that is not "none"', async () => {
    const http = { ...fakeKeycloak(), send: () => Promise.resolve({ status: 500, body: '' }) };
    await expect(readKeys(createAdmin(http, { target: target(), mask: String }), 'shop')).rejects.toMatchObject({
      code: 'KEYCLOAK_REFUSED',
    });
  });

  it('are left to Keycloak for RS256, and made for any other algorithm', () => {
    expect(firstKeys('RS256')).toBeUndefined();
    const first = (algorithm: string) =>
      (Object.values(firstKeys(algorithm) ?? {})[0]?.[0] ?? {}) as { providerId: string; config: object };
    expect(first('ES384')).toMatchObject({ providerId: 'ecdsa-generated', config: { ecdsaEllipticCurveKey: ['P-384'] } });
    expect(first('EdDSA')).toMatchObject({ providerId: 'eddsa-generated', config: { eddsaEllipticCurveKey: ['Ed25519'] } });
    expect(first('PS256')).toMatchObject({ providerId: 'rsa-generated', config: { algorithm: ['PS256'] } });
  });
});
