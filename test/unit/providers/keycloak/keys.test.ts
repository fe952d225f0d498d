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

  it.each<readonly [algorithm: string, name: string, providerId: string, config: object]>([
    ['ES256', 'authctl-es256', 'ecdsa-generated', { ecdsaEllipticCurveKey: ['P-256'] }],
    ['ES384', 'authctl-es384', 'ecdsa-generated', { ecdsaEllipticCurveKey: ['P-384'] }],
    ['ES512', 'authctl-es512', 'ecdsa-generated', { ecdsaEllipticCurveKey: ['P-521'] }],
    ['EdDSA', 'authctl-eddsa', 'eddsa-generated', { eddsaEllipticCurveKey: ['Ed25519'] }],
    ['RS512', 'authctl-rs512', 'rsa-generated', { algorithm: ['RS512'], keySize: ['2048'] }],
  ])('of a new realm for %s are that one, and the two that Keycloak would leave out beside it', (algorithm, name, providerId, config) =>
    expect(firstKeys(algorithm)).toEqual({
      'org.keycloak.keys.KeyProvider': [
        { name, providerId, config: { priority: ['100'], enabled: ['true'], active: ['true'], ...config } },
        { name: 'hmac-generated-hs512', providerId: 'hmac-generated', config: { priority: ['100'], algorithm: ['HS512'] } },
        { name: 'aes-generated', providerId: 'aes-generated', config: { priority: ['100'] } },
      ],
    }));
  it.each([null, ''])('of a new realm that leaves it to Keycloak are Keycloak\'s: %j', (algorithm) => expect(firstKeys(algorithm)).toBeUndefined());

  it('are asked for of everybody, below the name of the realm, and are none where there is no realm', async () => {
    const asked: string[] = [];
    const http = { ...fakeKeycloak(), send: (method: string, path: string) => (asked.push(`${method} ${path}`), Promise.resolve({ status: 404, body: { error: 'Realm does not exist' } })) };
    expect(await readKeys(createAdmin(http, { target: target(), mask: String }), 'a shop')).toBeUndefined();
    expect(asked).toEqual(['GET /realms/a%20shop/protocol/openid-connect/certs']);
  });

  it.each<readonly [what: string, over: object]>([
    ['without a name', { kid: undefined }],
    ['without an algorithm', { alg: undefined }],
    ['for encryption', { use: 'enc' }],
    ['for nobody knows what', { use: undefined }],
  ])('leave out one %s', async (_what, over) => {
    const keys = [{ ...jwk('ec', 'b', 'ES256', 'sig'), ...over }, jwk('ed', 'a', 'EdDSA', 'sig')];
    const http = { ...fakeKeycloak(), send: () => Promise.resolve({ status: 200, body: { keys } }) };
    expect((await readKeys(createAdmin(http, { target: target(), mask: String }), 'shop'))?.map(({ kid }) => kid)).toEqual(['a']);
  });
});
