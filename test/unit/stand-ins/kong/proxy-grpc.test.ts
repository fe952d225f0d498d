import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import type { EmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { startGrpcUpstream } from '../../../../src/stack/servers/grpc-upstream.ts';
import type { LocalServer } from '../../../../src/stack/servers/listen.ts';
import { startEcho } from './replay-wire.ts';

interface Answer {
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** One request by HTTP/2, known before: no TLS, and no upgrade. */
const call = (address: string, path: string, fields: Readonly<Record<string, string | string[]>> = {}, body: Buffer | undefined = Buffer.alloc(5)): Promise<Answer> =>
  new Promise((settle, fail) => {
    const session = connect(address);
    session.on('error', fail);
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...fields });
    let got: Pick<Answer, 'status' | 'fields'> = { status: 0, fields: {} };
    let trailers: Answer['trailers'] = {};
    const chunks: Buffer[] = [];
    stream.on('response', ({ ':status': status = 0, ...rest }) => { got = { status, fields: rest }; });
    stream.on('trailers', (rest) => { trailers = { ...rest }; });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', fail);
    stream.on('close', () => {
      session.close();
      settle({ ...got, trailers, body: Buffer.concat(chunks).toString('hex') });
    });
    stream.end(body);
  });

describe('gRPC', () => {
  let kong: EmbeddedKong;
  let upstream: LocalServer;
  let echo: Awaited<ReturnType<typeof startEcho>>;
  const make = async (path: string, fields: object): Promise<void> => {
    const answer = await fetch(`${kong.admin.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) });
    expect({ path, status: answer.status, said: answer.status === 201 ? '' : await answer.text() }).toEqual({ path, status: 201, said: '' });
  };
  const calls = async (): Promise<readonly { readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>> }[]> => {
    const answer = await fetch(`${upstream.recorder ?? ''}/__authctl/calls`);
    return ((await answer.json()) as { calls: Awaited<ReturnType<typeof calls>> }).calls;
  };
  beforeAll(async () => {
    [upstream, echo] = await Promise.all([startGrpcUpstream({ service: 'stock', port: 0 }), startEcho()]);
    kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: join(import.meta.dirname, '../../../../infra/kong/plugins') });
    await make('/services', { name: 'stock', url: upstream.url });
    const grpc = { protocols: ['grpc', 'grpcs'] };
    await make('/services/stock/routes', { name: 'open', ...grpc, paths: ['/depot.v1.Stock/'] });
    await make('/services/stock/routes', { name: 'closed', ...grpc, paths: ['/depot.v1.Closed/'] });
    await make('/routes/closed/plugins', { name: 'authctl-token-guard', config: { issuer: 'https://id.example', audience: 'stock' } });
    await make('/services/stock/routes', { name: 'jwt', ...grpc, paths: ['/depot.v1.Jwt/'] });
    // By Kong's own list of protocols, and without those of the route.
    await make('/routes/jwt/plugins', { name: 'jwt', protocols: ['grpc', 'http'] });
    await make('/services/stock/routes', { name: 'tls', protocols: ['grpcs'], paths: ['/depot.v1.Tls/'] });
    await make('/services', { name: 'away', url: 'grpc://127.0.0.1:9' });
    await make('/services/away/routes', { name: 'away', ...grpc, paths: ['/depot.v1.Away/'] });
    await make('/services', { name: 'plain', url: `http://127.0.0.1:${echo.port}` });
    await make('/services/plain/routes', { name: 'plain', paths: ['/plain'], strip_path: false });
  });
  afterAll(async () => {
    await Promise.all([kong.close(), upstream.close(), echo.close()]);
  });

  it('goes to an upstream of HTTP/2 and back, with its metadata and its trailers', async () => {
    const answer = await call(kong.proxy.url, '/depot.v1.Stock/Get', { 'x-authctl-check': 'one', 'x-trace': ['a', 'b'] });
    expect(answer).toMatchObject({ status: 200, body: '0000000000', fields: { 'content-type': 'application/grpc+proto', 'x-authctl-stand-in': 'embedded-kong' }, trailers: { 'grpc-status': '0' } });
    expect(answer.fields.via).toBe('2 kong/3.9.3');
    const [{ method, path, headers } = { method: '', path: '', headers: {} }] = (await calls()).filter((one) => one.headers['x-authctl-check'] === 'one');
    expect({ method, path, te: headers.te, type: headers['content-type'], trace: headers['x-trace'], via: headers.via, proto: headers['x-forwarded-proto'], connection: headers.connection })
      .toEqual({ method: 'POST', path: '/depot.v1.Stock/Get', te: 'trailers', type: 'application/grpc', trace: 'a, b', via: '2 kong/3.9.3', proto: 'http', connection: undefined });
  });

  it.each([
    ['a guard of ours', '/depot.v1.Closed/Get', 401, { 'grpc-status': '16', 'grpc-message': 'Unauthorized', 'www-authenticate': 'Bearer' }],
    ['the bundled jwt', '/depot.v1.Jwt/Get', 401, { 'grpc-status': '16', 'grpc-message': 'Unauthorized' }],
    ['a path of no route', '/nobody.Here/Get', 404, { 'content-type': 'application/grpc', 'grpc-status': '5', 'grpc-message': 'NotFound' }],
    ['an upstream that is away', '/depot.v1.Away/Get', 502, { 'grpc-status': '13', 'grpc-message': 'An invalid response was received from the upstream server' }],
    ['a route of grpcs alone', '/depot.v1.Tls/Get', 200, { 'grpc-status': '1', 'grpc-message': 'gRPC request matched gRPCs route' }],
  ])('is refused in its own words by %s', async (_what, path, status, fields) => {
    expect(await call(kong.proxy.url, path)).toMatchObject({ status, fields, body: '', trailers: {} });
  });

  it('is no way for what is not gRPC, and HTTP/1.1 is no way for what is', async () => {
    expect(await call(kong.proxy.url, '/depot.v1.Stock/Get', { 'content-type': 'application/json' })).toMatchObject({ status: 415, fields: { 'content-type': 'application/json; charset=utf-8' } });
    const before = (await calls()).length;
    for (const [type, status, message] of [['application/grpc', 426, 'Please use HTTP2 protocol'], ['application/json', 415, 'Non-gRPC request matched gRPC route']] as const) {
      const answer = await fetch(`${kong.proxy.url}/depot.v1.Stock/Get`, { method: 'POST', headers: { 'content-type': type }, body: 'x' });
      expect({ status: answer.status, said: await answer.json() }).toMatchObject({ status, said: { message } });
    }
    expect((await calls()).length).toBe(before);
  });

  it.each([['a', 12_000, 401], ['a', 14_000, undefined], ['many', 0, undefined]])('has headers as long as nginx takes: %s, %i characters', async (which, length, status) => {
    const long = which === 'many' ? Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`x-long-${at}`, 'a'.repeat(7000)])) : { authorization: `Bearer ${'a'.repeat(length)}` };
    const sent = call(kong.proxy.url, '/depot.v1.Jwt/Get', long);
    // The connection ends, with ENHANCE_YOUR_CALM.
    await (status === undefined ? expect(sent).rejects.toThrow(/code 11/) : expect(sent).resolves.toMatchObject({ status }));
  });

  // Each was sent to a genuine Kong 3.9.3.
  it.each([
    ['a Host beside the authority', { ':authority': 'one.example', host: 'other.example' }, { 'content-type': 'application/grpc' }, '3'],
    ['a method in lower case', { ':method': 'post' }, { 'content-type': 'text/plain; charset=utf-8' }, undefined],
    ['a method with a digit', { ':method': 'P0ST' }, { 'content-type': 'text/plain; charset=utf-8' }, undefined],
    ['a path with half an escape', { ':path': '/depot.v1.Stock/Get%' }, { 'content-type': 'text/plain; charset=utf-8' }, undefined],
    ['a path above the root', { ':path': '/../depot.v1.Stock/Get' }, { 'content-type': 'text/plain; charset=utf-8' }, undefined],
  ])('is refused by nginx with %s', async (_what, fields, told, status) => {
    const before = (await calls()).length;
    const answer = await call(kong.proxy.url, '/depot.v1.Stock/Get', fields);
    expect([answer.status, answer.fields['grpc-status']]).toEqual([400, status]);
    if (status === undefined) expect(answer.fields).toMatchObject(told);
    expect((await calls()).length).toBe(before);
  });

  it('shares its port and its connection with other requests of HTTP/2', async () => {
    const answer = await call(kong.proxy.url, '/plain?a=1', { 'content-type': 'text/plain' }, Buffer.from('x'));
    expect(answer).toMatchObject({ status: 200, fields: { via: '1.1 kong/3.9.3' } });
    const said = JSON.parse(Buffer.from(answer.body, 'hex').toString()) as { readonly rawHeaders: readonly string[] };
    expect(said.rawHeaders).toEqual(expect.arrayContaining(['Via', '2 kong/3.9.3', 'Content-Length', '1']));
    const plainly = await fetch(`${kong.proxy.url}/plain`);
    expect(plainly.status).toBe(200);
    expect(await text(plainly.body as never)).toContain('rawHeaders');
  });
});
