import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/core/report.ts';
import { authctlWith } from './authctl.ts';
import { ownStack } from './own.ts';

/** A service as people have them: it knows two parcels, takes no parcel without a weight, and has never heard of verify. */
const parcels = () => {
  const writes: { readonly method: string; readonly url: string; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => { body += part.toString(); });
    request.on('end', () => {
      const { method = '', url = '' } = request;
      if (method !== 'GET' && method !== 'HEAD') writes.push({ method, url, body });
      const [status, answer] = answerTo(method, new URL(url, 'http://parcels').pathname, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  return { server, writes };
};

const answerTo = (method: string, path: string, body: string): readonly [status: number, answer: object] => {
  if (path === '/parcels/health') return [200, { up: true }];
  if (path === '/parcels' && method === 'POST') return weightIn(body) === undefined ? [400, { error: 'a parcel has a weight' }] : [201, { id: 'p-1003' }];
  if (path === '/parcels') return [200, [{ id: 'p-1001' }, { id: 'p-1002' }]];
  if (!/^\/parcels\/p-100[12]$/.test(path)) return [404, { error: 'no such parcel' }];
  return method === 'DELETE' ? [200, { gone: true }] : [200, { id: path.slice('/parcels/'.length) }];
};

const weightIn = (body: string): unknown => {
  try {
    return (JSON.parse(body) as { weight?: unknown }).weight;
  } catch {
    return undefined;
  }
};

const SAMPLES = { read: 'sample: { path: { id: p-1001 } }', send: 'sample: { body: { weight: 3 }, headers: { X-Tenant: verify } }', cancel: 'sample: { path: { id: p-1002 } }' };

const blueprintFor = (upstream: string, samples: Partial<typeof SAMPLES> = {}): string => `
apiVersion: authctl/v1
name: post
targets:
  keycloak: { url: "\${KEYCLOAK_URL:-http://localhost:8080}", credentials: { clientId: authctl, clientSecret: "\${KEYCLOAK_CLIENT_SECRET}" } }
  kong: { admin: { url: "\${KONG_ADMIN_URL:-http://localhost:8001}" }, proxy: { url: "\${KONG_PROXY_URL:-http://localhost:8000}" }, edition: oss, store: database }
realm:
  roles: { clerk: { description: Sends parcels } }
  scopes: { "parcels:read": { audience: parcels }, "parcels:write": { audience: parcels, roles: [clerk] } }
  clients:
    counter: { type: public, redirectUris: ["https://post.example/callback"], scopes: ["parcels:read", "parcels:write"] }
    tracking: { type: service, secret: "\${TRACKING_SECRET}", scopes: ["parcels:read"] }
authentication: { pattern: sso, client: counter }
services:
  parcels:
    upstream: ${upstream}
    audience: parcels
    routes:
      list: { match: GET /parcels, scopes: ["parcels:read"] }
      read: { match: "GET /parcels/{id}", scopes: ["parcels:read"] ${samples.read ? `, ${samples.read}` : ''} }
      send: { match: POST /parcels, scopes: ["parcels:write"], roles: [clerk] ${samples.send ? `, ${samples.send}` : ''} }
      cancel: { match: "DELETE /parcels/{id}", scopes: ["parcels:write"], roles: [clerk] ${samples.cancel ? `, ${samples.cancel}` : ''} }
      health: { match: GET /parcels/health, public: true }
personas:
  cleo: { roles: [clerk], password: "\${CLEO_PASSWORD}" }
  guy: { roles: [], password: "\${GUY_PASSWORD}" }
expect:
  cleo: { parcels: [list, read, send, cancel] }
  guy: { parcels: [list, read] }
  tracking: { parcels: [list, read] }
  anonymous: { parcels: [health] }
`;

describe('a service of somebody behind the gateway, which knows some objects and takes some bodies', () => {
  const dir = mkdtempSync(join(tmpdir(), 'authctl-real-'));
  const path = join(dir, 'post.yaml');
  const { server, writes } = parcels();
  const stack = ownStack(path);
  const upstream = (): string => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  beforeAll(async () => {
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    writeFileSync(path, blueprintFor(upstream()));
    await stack.succeed('stack', 'up', path);
    await stack.succeed('apply', path, '--yes');
  });
  afterAll(async () => {
    await stack.down();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** All checks, as at a stack that is not this machine's: every address comes from the environment. */
  const verifyWith = async (samples: Partial<typeof SAMPLES>, ...args: readonly string[]) => {
    writeFileSync(path, blueprintFor(upstream(), samples));
    writes.length = 0;
    const { exitCode, stdout, stderr } = await authctlWith({ ...stack.env(), AUTHCTL_STACK_DIR: join(dir, 'none') }, 'verify', path, '--json', ...args);
    if (stdout === '') throw new Error(stderr);
    const { verdicts } = JSON.parse(stdout) as { readonly verdicts: readonly Verdict[] };
    const told = new Map(verdicts.map(({ id, subject, status, why }) => [`${id} ${subject}`, why === undefined ? status : `${status}: ${why}`]));
    const bad = [...told].filter(([, text]) => !/^(passed|skipped)/.test(text)).map(([name, text]) => `${name} ${text}`);
    return { exitCode, bad, told, written: [...new Set(writes.map(({ method, url, body }) => `${method} ${url} ${body}`.trim()))].toSorted() };
  };

  it('gets no write with a valid credential where no sample says so, and its 404 is an answer', async () => {
    const { exitCode, bad, told, written } = await verifyWith({}, '--disruptive');
    expect([exitCode, bad, written]).toEqual([0, [], []]);
    expect(['read', 'send', 'cancel'].map((route) => told.get(`POS-01 kong parcels.${route}`))).toEqual(['passed', 'skipped: sample', 'skipped: sample']);
    expect(told.get('AZ-06 kong parcels.send as anonymous')).toBe('passed');
  });

  it('gets none at all without --disruptive, sample or not', async () => {
    const { exitCode, bad, written } = await verifyWith(SAMPLES);
    expect([exitCode, bad, written]).toEqual([0, [], []]);
  });

  it('gets what the samples say, to the objects that they name, and nothing beside', async () => {
    const { exitCode, bad, told, written } = await verifyWith(SAMPLES, '--disruptive');
    expect([exitCode, bad]).toEqual([0, []]);
    expect(written).toEqual(['DELETE /parcels/p-1002', 'POST /parcels {"weight":3}']);
    expect(['POS-01 kong parcels.send', 'POS-01 kong parcels.cancel', 'AZ-06 kong parcels.send as cleo', 'AZ-06 kong parcels.send as guy'].map((name) => told.get(name))).toEqual(['passed', 'passed', 'passed', 'passed']);
  });

  it('says by its 404 that a way around the guard leads to it', async () => {
    const { KONG_ADMIN_URL = '' } = stack.env();
    const kong = (method: string, at: string, body?: object) =>
      fetch(`${KONG_ADMIN_URL}${at}`, { method, headers: { 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
    await kong('PUT', '/services/around', { url: upstream() });
    await kong('PUT', '/services/around/routes/around', { paths: ['/around'], strip_path: true });
    const { exitCode, told } = await verifyWith({}, '--only', 'RCH-01');
    expect([exitCode, told.get('RCH-01 kong live routes')]).toEqual([2, expect.stringMatching(/^failed: \d+ of \d+ requests got to the service$/)]);
    // What drift works out is so.
    const drift = await stack.authctl('drift', path);
    const [, request = ''] = /lets in kong anonymous: GET (\S+) reaches parcels\.list {2}kong\.route\/around/.exec(drift.stdout) ?? [];
    expect([drift.exitCode, request]).toEqual([2, '/around/parcels']);
    expect((await fetch(`${stack.env().KONG_PROXY_URL ?? ''}${request}`)).status).toBe(200);
    await kong('DELETE', '/services/around/routes/around');
    await kong('DELETE', '/services/around');
    expect((await verifyWith({}, '--only', 'RCH-01')).exitCode).toBe(0);
    expect(await stack.succeed('drift', path)).toContain('no changes');
  });
});
