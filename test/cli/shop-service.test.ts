import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KEY, goodClaims, mint } from '../unit/service/support/tokens.ts';

const MAIN = 'infra/services/shop/main.js';

/** An issuer on loopback: its metadata and its keys. */
const issuer = async (): Promise<string> => {
  const server = createServer((request, response) => {
    const body = request.url?.endsWith('/keys') ? { keys: [KEY.jwk] } : { issuer: url, jwks_uri: `${url}/keys` };
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  onTestFinished(() => { server.close(); });
  return url;
};

/** The service with this environment and nothing else: its first line of output when it listens, or how it ended. */
const start = async (env: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => { child.kill(); });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
  const ended = new Promise<number | null>((settle) => child.once('exit', settle));
  const listening = async (): Promise<string> => {
    await expect.poll(() => /"port":(\d+)/.exec(output)?.[1]).toBeDefined();
    return `http://127.0.0.1:${/"port":(\d+)/.exec(output)?.[1] ?? ''}`;
  };
  return { ended, listening, output: () => output };
};

const settings = (trusted: string): Readonly<Record<string, string>> => ({
  SERVICE: 'orders',
  ISSUER: trusted,
  AUDIENCE: 'orders',
  RECORDER: 'on',
  TOKEN_IN: 'header,cookie',
  TOKEN_COOKIE: '__Host-shop',
  ROUTES: JSON.stringify([
    { id: 'list', method: 'GET', path: '/orders', scopes: ['orders:read'] },
    { id: 'health', method: 'GET', path: '/orders/health', public: true },
  ]),
});
const token = (iss: string, change: object = {}): string => {
  const now = Math.floor(Date.now() / 1000);
  return mint({ ...goodClaims, iss, iat: now, exp: now + 60, ...change });
};

describe('the sample service', () => {
  it('verifies every token, and tells only the calls that reached its handler', async () => {
    const trusted = await issuer();
    const { listening, output } = await start(settings(trusted));
    const url = await listening();
    const get = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
      const answer = await fetch(url + path, { headers: { 'x-authctl-check': 'c1', ...headers } });
      return [answer.status, await answer.json()] as const;
    };
    const good = token(trusted);
    expect(await get('/orders', { authorization: `Bearer ${good}` })).toEqual([200, { service: 'orders', route: 'list', params: {}, subject: 'alice' }]);
    expect(await get('/orders', { cookie: `__Host-shop=${good}` })).toMatchObject([200, {}]);
    expect(await get('/orders/health')).toMatchObject([200, { route: 'health', subject: null }]);
    expect(await get('/orders')).toEqual([401, { message: 'Unauthorized' }]);
    expect(await get('/orders', { authorization: `Bearer ${token(trusted, { aud: 'invoices' })}` })).toMatchObject([401, {}]);
    expect(await get('/orders', { authorization: `Bearer ${token(trusted, { scope: 'openid' })}` })).toMatchObject([403, {}]);
    expect(await get('/orders/7', { authorization: `Bearer ${good}` })).toMatchObject([403, {}]);
    const { calls } = (await (await fetch(`${url}/__authctl/calls?check=c1`)).json()) as { calls: { path: string }[] };
    expect(calls.map(({ path }) => path)).toEqual(['/orders', '/orders', '/orders/health']);
    expect(await (await fetch(`${url}/__authctl/status`)).json()).toEqual({ service: 'orders', ready: true });
    expect(output()).toContain('"allowed":false,"status":403,"reason":"scope orders:read"');
    expect(output()).not.toContain(good.split('.')[2]);
  });

  it('keeps its recorder to itself unless it is told otherwise', async () => {
    const trusted = await issuer();
    const { RECORDER: _on, ...quiet } = settings(trusted);
    const url = await (await start(quiet)).listening();
    expect((await fetch(`${url}/__authctl/calls`)).status).toBe(403);
  });

  it.each([
    ['AUDIENCE', '', 'the variable AUDIENCE is not set'],
    ['ROUTES', 'none', 'the variable ROUTES is not the JSON that it must be'],
    ['LEEWAY', 'some', 'the variable LEEWAY is no number'],
    ['ALGORITHMS', 'HS256', 'HS256 is not a signature algorithm for access tokens'],
    ['ISSUER', 'http://id.example', 'issuer must be an https URL'],
  ])('does not start when %s is "%s"', async (name, value, told) => {
    const { ended, output } = await start({ ...settings('https://id.example'), [name]: value });
    expect(await ended).toBe(1);
    expect(output()).toContain(told);
  });
});
