import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../../src/core/problem.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { BY_OPENSSL } from '../providers/keycloak/certificates.ts';
import { env as usual, load, sso } from '../blueprint/loading.ts';

const JWKS = '{"keys":[{"kty":"EC","crv":"P-256","kid":"of-reports","x":"x","y":"y"}]}';
const LINES = (BY_OPENSSL.match(/.{1,64}/g) ?? []).join('\n');
const PEM = `-----BEGIN CERTIFICATE-----\n${LINES}\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n`;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const env = {
  ...usual,
  REPORTS_KEY: 'the key of reports', REPORTS_PEM_KEY: KEY, REPORTS_CUT: PEM.slice(0, 300), REPORTS_DER_KEY: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'), REPORTS_JWKS: JWKS, REPORTS_CERTIFICATE: PEM, REPORTS_PRIVATE: '{"keys":[{"kty":"EC","d":"never"}]}',
};
const SECRET = 'secret: "${REPORTS_SECRET}"';
const ADMIN = 'credentials: { clientId: authctl';
const MTLS: readonly [string, string] = [ADMIN, `mtls: https://mtls.id.example\n    ${ADMIN}`];
const proving = async (fields: string, ...edits: readonly (readonly [string, string])[]) => load(await sso([SECRET, `authentication: { ${fields} }`], ...edits), { env });
const reports = async (fields: string, ...edits: readonly (readonly [string, string])[]): Promise<Spec> => {
  const found = expand(await proving(fields, ...edits)).desired.find(({ kind, id }) => kind === 'keycloak.client' && id.endsWith('/reports'));
  return found!.spec;
};

describe('a client that proves who it is otherwise than by a secret', () => {
  it('is known by the keys of a set, and by no other way to a key', async () => {
    const spec = await reports('method: private_key_jwt, algorithm: ES256, jwks: "${REPORTS_JWKS}", key: "${REPORTS_KEY}"');
    expect(spec).toMatchObject({
      clientAuthenticatorType: 'client-jwt', publicClient: false,
      attributes: { 'token.endpoint.auth.signing.alg': 'ES256', 'use.jwks.url': 'false', 'jwks.url': null, 'use.jwks.string': 'true', 'jwks.string': JWKS, 'jwt.credential.certificate': null },
    });
    expect(spec).not.toHaveProperty('secret');
    expect(JSON.stringify(spec)).not.toContain('the key of reports');
  });

  it('is known by the keys at an address', async () => {
    expect(await reports('method: private_key_jwt, jwksUri: https://reports.example/jwks')).toMatchObject({
      attributes: { 'token.endpoint.auth.signing.alg': 'RS256', 'use.jwks.url': 'true', 'jwks.url': 'https://reports.example/jwks', 'use.jwks.string': 'false', 'jwks.string': null },
    });
  });

  it('is known by a certificate, of which Keycloak is told the first as base64', async () => {
    expect(await reports('method: private_key_jwt, certificate: "${REPORTS_CERTIFICATE}"')).toMatchObject({ attributes: { 'use.jwks.url': 'false', 'use.jwks.string': 'false', 'jwt.credential.certificate': BY_OPENSSL } });
  });

  it('is known by the certificate of its connection, whose subject is compared letter by letter', async () => {
    expect(await reports('method: tls_client_auth, subject: "CN=reports,O=Shop"', MTLS)).toMatchObject({
      clientAuthenticatorType: 'client-x509', attributes: { 'x509.subjectdn': 'CN=reports,O=Shop', 'x509.allow.regex.pattern.comparison': 'false' },
    });
  });

  it('leaves nothing of the other way, which would count again where somebody changed the one word', async () => {
    const [byKey, byConnection] = [await reports('method: private_key_jwt, jwks: "${REPORTS_JWKS}"'), await reports('method: tls_client_auth, subject: "CN=reports"', MTLS)];
    expect(byKey).toMatchObject({ attributes: { 'x509.subjectdn': null, 'jwt.credential.public.key': null } });
    expect(byConnection).toMatchObject({ attributes: { 'use.jwks.url': null, 'jwks.url': null, 'use.jwks.string': null, 'jwks.string': null, 'jwt.credential.certificate': null, 'jwt.credential.public.key': null, 'token.endpoint.auth.signing.alg': null } });
  });

  it.each<[why: string, fields: string, edit?: readonly [string, string]]>([
    ['nothing says which key is its own', 'method: private_key_jwt'],
    ['two ways say it', 'method: private_key_jwt, jwks: "${REPORTS_JWKS}", jwksUri: https://reports.example/jwks'],
    ['keys come by plain http', 'method: private_key_jwt, jwksUri: http://reports.example/jwks'],
    ['the set holds a private key', 'method: private_key_jwt, jwks: "${REPORTS_PRIVATE}"'],
    ['its private key stands where its certificate should', 'method: private_key_jwt, certificate: "${REPORTS_PEM_KEY}"'],
    ['its private key stands there without a name', 'method: private_key_jwt, certificate: "${REPORTS_DER_KEY}"'],
    ['the certificate is cut off', 'method: private_key_jwt, certificate: "${REPORTS_CUT}"'],
    ['the set is no set', 'method: private_key_jwt, jwks: "${REPORTS_CERTIFICATE}"'],
    ['a subject is stated that nobody looks at', 'method: private_key_jwt, jwks: "${REPORTS_JWKS}", subject: CN=reports'],
    ['no subject says whose certificate it is', 'method: tls_client_auth', MTLS],
    ['Keycloak is asked without TLS', 'method: tls_client_auth, subject: CN=reports'],
    ['a certificate comes without its key', 'method: tls_client_auth, subject: CN=reports, certificate: "${REPORTS_CERTIFICATE}"', MTLS],
    ['keys are stated that nobody looks at', 'method: tls_client_auth, subject: CN=reports, jwks: "${REPORTS_JWKS}"', MTLS],
    ['it has a secret as well', 'method: private_key_jwt, jwks: "${REPORTS_JWKS}"', ['    reports:\n', '    reports:\n      secret: "${ALICE_PASSWORD}"\n']],
  ])('is refused where %s', async (_, fields, edit) => {
    const told = problemsOf(await proving(fields, ...(edit ? [edit] : [])).catch((thrown: unknown) => thrown)) ?? [];
    expect(told.map(({ code }) => code)).toEqual(['BLUEPRINT_CLIENT']);
    expect(told[0]?.at?.line).toBeGreaterThan(1);
    for (const secret of ['never', KEY.slice(40, 80), env.REPORTS_DER_KEY.slice(0, 40)]) expect(JSON.stringify(told)).not.toContain(secret);
  });

  it('is no public client', async () => {
    const text = await sso(['type: public', 'type: public\n      authentication: { method: private_key_jwt, jwks: "${REPORTS_JWKS}" }']);
    expect(problemsOf(await load(text, { env }).catch((thrown: unknown) => thrown))?.map(({ code }) => code)).toEqual(['BLUEPRINT_CLIENT']);
  });
});
