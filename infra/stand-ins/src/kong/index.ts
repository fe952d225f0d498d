import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { communityPlugins, type CommunityName } from './community/index.ts';
import { createControlPlane } from './control.ts';
import type { Clock, Listening } from './contract.ts';
import { loadPluginSchema } from './lua/schema.ts';
import { startLuaCompiler } from './lua-syntax.ts';
import { startProxy } from './proxy/index.ts';
import { askedSoFar } from './proxy/lookup.ts';
import { toPluginSchema } from './schema/own-plugins.ts';
import type { PluginSchema } from './schema/types.ts';
import { listenAdmin } from './server.ts';

interface EmbeddedKongOptions {
  readonly adminPort: number;
  readonly proxyPort: number;
  /** Where both servers listen; 127.0.0.1 unless given. */
  readonly host?: string;
  readonly clock?: Clock;
  /** Takes its configuration by `POST /config` and refuses every other write. */
  readonly dbless?: boolean;
  /** A second proxy on the same configuration, with plugins and a cache of its own, as a second node of a cluster has them. */
  readonly twoNodes?: boolean;
  /** The directory of our own plugins, one folder each with handler.lua and schema.lua. */
  readonly pluginDir: string;
  /** Plugins of the community that are installed, as `KONG_PLUGINS=bundled,jwt-keycloak` does: emulated by what is documented of them. */
  readonly community?: readonly CommunityName[];
  /** The proxy speaks TLS, and asks clients for a certificate. PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** A further node by TLS, which asks clients for a certificate. PEM. */
  readonly secure?: { readonly certificate: string; readonly key: string };
  /** Routes and plugins come into force at the turns of two timers, in seconds, as with a database by default. At once unless given. */
  readonly timers?: { readonly every: number; readonly after: number };
  /** Plugins come into force some milliseconds after the routes of the same configuration, as without a database. At once unless given. */
  readonly reconfigured?: { readonly pluginsAfter: number };
  readonly log?: (message: string) => void;
}

/** A running stand-in for Kong Gateway 3.9: its Admin API and its proxy. */
export interface EmbeddedKong {
  readonly admin: Listening;
  readonly proxy: Listening;
  readonly second?: Listening;
  readonly secure?: Listening;
  /** Requests to the Admin API so far, by whether they could have changed anything. */
  readonly requests: () => { readonly reads: number; readonly writes: number };
  /** How often the proxies of a genuine Kong would have asked their database so far, by kind of entity. */
  readonly lookups: () => Readonly<Record<string, number>>;
  readonly close: () => Promise<void>;
}

const pluginNames = async (pluginDir: string): Promise<string[]> => {
  const entries = await readdir(pluginDir, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const held = await Promise.all(folders.map(async (name) => (await readdir(join(pluginDir, name))).includes('schema.lua')));
  return folders.filter((_, index) => held[index]).sort();
};

const loadPlugins = async (pluginDir: string): Promise<PluginSchema[]> => {
  const plugins: PluginSchema[] = [];
  for (const name of await pluginNames(pluginDir)) {
    const handler = await readFile(join(pluginDir, name, 'handler.lua'), 'utf8');
    plugins.push(toPluginSchema(name, await loadPluginSchema(pluginDir, name), handler));
  }
  return plugins;
};

/**
 * Starts the development stand-in of Kong. Both ports may be 0 for a free one. Rejects when a port is taken or a plugin's
 * schema cannot be read; nothing is left running then.
 */
export const startEmbeddedKong = async (options: EmbeddedKongOptions): Promise<EmbeddedKong> => {
  const { host = '127.0.0.1', clock = () => Date.now() / 1000, pluginDir, log } = options;
  const community = (options.community ?? []).map((name) => communityPlugins[name]());
  const plugins = [...(await loadPlugins(pluginDir)), ...community.map(({ schema }) => schema)];
  const compiler = await startLuaCompiler();
  const running: { proxy?: Listening; second?: Listening; secure?: Listening } = {};
  const control = createControlPlane({
    clock, dbless: options.dbless ?? false, plugins, luaSyntax: compiler.check, proxyUrl: () => running.proxy?.url,
  });
  const stop = async (): Promise<void> => {
    await Promise.all([running.proxy?.close(), running.second?.close(), running.secure?.close()]);
    compiler.close();
  };
  try {
    const timing = options.timers ?? options.reconfigured;
    const node = { store: control.store, clock, pluginDir, community, host, ...(options.tls && { tls: options.tls }), ...(timing && { timing }), ...(log && { log }) };
    const proxy = await startProxy({ ...node, port: options.proxyPort });
    running.proxy = proxy;
    if (options.twoNodes) running.second = await startProxy({ ...node, port: 0 });
    if (options.secure) running.secure = await startProxy({ ...node, port: 0, tls: options.secure });
    const admin = await listenAdmin({ host, port: options.adminPort, app: control.app, count: control.count, log });
    const close = async (): Promise<void> => {
      await admin.close();
      await stop();
    };
    return { admin, proxy, ...(running.second && { second: running.second }), ...(running.secure && { secure: running.secure }), requests: control.requests, lookups: () => Object.fromEntries(askedSoFar(control.store)), close };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};
