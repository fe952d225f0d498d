import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopEnv } from './run.ts';

const directory = mkdtempSync(join(tmpdir(), 'authctl-ca-'));
const file = (name: string): string => join(directory, name);
const openssl = (...args: readonly string[]): void => { execFileSync('openssl', args, { stdio: 'ignore', cwd: directory }); };

describe('a server with a certificate of a private authority', () => {
  let server: Server;
  beforeAll(async () => {
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Company CA');
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1');
    writeFileSync(file('extensions'), 'subjectAltName=IP:127.0.0.1\n');
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'server.pem', '-days', '2', '-extfile', 'extensions');
    server = createServer({ key: readFileSync(file('server.key')), cert: readFileSync(file('server.pem')) }, (_, response) => response.writeHead(404, { 'content-type': 'application/json' }).end('{}'));
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
    rmSync(directory, { recursive: true, force: true });
  });

  /** A process of its own: Node reads the variable when it starts. */
  const doctor = (env: Readonly<Record<string, string>>): Promise<{ readonly code: number; readonly said: string }> =>
    new Promise((settle) => {
      execFile(process.execPath, ['bin/authctl.js', 'doctor', 'blueprints/sso.yaml', '--no-stack'], { env: { ...shopEnv, PATH: process.env.PATH, HOME: directory, KEYCLOAK_URL: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ...env } }, (error, stdout, stderr) =>
        { settle({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr }); });
    });

  const ofKeycloak = (said: string): string => said.split('\n').filter((line) => line.includes('keycloak') || line.includes('NODE_EXTRA')).join('\n');

  it('is out of reach, and the next step names the variable', async () => {
    const { code, said } = await doctor({});
    expect([code, ofKeycloak(said)]).toEqual([3, expect.stringMatching(/✗ keycloak reachable.*NODE_EXTRA_CA_CERTS/s)]);
  });

  it('is reached by the variable', async () => {
    const { said } = await doctor({ NODE_EXTRA_CA_CERTS: file('ca.pem') });
    expect(ofKeycloak(said)).toMatch(/✓ keycloak reachable/);
    expect(said).not.toContain('NODE_EXTRA_CA_CERTS');
  });
});
