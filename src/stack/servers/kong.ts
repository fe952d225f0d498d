import { fileURLToPath } from 'node:url';
import { openLines } from '../files.ts';
import type { Room, Started } from '../room.ts';
import type { StackPorts } from '../types.ts';

/** The plugins that ship to Kong: the stand-in runs the same files. */
const PLUGINS = fileURLToPath(new URL('../../../infra/kong/plugins', import.meta.url));

export interface GatewayClock {
  /** Seconds since the epoch, standing still; unset means the system's clock. */
  readonly clock?: number;
}

interface KongInput extends GatewayClock {
  readonly dbless: boolean;
  /** A second proxy with a memory of its own, on the same configuration. */
  readonly twoNodes?: boolean;
  /** A node by TLS, which asks clients for certificates. PEM. */
  readonly secure?: { readonly certificate: string; readonly key: string };
}

/** Milliseconds by which the plugins of a configuration come into force after its routes, where there is no database: about what a genuine Kong 3.9.3 takes for 300 routes. */
const PLUGINS_AFTER = 20;

/** The development stand-in for Kong, in this process. */
export const startKong = async (room: Room, ports: StackPorts, { clock, dbless, twoNodes = false, secure }: KongInput): Promise<Started> => {
  const { startEmbeddedKong, redactText } = await import('authctl-stand-ins');
  const log = openLines(room.log('kong'));
  const kong = await startEmbeddedKong({
    adminPort: ports.kongAdmin ?? 0,
    proxyPort: ports.kongProxy ?? 0,
    host: '127.0.0.1',
    pluginDir: PLUGINS,
    dbless,
    ...(dbless && { reconfigured: { pluginsAfter: PLUGINS_AFTER } }),
    twoNodes,
    ...(secure && { secure }),
    log: (message) => { log.write(redactText(message)); },
    ...(clock !== undefined && { clock: () => clock }),
  });
  const at = { pid: process.pid, log: room.log('kong') };
  return {
    servers: [
      { name: 'kong-admin', what: "development stand-in for Kong's Admin API", url: kong.admin.url, ...at },
      { name: 'kong-proxy', what: "development stand-in for Kong's proxy", url: kong.proxy.url, ...at },
      ...(kong.second ? [{ name: 'kong-proxy-2', what: 'a second node of it', url: kong.second.url, ...at }] : []),
      ...(kong.secure ? [{ name: 'kong-proxy-tls', what: 'a node of it by TLS', url: kong.secure.url, ...at }] : []),
    ],
    env: { KONG_ADMIN_URL: kong.admin.url, KONG_PROXY_URL: kong.proxy.url, ...(kong.second && { KONG_SECOND_PROXY_URL: kong.second.url }), ...(kong.secure && { KONG_MTLS_URL: kong.secure.url }) },
    stop: async () => {
      await kong.close();
      log.close();
    },
  };
};
