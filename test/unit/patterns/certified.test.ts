import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, repository } from '../blueprint/loading.ts';

const example = await readFile(join(repository, 'blueprints/certified.yaml'), 'utf8');
const env = {
  KEYCLOAK_CLIENT_SECRET: 'keycloak-secret', STATEMENTS_JWKS: '{"keys":[{}]}', STATEMENTS_KEY: 'the key of statements', CARLA_PASSWORD: 'carla-password',
  CLIENT_CERTIFICATE: 'the certificate', CLIENT_CERTIFICATE_KEY: 'the key of it', SERVER_CERTIFICATE: 'of the servers',
};
const edited = (from: string, to: string): string => {
  if (!example.includes(from)) throw new Error(`the blueprint has no text ${JSON.stringify(from)}`);
  return example.replace(from, to);
};
const specs = async (kind: string, text = example): Promise<Readonly<Record<string, Spec>>> =>
  Object.fromEntries(expand(await load(text, { env })).desired.filter((one) => one.kind === kind).map(({ id, spec }) => [id, spec]));

describe('tokens that are bound to a certificate', () => {
  it('are made by every client with a scope of such an API, and taken by its guard', async () => {
    const attributes = Object.values(await specs('keycloak.client')).map((client) => client.attributes as Spec);
    expect(attributes.map((each) => [each['tls.client.certificate.bound.access.tokens'], 'dpop.bound.access.tokens' in each])).toEqual([['true', false], ['true', false], ['true', false]]);
    expect((await specs('kong.plugin'))['clearing.payments.guard']?.config).toMatchObject({ bound: 'mtls', certificate_from: 'tls', certificate_proxies: [], token_types: ['Bearer'], keys: 'pinned' });
  });

  it('may come through a proxy that ends TLS, whose header is believed', async () => {
    const text = edited('      from: tls\n', '      from: header\n      header: X-Amzn-Mtls-Clientcert-Leaf\n      format: pem\n      proxies: [10.0.0.0/24, "fd00::7"]\n');
    expect((await specs('kong.plugin', text))['clearing.payments.guard']?.config).toMatchObject({
      certificate_from: 'header', certificate_header: 'X-Amzn-Mtls-Clientcert-Leaf', certificate_format: 'pem', certificate_proxies: ['10.0.0.0/24', 'fd00::7'],
    });
  });

  it('need no certificate of verify to be applied', async () => {
    const text = example.replace(/ {6}# What verify gets[^\n]*\n[^\n]*\n/, '');
    expect((await specs('kong.plugin', text))['clearing.payments.guard']?.config).toMatchObject({ bound: 'mtls' });
  });

  it.each([
    ['a header of nobody', edited('from: tls', 'from: header')],
    ['clients that come without TLS', edited(', mtls: "${KONG_MTLS_URL:-https://localhost:8443}"', '')],
    ['another pattern', edited('pattern: sso', 'pattern: jwt')],
    ['certificates where tokens are bound to none', edited('    bound: mtls\n', '')],
    ['certificates where tokens are bound to keys', edited('bound: mtls', 'bound: dpop')],
    ['a memory of proofs', edited('    bound: mtls\n', '    bound: mtls\n    proofs: { store: memory }\n')],
    ['Kong Enterprise', edited('    admin: { url: "${KONG_ADMIN_URL', '    edition: enterprise\n    admin: { url: "${KONG_ADMIN_URL')],
    ['a service behind AWS', edited('\nrealm:', '  aws: { region: ap-northeast-1, endpoint: "http://127.0.0.1:1" }\n\nrealm:').replace('    routes:\n', '    gateways: [kong, aws]\n    routes:\n')],
  ])('cannot be had with %s', async (_, text) => {
    const failure = await load(text, { env }).then(expand).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'PATTERN_INCOMPLETE', at: expect.objectContaining({ line: expect.any(Number) as number }) as object });
  });

  it.each(['0.0.0.0/0', '10.0.0.0/7', 'proxy.example', '10.0.0.0/33', '::/0'])('are not believed of %s', async (proxy) => {
    await expect(load(edited('      from: tls\n', `      from: header\n      proxies: ["${proxy}"]\n`), { env })).rejects.toBeDefined();
  });
});
