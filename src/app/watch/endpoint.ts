import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Problem } from '../../core/problem.ts';
import type { WatchState } from './loop.ts';
import { prometheusText } from './metrics.ts';

interface Endpoint {
  /** `127.0.0.1:9464` */
  readonly address: string;
  readonly blueprint: string;
  readonly state: () => WatchState;
  /** Whether it looks as often as it should. */
  readonly healthy: () => boolean;
}

/** `/healthz` and `/metrics` (the text format of Prometheus), and nothing else. */
export const openEndpoint = async ({ address, blueprint, state, healthy }: Endpoint): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const at = /^(.+):(\d{1,5})$/.exec(address);
  if (!at || Number(at[2]) > 65_535) throw new Problem('WATCH_LISTEN', `"${address}" is no address to listen at`, { expected: 'a host and a port such as 127.0.0.1:9464' });
  const [, host = '', port = ''] = at;
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => void response.writeHead(status, { 'content-type': type }).end(text);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'only read\n');
    if (request.url === '/healthz') return healthy() ? answer(200, 'looking\n') : answer(503, 'no look has seen anything for too long\n');
    if (request.url === '/metrics') return answer(200, prometheusText(blueprint, state()), 'text/plain; version=0.0.4; charset=utf-8');
    return answer(404, 'there is /healthz and /metrics\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(new Problem('WATCH_LISTEN', `nothing can listen at ${address}: ${cause.code ?? cause.message}`, { cause, hint: 'name another port: --listen 127.0.0.1:9465' })));
    server.listen(Number(port), host.replace(/^\[|\]$/g, ''), resolve);
  });
  // It listens, so it has an address.
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => { resolve(); });
        server.closeAllConnections();
      }),
  };
};
