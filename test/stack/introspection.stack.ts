import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import KcAdminClient from '@keycloak/keycloak-admin-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { saboteur } from '../../scripts/sabotage.js';
import { FAR } from '../eventually.ts';
import { authctlWith, stackEnv } from './authctl.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';
import { startIntrospectionProxy } from './introspection-proxy.ts';
import type { Fault, IntrospectionProxy, Reply } from './introspection-proxy.ts';

const BLUEPRINT = 'blueprints/opaque.yaml';
/** As the blueprint says: seconds that answers are kept, and the plugin's own milliseconds for the endpoint. */
const cache = 5;
const timeout = 1000;
/** What the plugin is told to wait where a slow machine must not be taken for a slow endpoint: milliseconds, the most that its schema takes. */
const patient = 10_000;

/** Services of its own on the shared stack: they count what reaches them. */
const startService = async () => {
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls, close: () => server.close() };
};

const b64u = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const membersOf = ({ body }: Reply): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;
/** The true answer with some members changed; `undefined` takes one away. */
const lie = (changes: (truth: Record<string, unknown>) => Record<string, unknown>): Fault => (truth) => {
  const members = membersOf(truth);
  return { ...truth, body: JSON.stringify({ ...members, ...changes(members) }) };
};
const partsOf = (jwt: unknown): readonly [header: Record<string, unknown>, claims: Record<string, unknown>, signature: string] => {
  const [header = '', claims = '', signature = ''] = String(jwt).split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  return [read(header), read(claims), signature];
};
const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const signedByAnother = (jwt: unknown): string => {
  const [header, claims] = partsOf(jwt);
  const input = `${b64u(header)}.${b64u(claims)}`;
  return `${input}.${createSign('RSA-SHA256').update(input).sign(foreignKey).toString('base64url')}`;
};

describe('an introspection endpoint that stops, crawls or lies', () => {
  let env: Record<string, string>;
  let events: Awaited<ReturnType<typeof startService>>;
  let proxy: IntrospectionProxy;
  let byHand: ReturnType<typeof saboteur>;
  const phantoms = ({ name }: { readonly name: string }): boolean => name === 'authctl-phantom-token';

  const succeed = async (...args: readonly string[]): Promise<void> => {
    const { exitCode, stdout, stderr } = await authctlWith(env, ...args);
    if (exitCode !== 0) throw new Error(`authctl ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
  };
  beforeAll(async () => {
    events = await startService();
    env = {
      ...stackEnv(), EVENTS_URL: events.url, TICKETS_URL: events.url, LEDGER_SECRET: 'a-ledger-of-tests', GATEWAY_SECRET: 'a-gateway-of-tests',
      VERA_PASSWORD: 'vera-of-tests', OTTO_PASSWORD: 'otto-of-tests',
    };
    byHand = saboteur(env, 'tickets');
    await succeed('apply', BLUEPRINT, '--yes');
    proxy = await startIntrospectionProxy(`${env.KEYCLOAK_URL}/realms/tickets/protocol/openid-connect/token/introspect`);
    expect(await byHand.patchPlugins(phantoms, { obtain: 'introspection', introspection_url: proxy.url, timeout_ms: patient })).toBe(2);
    await asked();
  });
  afterAll(async () => {
    await proxy.stop();
    events.close();
    await succeed('destroy', BLUEPRINT, '--yes');
    // A realm is never destroyed: it may hold what others have put there.
    await keycloakByHand('tickets').ask('DELETE', '');
  });
  beforeEach(() => proxy.behave());

  /** The plugins as they were just set are in force, and the endpoint is right. */
  const asked = () => vi.waitFor(async () => expect(await send(await freshToken())).toMatchObject({ status: 200 }), { timeout: FAR, interval: 200 });
  const post = async (path: string, form: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${env.KEYCLOAK_URL}/realms/tickets/protocol/openid-connect/${path}`, { method: 'POST', body: new URLSearchParams(form) });
  const ledger = () => ({ client_id: 'ledger', client_secret: env.LEDGER_SECRET ?? '' });
  /** One that the gateway has never seen. */
  const freshToken = async (): Promise<string> => {
    const answer = await post('token', { grant_type: 'client_credentials', ...ledger() });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const send = async (token: string) => {
    const before = events.calls();
    const answer = await fetch(`${env.KONG_PROXY_URL}/events`, { headers: { authorization: `Bearer ${token}` }, redirect: 'manual' });
    await answer.text();
    return { status: answer.status, reached: events.calls() - before };
  };
  /** Never through, and as good as before when the endpoint is. */
  const holds = async (fault: Fault, expected: number): Promise<void> => {
    proxy.behave(fault);
    expect(await send(await freshToken())).toEqual({ status: expected, reached: 0 });
    expect(proxy.questions.length).toBeGreaterThan(0);
    proxy.behave();
    expect(await send(await freshToken())).toMatchObject({ status: 200, reached: 1 });
  };

  it('lets a good token through, with the token in the body of one POST alone', async () => {
    const token = await freshToken();
    expect(await send(token)).toMatchObject({ status: 200, reached: 1 });
    expect(proxy.questions.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', new URL(proxy.url).pathname, `token=${token}&token_type_hint=access_token`],
    ]);
    expect(JSON.stringify(proxy.questions.map(({ headers }) => headers))).not.toContain(token);
  });

  it('lets nobody new in while it is stopped, known tokens for the time answers are kept, and everybody when it is back', async () => {
    const known = await freshToken();
    expect(await send(known)).toMatchObject({ status: 200 });
    await proxy.stop();
    const cold = await freshToken();
    expect(await send(cold)).toMatchObject({ status: 503, reached: 0 });
    // Nobody can be asked, so that what still passes is what was kept; how long that is, is counted by the gateway's own clock below.
    await expect.poll(async () => (await send(known)).status, { timeout: FAR, interval: 200 }).toBe(503);
    await proxy.start();
    for (const token of [cold, known]) await expect.poll(async () => (await send(token)).status, { timeout: FAR }).toBe(200);
  });

  describe('and does not answer in the time the plugin gives it', () => {
    beforeAll(async () => {
      await byHand.patchPlugins(phantoms, { timeout_ms: timeout });
      await asked();
    });
    afterAll(async () => {
      await byHand.patchPlugins(phantoms, { timeout_ms: patient });
      await asked();
    });
    it.each<[string, Fault]>([
      ['says nothing', (_truth, response) => {
        // The gateway hangs up first: nothing here ends the wait.
        response.on('error', () => undefined);
        return undefined;
      }],
      ['drips its answer', (truth, response) => {
        response.writeHead(200, { ...truth.headers, 'content-length': truth.body.length });
        let at = 0;
        const drip = setInterval(() => {
          // Never the whole of it, however long the machine takes.
          if (at < truth.body.length - 1) response.write(truth.body[at] ?? '');
          at += 1;
          if (response.destroyed) clearInterval(drip);
        }, 50);
        return undefined;
      }],
    ])('never lets a token through when it %s (503)', async (_, fault) => {
      proxy.behave(fault);
      expect(await send(await freshToken())).toEqual({ status: 503, reached: 0 });
      expect(proxy.questions.length).toBeGreaterThan(0);
      proxy.behave();
      await expect.poll(async () => send(await freshToken()), { timeout: FAR }).toEqual({ status: 200, reached: 1 });
    });
  });

  const page = '<html><body>Bad gateway</body></html>';
  it.each<[string, Fault]>([
    ['breaks off in mid-answer', (truth, response) => {
      response.writeHead(200, { ...truth.headers, 'content-length': truth.body.length });
      response.write(truth.body.slice(0, -20), () => response.destroy());
      return undefined;
    }],
    ['closes without an answer', (_truth, response) => {
      response.destroy();
      return undefined;
    }],
    ['fails', (truth) => ({ ...truth, status: 500 })],
    ['asks to come back later', (truth) => ({ ...truth, status: 429, headers: { ...truth.headers, 'retry-after': '0' } })],
    ['does not know the gateway', (truth) => ({ ...truth, status: 401 })],
    ['sends a page', () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: page })],
    ['sends a page that says it is JSON', () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: page })],
    ['sends the right answer as a page', (truth) => ({ ...truth, headers: { 'content-type': 'text/html' } })],
    ['sends it with no content', (truth) => ({ ...truth, status: 204, body: '' })],
    ['sends megabytes before it', (truth) => ({ ...truth, body: `${' '.repeat(8_000_000)}${truth.body}` })],
    ['sends it to another place', (truth) => ({ ...truth, status: 307, headers: { ...truth.headers, location: proxy.url.replace('introspect', 'x') } })],
    ['says active twice', (truth) => ({ ...truth, body: `{"active":false,${truth.body.slice(1)}` })],
    ['says active as text', lie(() => ({ active: 'true' }))],
    ['says active as a number', lie(() => ({ active: 1 }))],
    ['sends a list', (truth) => ({ ...truth, body: `[${truth.body}]` })],
    ['leaves the jwt out', lie(() => ({ jwt: undefined }))],
    ['sends something else as the jwt', lie(() => ({ jwt: 'a.b.c' }))],
    ['names another person than its jwt', lie(() => ({ sub: 'somebody-else' }))],
    ['names another token than the one asked about', lie(() => ({ jti: 'another' }))],
    ['sends the jwt of another person', lie(({ jwt }) => {
      const [header, claims, signature] = partsOf(jwt);
      return { jwt: `${b64u(header)}.${b64u({ ...claims, sub: 'somebody-else' })}.${signature}` };
    })],
  ])('never lets a token through when it %s (503)', (_, fault) => holds(fault, 503));

  it.each<[string, Fault]>([
    ['says that the token is not active', lie(() => ({ active: false }))],
    ['leaves the end out', lie(() => ({ exp: undefined }))],
    ['says that it has ended', lie(() => ({ exp: 1 }))],
    ['says the end as text', lie(({ exp }) => ({ exp: String(exp) }))],
    ['names another issuer', lie(() => ({ iss: 'https://evil.example' }))],
    ['names another audience', lie(() => ({ aud: 'tickets' }))],
    ['names no audience', lie(() => ({ aud: undefined }))],
    ['sends a jwt that nobody signed', lie(({ jwt }) => {
      const [header, claims] = partsOf(jwt);
      return { jwt: `${b64u({ ...header, alg: 'none' })}.${b64u(claims)}.AA` };
    })],
    ['sends a jwt that another key signed', lie(({ jwt }) => ({ jwt: signedByAnother(jwt) }))],
    ['sends a jwt with other scopes under the old signature', lie(({ jwt }) => {
      const [header, claims, signature] = partsOf(jwt);
      return { jwt: `${b64u(header)}.${b64u({ ...claims, scope: 'events:write' })}.${signature}` };
    })],
  ])('never lets a token through when it %s (401)', (_, fault) => holds(fault, 401));

  it("never passes off a good jwt of one token as another's", async () => {
    const [first, second] = [await freshToken(), await freshToken()];
    let kept: Reply | undefined;
    proxy.behave((truth) => (kept ??= truth));
    expect(await send(first)).toMatchObject({ status: 200 });
    expect(await send(second)).toMatchObject({ status: 503, reached: 0 });
  });

  it('keeps no answer longer than the token lives', async () => {
    const token = await freshToken();
    let soon = 0;
    // Once more where the machine was so slow that the token had ended before the answer to it was there.
    do {
      soon = Math.ceil(Date.now() / 1000) + 2;
      const end = soon;
      proxy.behave(lie(() => ({ exp: end })));
    } while ((await send(token)).status !== 200 && Date.now() >= soon * 1000);
    expect(proxy.questions.length).toBeGreaterThan(0);
    proxy.behave(lie(() => ({ active: false })));
    await pause(soon * 1000 - Date.now() + 100);
    expect(await send(token)).toMatchObject({ status: 401, reached: 0 });
  });

  it('is asked once, however many requests bring a new token at once', async () => {
    const token = await freshToken();
    proxy.behave();
    const answers = await Promise.all(Array.from({ length: 200 }, () => send(token)));
    expect([[...new Set(answers.map(({ status }) => status))], proxy.questions.length]).toEqual([[200], 1]);
  });

  it('has a revoked token refused as soon as the endpoint is asked again, and at once when nothing is kept', async () => {
    const kept = await freshToken();
    expect(await send(kept)).toMatchObject({ status: 200 });
    expect((await post('revoke', { token: kept, token_type_hint: 'access_token', ...ledger() })).status).toBe(200);
    proxy.behave();
    const seen: (readonly [status: number, questions: number])[] = [];
    await expect.poll(async () => {
      const { status } = await send(kept);
      seen.push([status, proxy.questions.length]);
      return status;
    }, { timeout: FAR, interval: 50 }).toBe(401);
    // Whoever passed after the revocation passed by what was kept, and the first question ended it.
    expect(seen.filter(([status, questions]) => status === 200 && questions > 0)).toEqual([]);
    expect(seen.at(-1)).toEqual([401, 1]);

    await byHand.patchPlugins(phantoms, { cache_ttl: 0 });
    try {
      await expect.poll(async () => {
        const token = await freshToken();
        proxy.behave();
        for (let count = 0; count < 3; count += 1) await send(token);
        return proxy.questions.length;
      }, { timeout: FAR }).toBe(3);
      const fresh = await freshToken();
      expect(await send(fresh)).toMatchObject({ status: 200 });
      expect((await post('revoke', { token: fresh, ...ledger() })).status).toBe(200);
      expect(await send(fresh)).toMatchObject({ status: 401, reached: 0 });
    } finally {
      await byHand.patchPlugins(phantoms, { cache_ttl: cache });
    }
  });

  it("lets nobody in when the gateway's own secret has changed at the issuer alone, and everybody when it is right again", async () => {
    const admin = new KcAdminClient({ baseUrl: env.KEYCLOAK_URL ?? '', realmName: 'master' });
    await admin.auth({ grantType: 'client_credentials', clientId: 'authctl', clientSecret: env.KEYCLOAK_CLIENT_SECRET ?? '' });
    admin.setConfig({ realmName: 'tickets' });
    const [client] = await admin.clients.find({ clientId: 'gateway' });
    const setSecret = (secret: string) => admin.clients.update({ id: client?.id ?? '' }, { ...client, secret });
    await setSecret('another-secret');
    const token = await freshToken();
    expect(await send(token)).toMatchObject({ status: 503, reached: 0 });
    await setSecret(env.GATEWAY_SECRET ?? '');
    await expect.poll(async () => (await send(token)).status, { timeout: FAR }).toBe(200);
  });
});
