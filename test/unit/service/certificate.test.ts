import { X509Certificate } from 'node:crypto';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createGuard, createVerifier, fromNode, guardNode } from '../../../src/service/index.ts';
import type { ServiceRequest } from '../../../src/service/request.ts';
import { verdictOf } from '../../dpop-vectors.ts';
import { mtls } from '../../mtls-vectors.ts';

const { now, issuer, audience, jwks, certificates, vectors } = mtls;
const rules = { issuer, audience, jwks, clock: () => now * 1000 };
const [good] = vectors;
if (!good) throw new Error('no vectors');

const requestOf = ({ shows, authorization, headers }: (typeof vectors)[number]): ServiceRequest => ({
  method: 'GET', target: '/orders/7', scheme: 'https', clientIp: '::ffff:127.0.0.1',
  headers: new Map([...(authorization.length > 0 ? [['authorization', authorization] as const] : []), ...Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat()] as const)]),
  ...(shows && { certificate: new X509Certificate(certificates[shows].certificate).raw }),
});

describe('tokens that are bound to a certificate, at the middleware', () => {
  it('are judged as the vectors say', async () => {
    const judged: unknown[] = [];
    for (const vector of vectors) {
      const answer = await createVerifier({ ...rules, mtls: vector.by }).verify(requestOf(vector));
      judged.push([vector.name, answer.ok ? 'passes' : verdictOf(answer.status, answer.challenge)]);
    }
    expect(judged).toEqual(vectors.map(({ name, expect: wanted }) => [name, wanted]));
    expect(vectors.length).toBeGreaterThan(50);
  });

  it('are refused where tokens are not bound', async () => {
    expect(await createVerifier(rules).verify(requestOf(good))).toMatchObject({ status: 401, reason: 'cnf: bound to a key that a bearer does not prove' });
  });

  it.each([
    ['keys beside it', { mtls: { from: 'tls' as const }, dpop: { origins: ['https://api.example'] } }],
    ['a header of nobody', { mtls: { from: 'header' as const, proxies: [] } }],
    ['the header of everybody', { mtls: { from: 'header' as const, proxies: ['0.0.0.0/0'] } }],
    ['the header of everybody with an address of IPv6', { mtls: { from: 'header' as const, proxies: ['::/0'] } }],
    ['every address of IPv4 within IPv6', { mtls: { from: 'header' as const, proxies: ['::ffff:0.0.0.0/96'] } }],
    ['half of them', { mtls: { from: 'header' as const, proxies: ['::ffff:8000:0/97'] } }],
    ['a network of IPv6 that holds all of them', { mtls: { from: 'header' as const, proxies: ['::/8'] } }],
    ['a name for an address', { mtls: { from: 'header' as const, proxies: ['proxy.example'] } }],
    ['a network of 33 bits', { mtls: { from: 'header' as const, proxies: ['10.0.0.0/33'] } }],
    ['no header name', { mtls: { from: 'header' as const, proxies: ['10.0.0.1'], header: 'a b' } }],
  ])('are refused as an option with %s', (_, options) => {
    expect(() => createVerifier({ ...rules, ...options })).toThrow(expect.objectContaining({ code: 'SERVICE_OPTION_INVALID' }) as Error);
  });

  it.each([['10.0.0.0/8'], ['::ffff:10.0.0.0/104'], ['::ffff:10.1.2.3'], ['10.1.2.3/32']])('come by a header of a proxy within %s, and of nobody else', async (proxies) => {
    const said = vectors.find(({ name }) => name === 'the certificate of the token, by a proxy of ours') ?? good;
    const verifier = createVerifier({ ...rules, mtls: { from: 'header', proxies: ['fd00::/8', proxies] } });
    const from = async (clientIp: string) => (await verifier.verify({ ...requestOf(said), clientIp })).ok;
    expect([await from('10.1.2.3'), await from('::ffff:10.1.2.3'), await from('fd12::1'), await from('11.1.2.3'), await from('::ffff:11.1.2.3'), await from('fe80::1')]).toEqual([true, true, true, false, false, false]);
  });

  it('come by a real handshake: of the certificate that was shown, and of no other', async () => {
    const guard = createGuard({ service: 'orders', verifier: createVerifier({ ...rules, mtls: { from: 'tls' } }), routes: [{ id: 'read', method: 'GET', path: '/orders/{id}' }] });
    const listener = guardNode(guard, (_request, response) => response.end('here you are'));
    const { certificate: cert, key } = certificates.thief;
    const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, (request, response) => { void listener(request, response); });
    await new Promise<void>((listening) => { server.listen(0, '127.0.0.1', listening); });
    const ask = (shows?: 'holder' | 'thief') =>
      new Promise<number>((resolve, reject) => {
        const own = shows && { cert: certificates[shows].certificate, key: certificates[shows].key };
        httpsRequest({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path: '/orders/7', headers: { authorization: good.authorization[0] ?? '' }, ...own, rejectUnauthorized: false, agent: false }, (answer) => {
          answer.resume().on('end', () => { resolve(answer.statusCode ?? 0); });
        }).on('error', reject).end();
      });
    expect([await ask('holder'), await ask('thief'), await ask(), await ask('holder')]).toEqual([200, 401, 401, 200]);
    await new Promise((closed) => { server.close(closed); });
  });

  it('are looked for on a connection that can have one', () => {
    const raw = new Uint8Array([1]);
    const read = (socket: object) => fromNode({ rawHeaders: [], socket }).certificate;
    expect([read({}), read({ getPeerCertificate: () => null }), read({ getPeerCertificate: () => ({}) }), read({ getPeerCertificate: () => ({ raw: 'text' }) }), read({ getPeerCertificate: () => ({ raw }) })]).toEqual([undefined, undefined, undefined, undefined, raw]);
  });
});
