import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authctlWith } from './authctl.ts';
import { realClock } from '../../src/checks/kit/network.ts';
import { oneTimePasswords } from '../../src/checks/kit/one-time.ts';
import { Secret } from '../../src/core/secret.ts';
import { FAR } from '../eventually.ts';
import { chromiumPath, launchBrowser, logInAtKeycloak, loginForm, screenshot } from './browser.ts';

const BLUEPRINT = 'blueprints/storefront.yaml';
/** The example, and in it two routes that demand something of the sign-in. */
const MORE: readonly (readonly [string, string])[] = [
  ['  sessions:', '  levels: { password: { loa: 1, by: password, maxAge: 10h }, one-time: { loa: 2, by: otp, maxAge: 5m } }\n  sessions:'],
  ['      place: {', '      invoices: { match: GET /orders/invoices, scopes: [orders:read], acr: one-time }\n      returns: { match: GET /orders/returns, scopes: [orders:read], maxAge: 10s }\n      place: {'],
  ['"${ALICE_PASSWORD}"', '"${ALICE_PASSWORD}", otp: "${ALICE_OTP}"'],
  ['"${CAROL_PASSWORD}"', '"${CAROL_PASSWORD}", otp: "${CAROL_OTP}"'],
  ['alice: { orders: [list,', 'alice: { orders: [list, invoices, returns,'],
  ['carol: { orders: [list,', 'carol: { orders: [list, invoices, returns,'],
];
const [LONGEST, LEEWAY] = [10, 5];
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
const STEPPED = join(dir, 'storefront.yaml');
// A stack of its own: other services stand behind this blueprint.
const authctl = (...args: readonly string[]) => authctlWith({ AUTHCTL_STACK_DIR: join(dir, 'stack') }, ...args);
const succeed = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await authctl(...args);
  if (exitCode !== 0) throw new Error(`authctl ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
  return stdout;
};

/** What a page has asked the issuer for, at each of its sign-ins from now on, of the two things that a challenge names. */
const keycloakAsked = (page: Page): (() => readonly Readonly<Record<string, string>>[]) => {
  const asked: Readonly<Record<string, string>>[] = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (request.isNavigationRequest() && pathname.endsWith('/protocol/openid-connect/auth'))
      asked.push(Object.fromEntries([...searchParams].filter(([name]) => name === 'acr_values' || name === 'max_age')));
  });
  return () => asked;
};

describe.skipIf(chromiumPath === undefined)('sign-in with a real browser (needs chromium)', () => {
  let env: Readonly<Record<string, string>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let early: Page;
  const origin = (): string => env['STOREFRONT_ORIGIN'] ?? '';
  const says = (text: string, at = page): Promise<void> => at.locator('#status', { hasText: text }).waitFor();
  const cookies = async (of = context) => (await of.cookies(origin())).filter(({ name }) => name === COOKIE);
  /** How somebody has signed in, by the token in the cookie. */
  const signedInBy = async (of = context): Promise<{ readonly acr: string; readonly auth_time: number }> =>
    JSON.parse(Buffer.from((await cookies(of))[0]?.value.split('.')[1] ?? '', 'base64url').toString()) as { acr: string; auth_time: number };
  const calls = async (service: string): Promise<readonly { readonly path: string; readonly headers: Readonly<Record<string, string>> }[]> =>
    ((await (await fetch(`${env[`${service}_RECORDER_URL`] ?? ''}/__authctl/calls`)).json()) as { calls: [] }).calls;

  const signIn = async (username: string, at = page): Promise<void> => {
    await at.goto(origin());
    await at.locator('#sign-in').click();
    await logInAtKeycloak(at, username, env[`${username.toUpperCase()}_PASSWORD`] ?? '');
    await says('Signed in.', at);
  };
  const list = async (name: string, at = page): Promise<string> => {
    const answered = at.waitForResponse((response) => response.request().resourceType() === 'fetch');
    await at.locator(`#list-${name}`).click();
    await answered;
    const answer = at.locator('#answer', { hasText: 'GET ' });
    await answer.waitFor();
    return (await answer.textContent()) ?? '';
  };
  const loot = (): Promise<readonly string[]> => page.evaluate(LOOT);

  beforeAll(async () => {
    writeFileSync(STEPPED, MORE.reduce((text, [from, to]) => text.replace(from, to), readFileSync(BLUEPRINT, 'utf8')));
    await succeed('stack', 'up', STEPPED);
    await succeed('apply', STEPPED, '--yes');
    ({ env } = JSON.parse(readFileSync(join(dir, 'stack', 'stack.json'), 'utf8')) as { env: Record<string, string> });
    browser = await launchBrowser();
    // Whose sign-in is old by the time it is looked at.
    early = await (await browser.newContext()).newPage();
    early.setDefaultTimeout(FAR);
    await signIn('alice', early);
    expect(await list('orders-returns', early)).toMatch(/^GET \/orders\/returns: 200/);
  });
  afterAll(async () => {
    await browser?.close();
    await succeed('stack', 'down').finally(() => rmSync(dir, { recursive: true, force: true }));
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 800, height: 480 } });
    page = await context.newPage();
    page.setDefaultTimeout(FAR);
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
    // The browser counts its seconds from when it gets it, which on a busy machine is not when the gateway counted them: an end that is not the token's is minutes off.
    expect(Math.abs((cookie?.expires ?? 0) - exp)).toBeLessThan(30);
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

  it('asks for a one-time password, and nothing else, where a route demands it, and goes on with what was asked for', async () => {
    const at = keycloakAsked(page);
    await signIn('carol');
    expect((await signedInBy()).acr).toBe('password');
    const refused = page.waitForResponse(`${origin()}/orders/invoices`);
    await page.locator('#list-orders-invoices').click();
    expect([(await refused).status(), await (await refused).headerValue('www-authenticate')]).toEqual([
      401, 'Bearer error="insufficient_user_authentication", error_description="A stronger sign-in is needed", acr_values="one-time"',
    ]);
    await page.locator('#otp').waitFor();
    expect(await loginForm(page).count()).toBe(0);
    await page.locator('#otp').fill(await oneTimePasswords(new Secret(env['CAROL_OTP'] ?? ''), realClock)());
    await page.locator('#kc-login').click();
    await page.locator('#answer', { hasText: 'GET /orders/invoices: 200' }).waitFor();
    await screenshot(page, 'sso-5-stepped-up');
    expect((await signedInBy()).acr).toBe('one-time');
    expect(at()).toEqual([{}, { acr_values: 'one-time' }]);
    expect(await list('orders')).toMatch(/^GET \/orders: 200/);
  });

  it('asks for the password again where the sign-in is too long ago for a route, and for nothing where it is not', async () => {
    const at = keycloakAsked(early);
    const before = (await signedInBy(early.context())).auth_time;
    await setTimeout(Math.max(0, (before + LONGEST + LEEWAY + 1) * 1000 - Date.now()));
    expect(await list('orders', early)).toMatch(/^GET \/orders: 200/);
    await early.locator('#list-orders-returns').click();
    await early.locator('#password').fill(env['ALICE_PASSWORD'] ?? '');
    await early.locator('#kc-login').click();
    await early.locator('#answer', { hasText: 'GET /orders/returns: 200' }).waitFor();
    expect((await signedInBy(early.context())).auth_time).toBeGreaterThan(before + LONGEST);
    expect(at()).toEqual([{ max_age: String(LONGEST) }]);
  });

  it('is proven by verify as well: the cookie carries the sign-in, and a weak, old or false one is refused', async () => {
    const { exitCode, stdout } = await authctl('verify', STEPPED, '--only', 'STP', '--json');
    const { verdicts } = JSON.parse(stdout) as { verdicts: readonly { id: string; status: string }[] };
    expect([exitCode, [...new Set(verdicts.map(({ id, status }) => `${id} ${status}`))].toSorted()]).toEqual([0, ['STP-01', 'STP-02', 'STP-03', 'STP-04', 'STP-05'].map((id) => `${id} passed`)]);
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
