import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authctlWith } from './authctl.ts';
import { chromiumPath, launchBrowser, logInAtKeycloak, loginForm, screenshot } from './browser.ts';

const BLUEPRINT = 'blueprints/storefront.yaml';
const COOKIE = '__Host-store';
/** Names the places in which a script that was injected into the page finds a token. */
const LOOT = `Object.entries({
  cookie: document.cookie,
  localStorage: JSON.stringify(localStorage),
  sessionStorage: JSON.stringify(sessionStorage),
  address: location.href,
  page: document.documentElement.outerHTML,
  globals: Object.values(window).filter((value) => typeof value === 'string').join(),
}).flatMap(([place, text]) => (/eyJ[\\w-]+\\.eyJ/.test(text) ? [place] : []))`;
/** Puts a script into the page, and says what came of it. */
const INJECT = `(() => {
  const script = document.createElement('script');
  try {
    script.textContent = 'window.injected = true';
    document.body.append(script);
    return 'injected' in window ? 'it ran' : 'it did not run';
  } catch (error) {
    return error.name;
  }
})()`;
const dir = mkdtempSync(join(tmpdir(), 'authctl-browser-'));
// A stack of its own: other services stand behind this blueprint.
const authctl = (...args: readonly string[]) => authctlWith({ AUTHCTL_STACK_DIR: join(dir, 'stack') }, ...args);
const succeed = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await authctl(...args);
  if (exitCode !== 0) throw new Error(`authctl ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
  return stdout;
};

describe.skipIf(chromiumPath === undefined)('sign-in with a real browser (needs chromium)', () => {
  let env: Readonly<Record<string, string>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const origin = (): string => env['STOREFRONT_ORIGIN'] ?? '';
  const says = (text: string): Promise<void> => page.locator('#status', { hasText: text }).waitFor();
  const cookies = async () => (await context.cookies(origin())).filter(({ name }) => name === COOKIE);
  const calls = async (service: string): Promise<readonly { readonly path: string; readonly headers: Readonly<Record<string, string>> }[]> =>
    ((await (await fetch(`${env[`${service}_RECORDER_URL`] ?? ''}/__authctl/calls`)).json()) as { calls: [] }).calls;

  const signIn = async (username: string): Promise<void> => {
    await page.goto(origin());
    await page.locator('#sign-in').click();
    await logInAtKeycloak(page, username, env[`${username.toUpperCase()}_PASSWORD`] ?? '');
    await says('Signed in.');
  };
  const list = async (name: string): Promise<string> => {
    const answered = page.waitForResponse((response) => response.request().resourceType() === 'fetch');
    await page.locator(`#list-${name}`).click();
    await answered;
    const answer = page.locator('#answer', { hasText: 'GET ' });
    await answer.waitFor();
    return (await answer.textContent()) ?? '';
  };
  const loot = (): Promise<readonly string[]> => page.evaluate(LOOT);

  beforeAll(async () => {
    await succeed('stack', 'up', BLUEPRINT);
    await succeed('apply', BLUEPRINT, '--yes');
    ({ env } = JSON.parse(readFileSync(join(dir, 'stack', 'stack.json'), 'utf8')) as { env: Record<string, string> });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await succeed('stack', 'down').finally(() => rmSync(dir, { recursive: true, force: true }));
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 800, height: 480 } });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
  });
  afterEach(() => context.close());

  it("goes to Keycloak's login page with code, PKCE, state and nonce, and leaves no token in any address", async () => {
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(origin());
    await says('Signed out.');
    await screenshot(page, 'sso-1-signed-out');
    await page.locator('#sign-in').click();
    await loginForm(page).waitFor();
    const asked = new URL(page.url()).searchParams;
    expect(Object.fromEntries(['response_type', 'code_challenge_method', 'client_id', 'redirect_uri'].map((name) => [name, asked.get(name)]))).toEqual({
      response_type: 'code', code_challenge_method: 'S256', client_id: 'storefront', redirect_uri: `${origin()}/callback`,
    });
    for (const name of ['code_challenge', 'state', 'nonce']) expect(asked.get(name)?.length).toBeGreaterThanOrEqual(43);
    await screenshot(page, 'sso-2-login-page');
    await logInAtKeycloak(page, 'alice', env['ALICE_PASSWORD'] ?? '');
    await says('Signed in.');
    await screenshot(page, 'sso-3-signed-in');
    expect(page.url()).toBe(`${origin()}/`);
    expect(addresses.filter((address) => /eyJ[\w-]+\.eyJ/.test(address))).toEqual([]);
  });

  it('keeps the token in a cookie that the browser shows to no script', async () => {
    await signIn('alice');
    const [cookie, ...others] = await cookies();
    expect(others).toEqual([]);
    expect({ ...cookie, value: '', expires: 0 }).toEqual({
      name: COOKIE, value: '', domain: 'localhost', path: '/', expires: 0, httpOnly: true, secure: true, sameSite: 'Strict',
    });
    const { exp } = JSON.parse(Buffer.from(cookie?.value.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };
    expect(Math.abs((cookie?.expires ?? 0) - exp)).toBeLessThan(2);
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await loot()).toEqual([]);
  });

  it('runs no script that was put into the page', async () => {
    await page.goto(origin());
    expect(await page.evaluate(INJECT)).toBe('TypeError');
  });

  it('lets the cookie into both services by one sign-in, and hands the service the token and no cookie', async () => {
    await signIn('alice');
    expect(await list('orders')).toMatch(/^GET \/orders: 200/);
    expect(await list('inventory')).toMatch(/^GET \/stock: 200/);
    await screenshot(page, 'sso-4-second-service');
    for (const service of ['ORDERS', 'INVENTORY']) {
      const { headers } = (await calls(service)).at(-1) ?? {};
      expect([headers?.['authorization']?.startsWith('Bearer '), headers?.['cookie']]).toEqual([true, undefined]);
    }
  });

  it('keeps a person out of a service that is not for them', async () => {
    await signIn('carol');
    expect(await list('orders')).toMatch(/^GET \/orders: 200/);
    // No scope of that service was granted, so the token is not made for it.
    expect(await list('inventory')).toMatch(/^GET \/stock: 401/);
    await says('inventory: this is not for you.');
  });

  it('stays signed in after a reload, and signs in again without a password as long as the session at Keycloak lives', async () => {
    await signIn('alice');
    await page.reload();
    await says('Signed in.');
    expect(await list('orders')).toMatch(/^GET \/orders: 200/);
    await context.clearCookies({ name: COOKIE });
    await page.reload();
    await says('Signed out.');
    await page.locator('#sign-in').click();
    await says('Signed in.');
  });

  it('lets no other site and no other port write with the cookie', async () => {
    await signIn('alice');
    const before = (await calls('ORDERS')).length;
    const form = `<form method="post" action="${origin()}/orders"><button>Win</button></form>`;
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(form));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const answers = [];
    try {
      for (const host of ['127.0.0.1', 'localhost']) {
        await page.goto(`http://${host}:${port}/`);
        const answered = page.waitForResponse(`${origin()}/orders`);
        await page.locator('button').click();
        answers.push((await answered).status());
      }
    } finally {
      server.close();
      server.closeAllConnections();
    }
    // Another site's form comes without the cookie; one from another port of this host brings it, and the gateway looks at Origin.
    expect(answers).toEqual([401, 403]);
    expect((await calls('ORDERS')).length).toBe(before);
  });

  it.each(['at once', 'after a reload'])('signs out of the gateway and of Keycloak (%s)', async (when) => {
    await signIn('alice');
    if (when === 'after a reload') {
      await page.reload();
      await says('Signed in.');
    }
    const [{ value: copy } = { value: '' }] = await cookies();
    await page.locator('#sign-out').click();
    await says('Signed out.');
    expect(new URL(page.url()).origin).toBe(origin());
    expect(await cookies()).toEqual([]);
    await page.locator('#sign-in').click();
    await loginForm(page).waitFor();

    // A copy made before is a JWT like any other: it works until it ends, which is what the documentation says of this pattern.
    const { exp } = JSON.parse(Buffer.from(copy.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };
    const left = exp - Date.now() / 1000;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(301);
    expect((await fetch(`${origin()}/orders`, { headers: { cookie: `${COOKIE}=${copy}` } })).status).toBe(200);
  });

  describe('what the weaker storages cost', () => {
    it.each([
      ['script-cookie', ['cookie']],
      ['sessionStorage', ['sessionStorage']],
      ['localStorage', ['localStorage']],
    ] as const)('%s: a script that was injected finds the token', async (storage, places) => {
      const config = (await (await fetch(`${origin()}/config.json`)).json()) as object;
      await context.route('**/config.json', (route) => route.fulfill({ json: { ...config, storage } }));
      await signIn('alice');
      expect(await list('orders')).toMatch(/^GET \/orders: 200/);
      expect(await loot()).toEqual(places);
      await page.locator('#sign-out').click();
      await says('Signed out.');
      expect(await loot()).toEqual([]);
    });

    it('plan and verify say so, at the line that chooses it', async () => {
      const path = join(dir, 'weak.yaml');
      writeFileSync(path, readFileSync(BLUEPRINT, 'utf8').replace('storage: gateway-cookie', 'storage: localStorage'));
      const said = /limit storage localStorage: every script of the origin, an injected one too, can read the token.*weak\.yaml:\d+:\d+/;
      expect((await authctl('plan', path)).stdout).toMatch(said);
      const { exitCode, stdout } = await authctl('verify', path, '--only', 'POS-01');
      expect([exitCode, said.test(stdout)]).toEqual([0, true]);
    });
  });
});
