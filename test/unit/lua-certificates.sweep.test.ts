import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateSource } from '../../src/service/index.ts';
import { verdictOf } from '../dpop-vectors.ts';
import { startGateway } from '../lua/gateway.ts';
import type { Gateway, Sent } from '../lua/gateway.ts';
import { mtls } from '../mtls-vectors.ts';

const { now, jwks, certificates, vectors } = mtls;
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ clock: () => now, tls: certificates.thief });
  gateway.provider.behave = () => ({ body: JSON.stringify(jwks) });
});
afterAll(() => gateway.close());

const guardOf = (by: CertificateSource) => ({
  bound: 'mtls', relay: 'header', certificate_from: by.from,
  ...(by.from === 'header' && { certificate_proxies: by.proxies, certificate_format: by.format ?? 'rfc9440', ...(by.header !== undefined && { certificate_header: by.header }) }),
});
const sentOf = ({ shows, authorization, headers }: (typeof vectors)[number]): Sent => ({
  headers: { ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]])), ...(authorization.length > 0 && { authorization: [...authorization] }) },
  ...(shows && { certificate: certificates[shows] }),
});
const [good] = vectors;
if (!good) throw new Error('no vectors');

describe('tokens that are bound to a certificate, at the gateway', () => {
  it('are judged as the vectors say, over TLS, and no header by which a client could claim a certificate reaches the upstream', async () => {
    const judged: unknown[] = [];
    for (const vector of vectors) {
      expect((await gateway.configure({ orders: { followed: guardOf(vector.by), scope: { scopes: ['orders:read'] } } })).status).toBe(201);
      const { status, headers, received } = await gateway.send('/orders/7', sentOf(vector));
      judged.push([vector.name, verdictOf(status, headers['www-authenticate'])]);
      const names = Object.keys(received?.headers ?? {}).filter((name) => name.includes('cert'));
      expect([vector.name, received !== undefined, names]).toEqual([vector.name, status === 200, []]);
    }
    expect(judged).toEqual(vectors.map(({ name, expect: wanted }) => [name, wanted]));
  });

  it('are judged the same where Kong holds the keys: a token that nobody signed is refused after all', async () => {
    const pinned = { guard: { issuer: mtls.issuer, audience: mtls.audience, ...guardOf({ from: 'tls' }) }, jwt: {}, scope: {} };
    expect((await gateway.configure({ orders: pinned })).status).toBe(201);
    // Its own certificate, and a signature that Kong has no key for.
    expect((await gateway.send('/orders/7', sentOf(good))).status).toBe(401);
    expect((await gateway.send('/orders/7', { ...sentOf(good), headers: {} })).status).toBe(401);
  });

  it('are not looked at on a public route, where no header of a certificate goes upstream either', async () => {
    expect((await gateway.configure({ open: { guard: { public: true } } })).status).toBe(201);
    const { received } = await gateway.send('/open', { headers: { 'Client-Cert': ':AAAA:', 'Client-Cert-Chain': ':AAAA:', Client_Cert: 'x', 'X-Forwarded-Client-Cert': 'x', 'X-Amzn-Mtls-Clientcert': 'x', 'X-Forwarded-Tls-Client-Cert': 'x', 'X-Forwarded-Tls-Client-Cert-Info': 'x', 'X-ARR-ClientCert': 'x', 'Cf-Client-Cert-Sha256': 'x' } });
    expect(Object.keys(received?.headers ?? {}).filter((name) => name.includes('client'))).toEqual([]);
  });

  it.each([
    ['a header without proxies', { certificate_from: 'header' }],
    ['the header of everybody', { certificate_from: 'header', certificate_proxies: ['0.0.0.0/0'] }],
    ['a network that is almost everybody', { certificate_from: 'header', certificate_proxies: ['0.0.0.0/7'] }],
    ['everybody, with a zero more', { certificate_from: 'header', certificate_proxies: ['0.0.0.0/00'] }],
    ['almost everybody, with a zero more', { certificate_from: 'header', certificate_proxies: ['128.0.0.0/01'] }],
    ['a network of IPv6', { certificate_from: 'header', certificate_proxies: ['fd00::/16'] }],
    ['a name', { certificate_from: 'header', certificate_proxies: ['proxy.example'] }],
  ])('cannot be had with %s', async (_, config) => {
    expect((await gateway.configure({ orders: { followed: { bound: 'mtls', ...config }, scope: {} } })).status).toBe(400);
  });
});
