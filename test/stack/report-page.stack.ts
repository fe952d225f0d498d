import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { createAuthctl } from '../../src/app/index.ts';
import type { Authctl, Report } from '../../src/app/index.ts';
import { saboteur } from '../../scripts/sabotage.js';
import type { Recording } from '../unit/report/recorded.ts';
import { authctl, authctlWith, byHand } from './authctl.ts';
import { FAR } from '../eventually.ts';
import { chromiumPath, launchBrowser, screenshot } from './browser.ts';

const BLUEPRINT = 'blueprints/sso.yaml';

describe.skipIf(chromiumPath === undefined)('the page of a live run (needs chromium)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-report-'));
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage();
    page.setDefaultTimeout(FAR);
    expect(await authctl('apply', BLUEPRINT, '--yes')).toMatchObject({ exitCode: 0 });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const show = async (name: string, exitCode: number, ...args: readonly string[]): Promise<void> => {
    const file = join(directory, `${name}.html`);
    const ended = await authctl(...args, '--report', `html=${file}`);
    expect(ended, ended.stdout.slice(0, 2000)).toMatchObject({ exitCode });
    await page.goto(pathToFileURL(file).href);
    await screenshot(page, `live-${name}`);
  };
  const cells = (state: string): Promise<number> => page.locator(`.matrix td.${state}`).count();
  const drawnWrong = (): Promise<readonly (string | null)[]> => page.locator('.topology g.wrong:not(.service) > .title').allTextContents();

  it('says that all is good, and against which versions', async () => {
    await show('good', 0, 'verify', BLUEPRINT, '--only', 'AZ-06');
    expect(await page.locator('.verdict').getAttribute('class')).toBe('verdict good');
    expect(await page.locator('.facts tbody tr', { hasText: 'Keycloak' }).locator('td').first().textContent()).toMatch(/^26\./);
    expect(await page.locator('.facts tbody tr', { hasText: 'Kong' }).locator('td').first().textContent()).toMatch(/^3\./);
    expect([await cells('bad'), await cells('unknown'), await cells('none')]).toEqual([0, 0, 0]);
    expect(await cells('good')).toBe(70);
    expect(await drawnWrong()).toEqual([]);
  });

  it('is red where the policy is not asked, and nowhere else', async () => {
    expect(await byHand().removePlugins(({ instance_name: name }: { readonly instance_name: string }) => /^shop\.orders\..*\.opa$/.test(name))).toBeGreaterThan(0);
    try {
      await show('broken', 2, 'verify', BLUEPRINT, '--only', 'AZ-06');
      expect(await page.locator('.verdict').getAttribute('class')).toBe('verdict bad');
      expect(await cells('bad')).toBeGreaterThan(0);
      expect(await page.locator('.matrix tr', { has: page.locator('td.bad') }).locator('th').allTextContents()).toEqual(expect.arrayContaining([expect.stringContaining('kong orders.cancel')]));
      expect(await drawnWrong()).toEqual(expect.arrayContaining(['Kong']));
      expect(await drawnWrong()).not.toContain('AWS API Gateway');
      await show('drift', 2, 'drift', BLUEPRINT);
      expect(await page.locator('#changes article .badge.bad').count()).toBeGreaterThan(0);
      expect(await drawnWrong()).toEqual(expect.arrayContaining(['Kong', 'alice']));
    } finally {
      expect(await authctl('apply', BLUEPRINT, '--yes')).toMatchObject({ exitCode: 0 });
    }
  });
});

/** `AUTHCTL_RECORD=1`: writes test/data/reports anew, by whole runs on stacks of their own. */
describe.runIf(process.env.AUTHCTL_RECORD === '1')('the reports that the tests of the page read', () => {
  const root = mkdtempSync(join(tmpdir(), 'authctl-record-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const record = (name: Recording, { about, ...report }: Report, program: Authctl): void => {
    // Whose machine it was is nobody's business, and no line of a test.
    const told = { ...report, about: about && { ...about, at: '2026-11-29T12:00:03.000Z', by: 'jo', host: 'laptop' } };
    const text = program.mask(JSON.stringify(told)).replaceAll(`${root}/`, 'blueprints/');
    writeFileSync(join(import.meta.dirname, '../data/reports', `${name}.json.gz`), gzipSync(text, { level: 9 }));
  };
  const on = async (blueprint: string, work: (program: Authctl, env: Record<string, string>) => Promise<void>): Promise<void> => {
    const env = { AUTHCTL_STACK_DIR: mkdtempSync(join(root, 'stack-')), AUTHCTL_STATE_DIR: mkdtempSync(join(root, 'state-')) };
    expect(await authctlWith(env, 'stack', 'up', blueprint)).toMatchObject({ exitCode: 0 });
    try {
      const program = createAuthctl({ env: { ...process.env, ...env } });
      expect((await program.apply(blueprint, { approve: true })).problems).toEqual([]);
      await work(program, (JSON.parse(readFileSync(join(env.AUTHCTL_STACK_DIR, 'stack.json'), 'utf8')) as { env: Record<string, string> }).env);
    } finally {
      await authctlWith(env, 'stack', 'down');
    }
  };

  it('sso, good and with five things that somebody did by hand', () =>
    on(BLUEPRINT, async (program, env) => {
      record('sso-good', await program.verify(BLUEPRINT), program);
      const hand = saboteur(env, 'shop');
      await hand.openRedirect('storefront');
      await hand.removeAuthorizer('GET /orders');
      await hand.addRoute('shop.orders', { name: 'side-door', paths: ['/bd'], strip_path: true });
      await hand.removePlugins(({ name }: { readonly name: string }) => name === 'authctl-opa');
      await hand.changeClient('storefront', { attributes: { 'pkce.code.challenge.method': '' } });
      record('sso-broken', await program.verify(BLUEPRINT), program);
      record('sso-drift', await program.drift(BLUEPRINT), program);
    }));

  it('sessions', () =>
    on('blueprints/session.yaml', async (program) => {
      record('session', await program.verify('blueprints/session.yaml'), program);
    }));

  it('a realm of sixty clients', () => {
    const document = parseDocument(readFileSync(BLUEPRINT, 'utf8'));
    document.setIn(['authorization', 'policy'], join(import.meta.dirname, '../../policies/shop'));
    const scopes = [['orders:read', 'invoices:read'], ['orders:read'], ['invoices:read']];
    const expected = [{ orders: ['list', 'read'], invoices: ['list'] }, { orders: ['list', 'read'] }, { invoices: ['list'] }];
    for (let at = 1; at <= 60; at += 1) {
      const number = String(at).padStart(2, '0');
      document.setIn(['realm', 'clients', `partner-${number}`], document.createNode({ type: 'service', secret: `\${PARTNER_${number}_SECRET}`, scopes: scopes[at % 3] }));
      document.setIn(['expect', `partner-${number}`], document.createNode(expected[at % 3]));
    }
    const file = join(root, 'sixty.yaml');
    writeFileSync(file, String(document));
    return on(file, async (program) => {
      record('sixty-clients', await program.verify(file), program);
    });
  });
});
