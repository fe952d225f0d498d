import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../../../infra/stand-ins/src/kong/contract.ts';
import { startProxy } from '../../../../infra/stand-ins/src/kong/proxy/index.ts';
import { fixedStore, parseResponse, sendRaw, startEcho } from './replay-wire.ts';

/** What a client says of its own connection, and the lines of it that a genuine Kong 3.9.3 sent upstream, in its order. */
const recorded: readonly (readonly [sent: readonly string[], received: readonly string[]])[] = [
  [['Upgrade: websocket', 'Connection: close'], ['Upgrade: websocket', 'Connection: keep-alive, Upgrade']],
  [['Upgrade: WebSocket', 'Connection: Upgrade, close'], ['Upgrade: websocket', 'Connection: keep-alive, Upgrade']],
  [['Upgrade: websocket', 'Connection: X-Foo, close', 'X-Foo: 1'], ['Upgrade: websocket', 'Connection: keep-alive, Upgrade']],
  [['Upgrade: websocket', 'Upgrade: x', 'Connection: close'], ['Upgrade: websocket', 'Connection: keep-alive, Upgrade']],
  [['Upgrade: x', 'Upgrade: websocket', 'Connection: close'], ['Connection: keep-alive']],
  [['Upgrade: websocket, x', 'Connection: close'], ['Connection: keep-alive']],
  [['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings, close', 'HTTP2-Settings: AAMAAABkAAQAAP__'], ['Connection: keep-alive']],
  [['TE: trailers', 'Connection: close'], ['TE: trailers', 'Connection: keep-alive']],
  [['TE: gzip', 'Connection: close'], ['Connection: keep-alive']],
  [['TE: gzip, trailers', 'Connection: TE, close'], ['TE: trailers', 'Connection: keep-alive']],
  [['Proxy-Connection: keep-alive', 'Keep-Alive: timeout=5', 'Proxy: x', 'Connection: close'], ['Connection: keep-alive']],
  [['Connection: X-A', 'X-A: 1', 'Connection: close, x-b', 'X-B: 2'], ['Connection: keep-alive', 'X-B: 2']],
];
const GATEWAYS_OWN = /^(host|via|x-forwarded-.*|x-real-ip|x-kong-.*)$/i;

describe('what a request says of its own connection', () => {
  let proxy: Listening;
  let echo: Awaited<ReturnType<typeof startEcho>>;
  beforeAll(async () => {
    echo = await startEcho();
    const service = { id: '11111111-1111-4111-8111-111111111111', name: 'e', protocol: 'http', host: '127.0.0.1', port: echo.port, enabled: true };
    const route = { id: '22222222-2222-4222-8222-222222222222', name: 'e', paths: ['/e'], protocols: ['http'], strip_path: false, service: { id: service.id } };
    const pluginDir = fileURLToPath(new URL('../../../data/kong/dataplane/plugins', import.meta.url));
    proxy = await startProxy({ store: fixedStore({ services: [service], routes: [route] }), clock: () => 1_795_228_215, pluginDir, host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await proxy.close();
    await echo.close();
  });

  it.each(recorded)('%j goes upstream as it does from Kong', async (sent, received) => {
    const { status, body } = parseResponse(await sendRaw(proxy.address.port, ['GET /e HTTP/1.1', 'Host: x', ...sent, '', ''].join('\r\n')));
    expect(status).toBe(200);
    const { rawHeaders } = JSON.parse(body) as { readonly rawHeaders: readonly string[] };
    const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 && !GATEWAYS_OWN.test(name) ? [`${name}: ${rawHeaders[at + 1] ?? ''}`] : []));
    expect(lines).toEqual(received);
  });
});
