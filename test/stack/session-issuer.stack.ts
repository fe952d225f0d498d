import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeJson, signJws } from '../../src/checks/kit/jws.ts';
import { freePort } from '../../src/stack/ports.ts';
import { installSessionService } from '../../src/stack/session/install.ts';
import { eventually } from '../eventually.ts';

const noRedis = spawnSync('redis-server', ['--version']).status !== 0;
const issuerKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const header = { alg: 'RS256', typ: 'JWT', kid: 'k1' };

/** What the issuer of the attacker signs; `nonce` is the right one. */
type Forge = (claims: Record<string, unknown>) => string;
const good: Forge = (claims) => signJws(header, claims, issuerKey.privateKey);
const without = (name: string): Forge => (claims) => good(Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name)));

const bad: Readonly<Record<string, Forge>> = {
  'is not signed': (claims) => `${encodeJson({ alg: 'none' })}.${encodeJson(claims)}.`,
  'is signed by another key': (claims) => signJws(header, claims, stranger),
  'is signed with the client secret (HS256)': (claims) => {
    const input = `${encodeJson({ alg: 'HS256', kid: 'k1' })}.${encodeJson(claims)}`;
    return `${input}.${createHmac('sha256', 'web-secret').update(input).digest('base64url')}`;
  },
  'is for another client': (claims) => good({ ...claims, aud: 'another' }),
  'is of another issuer': (claims) => good({ ...claims, iss: 'https://evil.example' }),
  'has another nonce': (claims) => good({ ...claims, nonce: 'another' }),
  'has no nonce': without('nonce'),
  'has no iat': without('iat'),
  'has no sub': without('sub'),
  'has ended': (claims) => good({ ...claims, exp: Math.floor(Date.now() / 1000) - 600 }),
};

/** Where sessions are kept: the stack's own Redis, or the RESP endpoint of an Infinispan server that somebody names. */
const infinispan = process.env.INFINISPAN_RESP_URL;
const stores = [
  { store: 'Redis (needs redis-server)', url: undefined, missing: noRedis },
  { store: 'Infinispan (needs INFINISPAN_RESP_URL, the RESP endpoint of a server)', url: infinispan, missing: !infinispan },
];

for (const { store: kept, url: given, missing } of stores)
describe.skipIf(missing)(`the session service on ${kept} and an issuer that lies`, () => {
  const children: ChildProcess[] = [];
  let issuer: Server;
  let service = '';
  let forge: Forge = good;
  let nonce = '';

  beforeAll(async () => {
    const home = await installSessionService(new AbortController().signal);
    issuer = createServer((request, response) => {
      const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: url, aud: 'web', sub: 'user-1', sid: 'sid-1', nonce, iat: now, exp: now + 300 };
      const bodies: Readonly<Record<string, () => unknown>> = {
        '/.well-known/openid-configuration': () => ({
          issuer: url, authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token`, jwks_uri: `${url}/certs`, response_types_supported: ['code'],
          subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'], code_challenge_methods_supported: ['S256'],
        }),
        '/certs': () => ({ keys: [{ ...issuerKey.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] }),
        '/token': () => ({ access_token: good({ ...claims, aud: 'orders' }), id_token: forge(claims), token_type: 'Bearer', expires_in: 300, refresh_token: 'r' }),
      };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(bodies[request.url ?? '']?.() ?? {}));
    });
    await new Promise<void>((ready) => issuer.listen(0, '127.0.0.1', ready));
    const [store, port] = [await freePort(), await freePort()];
    service = `http://127.0.0.1:${port}`;
    const password = randomBytes(16).toString('hex');
    if (given === undefined) {
      const redis = spawn('redis-server', ['-'], { stdio: ['pipe', 'ignore', 'ignore'] });
      redis.stdin.end(`bind 127.0.0.1\nport ${store}\nsave ""\nrequirepass ${password}\n`);
      children.push(redis);
    }
    children.push(
      spawn(process.execPath, ['server.js'], {
        cwd: home,
        stdio: 'ignore',
        env: {
          PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), PUBLIC_URL: service, CLIENT_ID: 'web', CLIENT_SECRET: 'web-secret',
          ISSUER_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`, SECRETS: randomBytes(32).toString('hex'),
          STORE_URL: given ?? `redis://:${password}@127.0.0.1:${store}/0`,
        },
      }),
    );
    await eventually('the session service to answer', async () => (await fetch(`${service}/healthz`)).ok, () => children.some(({ exitCode }) => exitCode !== null));
  });
  afterAll(async () => {
    for (const child of children) child.kill();
    await new Promise((closed) => issuer.close(closed));
  });

  /** A sign-in up to the end: the status of the callback, and whether it gave a session. */
  const signIn = async (): Promise<readonly [status: number, session: boolean]> => {
    const start = await fetch(`${service}/session/login`, { redirect: 'manual' });
    const asked = new URL(start.headers.get('location') ?? '').searchParams;
    nonce = asked.get('nonce') ?? '';
    const cookie = start.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    const answer = await fetch(`${service}/session/callback?code=c&state=${encodeURIComponent(asked.get('state') ?? '')}`, { redirect: 'manual', headers: { cookie } });
    return [answer.status, answer.headers.getSetCookie().some((line) => /^__Host-session=[^;]/.test(line))];
  };

  it('signs a person in with a good ID token', async () => {
    forge = good;
    expect(await signIn()).toEqual([302, true]);
  });

  it.each(Object.keys(bad))('gives no session for an ID token that %s', async (what) => {
    forge = bad[what]!;
    expect(await signIn()).toEqual([400, false]);
  });
});
