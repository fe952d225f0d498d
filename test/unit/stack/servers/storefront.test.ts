import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Room, Started } from '../../../../src/stack/room.ts';
import { startStorefront } from '../../../../src/stack/servers/storefront.ts';

const room: Room = { dir: '/nowhere', log: (name) => name, signal: new AbortController().signal, spawned: () => undefined };
const config = { clientId: 'storefront', scope: 'openid orders:read', storage: 'gateway-cookie', apis: [{ name: 'orders', path: '/orders' }] };

describe('the storefront', () => {
  let started: Started;
  const get = (path: string, method = 'GET'): Promise<Response> => fetch(`${started.env['STOREFRONT_URL'] ?? ''}${path}`, { method });
  beforeAll(async () => {
    const around = { KEYCLOAK_URL: 'http://127.0.0.1:8080', KONG_PROXY_URL: 'http://127.0.0.1:8000' };
    started = await startStorefront(room, { service: 'storefront', realm: 'store', config }, around);
  });
  afterAll(() => started.stop());

  it('is found by a browser behind the gateway, on another host name than the issuer', () => {
    expect(started.env['STOREFRONT_ORIGIN']).toBe('http://localhost:8000');
  });

  it('tells the page what the blueprint says, and no more', async () => {
    expect(await (await get('/config.json')).json()).toEqual({ issuer: 'http://127.0.0.1:8080/realms/store', ...config });
  });

  it.each(['/', '/callback?code=x', '/app.js', '/sign-in.js', '/token.js', '/style.css', '/oauth4webapi.js'])('serves %s with a strict policy', async (path) => {
    const { status, headers } = await get(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect([status, headers.get('referrer-policy'), headers.get('x-content-type-options')]).toEqual([200, 'no-referrer', 'nosniff']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' http:\/\/127\.0\.0\.1:8080;/);
    expect(policy).not.toMatch(/unsafe|\*/);
  });

  it.each(['/index.html', '/../package.json', '/%2e%2e/package.json', '/toString', '/__proto__', '/README.md'])('has no %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it('only reads', async () => {
    expect((await get('/', 'POST')).status).toBe(405);
  });
});
