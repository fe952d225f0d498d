import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Listening } from '../../../../infra/stand-ins/src/kong/contract.ts';
import { startProxy } from '../../../../infra/stand-ins/src/kong/proxy/index.ts';
import { fixedStore } from './replay-wire.ts';

/** The host of a service whose upstream listens at 127.0.0.1 alone, and what a genuine Kong 3.9.3 answered. */
const recorded = [
  ['127.0.0.1', 200], ['0.0.0.0', 200], ['LOCALHOST', 200], ['[::1]', 502], ['::1', 500], ['0x7f000001', 503], ['0x7f.1', 503], ['nothing.invalid', 503],
] as const;

let proxy: Listening;
const upstream = createServer((_request, response) => response.end());
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const idOf = (sort: number, at: number): string => `${sort}1111111-1111-4111-8111-${String(at).padStart(12, '0')}`;
  const services = recorded.map(([host], at) => ({ id: idOf(1, at), name: `s${at}`, protocol: 'http', host, port, enabled: true }));
  const routes = recorded.map((_, at) => ({ id: idOf(2, at), name: `r${at}`, paths: [`/${at}/`], protocols: ['http'], service: { id: idOf(1, at) } }));
  const pluginDir = fileURLToPath(new URL('../../../data/kong/dataplane/plugins', import.meta.url));
  proxy = await startProxy({ store: fixedStore({ services, routes }), clock: () => 1_795_228_215, pluginDir, host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await proxy.close();
  upstream.close();
});

it.each(recorded.map(([host, status], at) => ({ host, status, at })))('leads to $host as Kong does: $status', async ({ status, at }) => {
  expect((await fetch(`http://127.0.0.1:${proxy.address.port}/${at}/`)).status).toBe(status);
});
