import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markOf, stopProcess } from '../../src/stack/identity.ts';
import { freePort } from '../../src/stack/ports.ts';
import { pluginsOf } from '../lua/gateway.ts';
import type { Certificate, Ports, Routes } from '../lua/gateway.ts';
import { eventually } from '../eventually.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Where Debian's libnginx-mod-http-lua puts what it brings. */
const MODULES = '/usr/lib/nginx/modules';

/** Whether this machine has an nginx that runs Lua, with what the plugins need of it. */
export const nginxRunsLua = existsSync(`${MODULES}/ngx_http_lua_module.so`) && spawnSync('nginx', ['-v'], { stdio: 'ignore' }).status === 0;

/** As Kong's own template has it: headers of 8 KB a line, four of these, names with underscores taken; of a change of protocol, websocket alone goes on. */
const configuration = (dir: string, port: number, upstream: number, { clock, secure, paths }: { readonly clock: number | undefined; readonly secure: number | undefined; readonly paths: readonly string[] }): string => `
load_module ${MODULES}/ndk_http_module.so;
load_module ${MODULES}/ngx_http_lua_module.so;
daemon off;
master_process off;
pid ${dir}/pid;
error_log ${dir}/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/other;
  uwsgi_temp_path ${dir}/other;
  scgi_temp_path ${dir}/other;
  client_max_body_size 0;
  client_body_buffer_size 8k;
  large_client_header_buffers 4 8k;
  underscores_in_headers on;
  merge_slashes off;
  lua_package_path "${here('lua')}/?.lua;${here('../lua')}/?.lua;${dir}/?.lua;${paths.map((path) => `${path}/?.lua;`).join('')};";
  lua_shared_dict kong 1m;
  lua_shared_dict authctl_handles 1m;
  lua_shared_dict authctl_dpop 32m;
  init_worker_by_lua_block { require("gateway").start("${dir}", ${clock ?? 'nil'}) }
  map $http_upgrade $upstream_upgrade { default ""; ~*^websocket$ websocket; }
  upstream behind {
    server 127.0.0.1:${upstream};
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port};
${secure === undefined ? '' : `    listen 127.0.0.1:${secure} ssl;
    ssl_certificate ${dir}/server.pem;
    ssl_certificate_key ${dir}/server.key;
    ssl_verify_client optional_no_ca;`}
    location / {
      access_by_lua_block { require("gateway").access() }
      header_filter_by_lua_block { require("gateway").header_filter() }
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Upgrade $upstream_upgrade;
      proxy_set_header Host $http_host;
      set $target http://behind$request_uri;
      proxy_pass $target;
    }
  }
}
`;

export interface Nginx {
  readonly url: string;
  /** Where it asks for certificates (`ssl_verify_client optional_no_ca`), if it was given one. */
  readonly secureUrl: string | undefined;
  readonly pid: number;
  /** What it has logged so far. */
  readonly log: () => string;
  readonly close: () => Promise<void>;
}

/** A real nginx with LuaJIT that runs the plugins of `routes` behind a thin shim of Kong's PDK (test/nginx/lua), on loopback. Lua is looked for in `paths` last. */
export const startNginx = async (routes: Routes, ports: Ports, clock?: number, tls?: Certificate, paths: readonly string[] = []): Promise<Nginx> => {
  const dir = mkdtempSync(join(tmpdir(), 'authctl-nginx-'));
  for (const name of ['body', 'proxy', 'other', 'kong']) mkdirSync(join(dir, name));
  // The plugins by the names that Kong gives them.
  symlinkSync(here('../../infra/kong/plugins'), join(dir, 'kong', 'plugins'));
  writeFileSync(join(dir, 'routes.json'), JSON.stringify(Object.fromEntries(Object.entries(routes).map(([name, given]) => [name, pluginsOf(given, ports)]))));
  const port = await freePort();
  const secure = tls && (await freePort());
  if (tls) {
    writeFileSync(join(dir, 'server.pem'), tls.certificate);
    writeFileSync(join(dir, 'server.key'), tls.key, { mode: 0o600 });
  }
  writeFileSync(join(dir, 'nginx.conf'), configuration(dir, port, ports.upstream, { clock, secure, paths }));
  const child = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')], { stdio: 'ignore', env: { PATH: process.env['PATH'] } });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const log = (): string => readFileSync(join(dir, 'error.log'), 'utf8');
  const mark = child.pid === undefined ? undefined : markOf(child.pid);
  const close = async (): Promise<void> => {
    if (mark) await stopProcess(mark, 5);
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${String(port)}`;
  try {
    await eventually('nginx to answer', () => fetch(`${url}/`).then(() => true), () => child.exitCode !== null);
  } catch (error) {
    const said = log();
    await close();
    throw new Error(`nginx did not start:\n${said}`, { cause: error });
  }
  return { url, secureUrl: secure === undefined ? undefined : `https://127.0.0.1:${String(secure)}`, pid: child.pid ?? 0, log, close };
};
