import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock, Entity, EntityKind, EntityStore } from '../../../../infra/stand-ins/src/kong/contract.ts';
import { startProxy } from '../../../../infra/stand-ins/src/kong/proxy/index.ts';
import { fixedStore, parseResponse, requestText, sendRaw, startEcho, type WireResponse } from './replay-wire.ts';

/** A gateway with one service (an echo) and one route that takes every path, to which a test adds what it is about. */
export interface TestGateway {
  readonly port: number;
  readonly upstreamPort: number;
  readonly log: readonly string[];
  readonly store: EntityStore & { readonly touch: () => void };
  readonly call: (path: string, options?: CallOptions) => Promise<WireResponse>;
}
export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
export interface GatewayParts {
  readonly rows?: Partial<Record<EntityKind, Entity[]>>;
  /** Changes to the one service. */
  readonly service?: Readonly<Record<string, unknown>>;
  /** Plugins on everything: name and configuration. */
  readonly plugins?: readonly (readonly [name: string, config: Readonly<Record<string, unknown>>])[];
  /** Lua files of the plugin directory, by path. */
  readonly lua?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/** What was started here and is still running; `stopAll` goes into afterEach. */
const running: (() => Promise<void>)[] = [];
export const stopAll = async (): Promise<void> => {
  for (const stop of running.splice(0).reverse()) await stop();
};

const writePlugins = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'kong-plugins-'));
  running.push(() => rm(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
};

export const startGateway = async ({ rows = {}, service = {}, plugins = [], lua = {}, clock = () =>
  1_795_228_215 }: GatewayParts): Promise<TestGateway> => {
  const echo = await startEcho();
  running.push(echo.close);
  const store = fixedStore({
    services: [{ id: 's', name: 'echo', protocol: 'http', host: '127.0.0.1', port: echo.port, path: null, retries: 1, enabled: true,
      ...service }],
    routes: [{ id: 'r', name: 'all', paths: ['/'], protocols: ['http', 'https'], strip_path: false, service: { id: 's' } }],
    ...rows,
    plugins: [
      ...plugins.map(([name, config], at): Entity => ({ id: `p${at}`, name, enabled: true, config, route: null, service: null,
        consumer: null })),
      ...(rows.plugins ?? []),
    ],
  });
  const log: string[] = [];
  const proxy = await startProxy({ store, clock, pluginDir: await writePlugins(lua), host: '127.0.0.1', port: 0, log: (line) =>
    { log.push(line); } });
  running.push(proxy.close);
  const { port } = proxy.address;
  return {
    port, upstreamPort: echo.port, log, store,
    call: async (path, { method = 'GET', headers = {}, body } = {}) => {
      const length: [string, string][] = body === undefined ? [] : [['Content-Length', String(Buffer.byteLength(body, 'latin1'))]];
      return parseResponse(await sendRaw(port, requestText(method, path,
        [['Host', `127.0.0.1:${port}`], ...Object.entries(headers), ...length], body)));
    },
  };
};

/** What the echo received, from its response. */
export const received = (response: WireResponse): { method: string; url: string; body: string; headers: Record<string, string> } => {
  const { method, url, body, rawHeaders } = JSON.parse(Buffer.from(response.body,
    'latin1').toString('utf8')) as { method: string; url: string; body: string; rawHeaders: string[] };
  const headers: Record<string, string> = {};
  rawHeaders.forEach((name, at) => { if (at % 2 === 0) headers[name.toLowerCase()] = rawHeaders[at + 1] ?? ''; });
  return { method, url, body, headers };
};

export const headerOf = (response: WireResponse, name: string): string | undefined => response.headers.find(([key]) => key === name)?.[1];
