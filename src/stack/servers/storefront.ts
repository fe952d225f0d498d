import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Room, Started } from '../room.ts';
import type { StorefrontNeeds } from '../types.ts';
import { listenLocally } from './listen.ts';
import { addressName } from './upstreams.ts';
import { issuerAt } from '../keycloak/launch.ts';

const FOLDER = fileURLToPath(new URL('../../../infra/services/storefront', import.meta.url));
const LIBRARY = fileURLToPath(import.meta.resolve('oauth4webapi'));

const NOWHERE = 'http://127.0.0.1:9';

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': [join(FOLDER, 'index.html'), HTML],
  '/callback': [join(FOLDER, 'index.html'), HTML],
  '/app.js': [join(FOLDER, 'app.js'), SCRIPT],
  '/sign-in.js': [join(FOLDER, 'sign-in.js'), SCRIPT],
  '/token.js': [join(FOLDER, 'token.js'), SCRIPT],
  '/style.css': [join(FOLDER, 'style.css'), 'text/css; charset=utf-8'],
  '/oauth4webapi.js': [LIBRARY, SCRIPT],
};

/** What every answer carries: only scripts of the same origin run, and only the issuer is talked to besides. */
const headersFor = (issuer: string): Readonly<Record<string, string>> => {
  const { origin } = new URL(issuer);
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      `connect-src 'self' ${origin}`,
      // Signing out is a form to the issuer, which sends the browser back here.
      `form-action 'self' ${origin}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
};

/** The static files of the sample client. A browser reaches them through the gateway, at `STOREFRONT_ORIGIN`; `around` says where that is. */
export const startStorefront = async (
  room: Room,
  { service, realm, config }: StorefrontNeeds,
  around: Started['env'],
): Promise<Started> => {
  // Without a neighbour (`--only`) the page is there, and leads nowhere.
  const { KEYCLOAK_URL: keycloak = NOWHERE, KONG_PROXY_URL: gateway = NOWHERE } = around;
  const issuer = issuerAt(keycloak, realm);
  const headers = headersFor(issuer);
  const settings = JSON.stringify({ issuer, ...config });
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    const [file, type] = (Object.hasOwn(FILES, path) ? FILES[path] : undefined) ?? [];
    if (path === '/config.json') response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(settings);
    else if (file === undefined) response.writeHead(404, { ...headers, 'content-type': 'text/plain' }).end('not found\n');
    else response.writeHead(200, { ...headers, 'content-type': type }).end(await readFile(file));
  };
  const server = await listenLocally(0, (request, response) => {
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, { ...headers, allow: 'GET, HEAD' }).end();
    else answer((request.url ?? '').split('?')[0] ?? '', response).catch((error: unknown) => response.destroy(error as Error));
  });
  // Another host name than the issuer's: to a browser the two are different sites, as they are in production.
  const origin = `http://localhost:${new URL(gateway).port}`;
  return {
    servers: [{ name: service, what: `sample single-page client, at ${origin}/ through the gateway`, url: server.url, pid: process.pid, log: room.log('stack') }],
    env: { [`${addressName(service)}_URL`]: server.url, STOREFRONT_ORIGIN: origin },
    stop: () => server.close(),
  };
};
