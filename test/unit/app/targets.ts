import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startEmbeddedKong } from '../../../infra/stand-ins/src/kong/index.ts';
import { fakeKeycloak } from '../providers/keycloak/fake-keycloak.ts';

/** Needs Keycloak and Kong, and nothing else. */
export const blueprint = 'blueprints/opaque.yaml';

export const secrets = {
  KEYCLOAK_CLIENT_SECRET: 'admin-secret',
  LEDGER_SECRET: 'secret-of-the-ledger',
  GATEWAY_SECRET: 'secret-of-the-gateway',
  VERA_PASSWORD: 'password-of-vera',
  OTTO_PASSWORD: 'password-of-otto',
};
/** Everything the blueprint refers to, with nobody at the addresses. */
export const nobody = { ...secrets, KEYCLOAK_URL: 'http://127.0.0.1:9', KONG_ADMIN_URL: 'http://127.0.0.1:9', KONG_PROXY_URL: 'http://127.0.0.1:9' };

/** Keycloak, empty, at a port. */
export const serveKeycloak = async () => {
  const keycloak = fakeKeycloak();
  keycloak.secret = secrets.KEYCLOAK_CLIENT_SECRET;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const bytes = Buffer.concat(parts);
      const isJson = request.headers['content-type']?.includes('json') === true && bytes.length > 0;
      const headers = { Authorization: request.headers.authorization ?? '' };
      void keycloak
        .send(request.method as 'GET', request.url ?? '', { headers, bytes, ...(isJson && { body: JSON.parse(bytes.toString()) as unknown }) })
        .then(({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(body === '' ? '' : JSON.stringify(body)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  keycloak.issuesAs = url;
  return { keycloak, url, close: (): void => void server.close() };
};

/** Both servers, empty, for the test that runs: what the blueprint refers to. */
export const startTargets = async (): Promise<Readonly<Record<string, string>>> => {
  const { url, close } = await serveKeycloak();
  onTestFinished(close);
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  onTestFinished(() => kong.close());
  const state = mkdtempSync(join(tmpdir(), 'authctl-state-'));
  onTestFinished(() => { rmSync(state, { recursive: true, force: true }); });
  return {
    ...secrets,
    AUTHCTL_STATE_DIR: state,
    KEYCLOAK_URL: url,
    KONG_ADMIN_URL: kong.admin.url,
    KONG_PROXY_URL: kong.proxy.url,
  };
};
