import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictOf } from '../dpop-vectors.ts';
import { exchange, startGateway, startUpstream } from '../lua/gateway.ts';
import type { Gateway } from '../lua/gateway.ts';
import { mtls } from '../mtls-vectors.ts';
import { nginxRunsLua, startNginx } from '../nginx/gateway.ts';
import type { Nginx } from '../nginx/gateway.ts';

const { now, jwks, certificates, vectors } = mtls;

describe.skipIf(!nginxRunsLua)('tokens that are bound to a certificate, in a real nginx (needs nginx with Lua)', () => {
  let around: Gateway;
  let upstream: Awaited<ReturnType<typeof startUpstream>>;
  let nginx: Nginx;
  beforeAll(async () => {
    around = await startGateway();
    around.provider.behave = () => ({ body: JSON.stringify(jwks) });
    upstream = await startUpstream();
    const routes = vectors.map(({ by }, at) => {
      const proxy = by.from === 'header' ? { certificate_proxies: by.proxies, certificate_format: by.format ?? 'rfc9440', ...(by.header !== undefined && { certificate_header: by.header }) } : {};
      return [`v${String(at)}`, { followed: { bound: 'mtls', certificate_from: by.from, ...proxy }, scope: { scopes: ['orders:read'] } }] as const;
    });
    nginx = await startNginx(Object.fromEntries(routes), { ...around.ports, upstream: upstream.port }, now, certificates.thief);
  });
  afterAll(async () => {
    await nginx.close();
    await around.close();
    upstream.server.close();
    upstream.server.closeAllConnections();
  });

  it('are judged as the vectors say, by what nginx says of the handshake', async () => {
    const judged: unknown[] = [];
    for (const [at, { name, shows, authorization, headers }] of vectors.entries()) {
      const before = upstream.calls.length;
      const sent = Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, typeof value === 'string' ? value : [...value]]));
      const answer = await exchange(`${nginx.secureUrl ?? ''}/v${String(at)}`, {
        headers: { ...sent, ...(authorization.length > 0 && { authorization: [...authorization] }) }, ...(shows && { certificate: certificates[shows] }),
      });
      judged.push([name, verdictOf(answer.status, answer.headers['www-authenticate']), upstream.calls.length > before]);
    }
    expect(judged).toEqual(vectors.map(({ name, expect: wanted }) => [name, wanted, wanted === 'passes']));
  });
});
