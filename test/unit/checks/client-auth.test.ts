import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { createClientAuth } from '../../../src/checks/kit/client-auth.ts';
import { canBe, missingToken } from '../../../src/checks/kit/given.ts';
import { realClock } from '../../../src/checks/kit/network.ts';
import { stackNeeds } from '../../../src/stack/needs/index.ts';
import { inDirectory, env, load, sso } from '../blueprint/loading.ts';

const SECRET = 'secret: "${REPORTS_SECRET}"';
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const text = (fields: string): Promise<string> => sso([SECRET, `authentication: { method: private_key_jwt, ${fields} }`]);
const proving = async (algorithm: string, key: string, jwks: string) => load(await text(`algorithm: ${algorithm}, jwks: "\${REPORTS_JWKS}", key: "\${REPORTS_KEY}"`), { env: { ...env, REPORTS_KEY: key, REPORTS_JWKS: jwks } });

describe('a client whose key is given', () => {
  it.each([
    ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['PS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['EdDSA', () => generateKeyPairSync('ed25519')],
  ] as const)('signs by %s an assertion that another library takes', async (algorithm, make) => {
    const { privateKey, publicKey } = make();
    const keys = [{ ...(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) as JWK), kid: 'another' }, { ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'its own' }];
    const blueprint = await proving(algorithm, pem(privateKey), JSON.stringify({ keys }));
    const { client_assertion: first = '', client_assertion_type } = createClientAuth(blueprint, realClock).form('reports') ?? {};
    expect(client_assertion_type).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const { payload, protectedHeader } = await jwtVerify(first, createLocalJWKSet({ keys }), { issuer: 'reports', subject: 'reports', audience: blueprint.issuer, algorithms: [algorithm], requiredClaims: ['jti', 'exp'], maxTokenAge: 60 });
    expect(protectedHeader.kid).toBe('its own');
    expect((await jwtVerify(createClientAuth(blueprint, realClock).form('reports')?.client_assertion ?? '', createLocalJWKSet({ keys }))).payload.jti).not.toBe(payload.jti);
  });

  it('is told by its line where the key cannot be read, and not by its text', async () => {
    const blueprint = await proving('RS256', 'not a key of anything', '{"keys":[{"kty":"RSA"}]}');
    expect(() => createClientAuth(blueprint, realClock).form('reports')).toThrow(expect.objectContaining({ code: 'VERIFY_CLIENT_KEY', message: expect.not.stringContaining('not a key') as string, at: expect.anything() as object }) as Error);
  });
});

describe('a client whose key nobody has given', () => {
  it('gets no token for verify, which says why by name', async () => {
    const blueprint = await load(await text('jwksUri: https://reports.example/jwks'), { env });
    expect([canBe(blueprint, 'reports'), createClientAuth(blueprint, realClock).form('reports')]).toEqual([false, undefined]);
    expect(missingToken(blueprint, 'reports')).toBe('no key of reports is given (realm.clients.reports.authentication.key)');
    expect(missingToken(blueprint, 'alice')).toBeUndefined();
  });
});

describe('the key of a client in a local stack', () => {
  const made = async (fields: string): Promise<Readonly<Record<string, string>>> => {
    const blueprint = await text(fields);
    return inDirectory({ 'blueprint.yaml': blueprint }, async (directory) => (await stackNeeds(`${directory}/blueprint.yaml`, {})).secrets);
  };

  it.each(['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'])('is made with its set, for %s', async (algorithm) => {
    const secrets = await made(`algorithm: ${algorithm}, jwks: "\${REPORTS_JWKS}", key: "\${REPORTS_KEY}"`);
    const [jwk] = (JSON.parse(secrets['REPORTS_JWKS'] ?? '') as { readonly keys: readonly JWK[] }).keys;
    expect(jwk).toMatchObject({ ...createPublicKey(secrets['REPORTS_KEY'] ?? '').export({ format: 'jwk' }), kid: 'reports', alg: algorithm, use: 'sig' });
    expect(jwk).not.toHaveProperty('d');
  });

  it('is made with its certificate', async () => {
    const secrets = await made('certificate: "${REPORTS_CERTIFICATE}", key: "${REPORTS_KEY}"');
    const spki = (of: string): string => createPublicKey(of).export({ type: 'spki', format: 'pem' }).toString();
    expect(spki(secrets['REPORTS_CERTIFICATE'] ?? '')).toBe(spki(secrets['REPORTS_KEY'] ?? ''));
  });
});
