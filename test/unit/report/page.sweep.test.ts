import axe from 'axe-core';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../../src/report/html/index.ts';
import { renderSvg } from '../../../src/report/topology/picture.ts';
import { FAR } from '../../eventually.ts';
import { chromiumPath, launchBrowser, screenshot } from '../../stack/browser.ts';
import { recorded, recordings } from './recorded.ts';
import type { Recording } from './recorded.ts';
import { reports } from './reports.ts';

/** Recordings of which docs/reports.md has pictures, and how it calls them. */
const PICTURED = { 'sso-good': 'all is good', 'sso-broken': 'five things done by hand', session: 'sessions', 'sixty-clients': 'a realm of 60 clients' } as const;

describe.skipIf(chromiumPath === undefined)('the page in a real browser (needs chromium)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-page-'));
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  interface Look {
    readonly colorScheme?: 'light' | 'dark';
    readonly javaScriptEnabled?: boolean;
    readonly width?: number;
  }
  /** Opens a page, and fails at whatever it asks for, and at whatever its own policy has to forbid. */
  const open = async (text: string, work: (page: Page) => Promise<void>, { width = 1280, ...look }: Look = {}): Promise<void> => {
    const context = await browser.newContext({ ...look, viewport: { width, height: 900 } });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(FAR);
      const file = join(directory, 'page.html');
      writeFileSync(file, text);
      const asked: string[] = [];
      const said: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      await page.goto(pathToFileURL(file).href);
      await work(page);
      expect({ asked, said }).toEqual({ asked: [pathToFileURL(file).href], said: [] });
    } finally {
      await context.close();
    }
  };
  const violations = async (page: Page, rules: object = {}): Promise<readonly string[]> => {
    if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe.source);
    const found = (await page.evaluate(`axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...rules })})`)) as axe.AxeResults;
    return found.violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ target, failureSummary }) => `${id} ${target.join(' ')} ${failureSummary ?? ''}`));
  };
  /** All that depends on the colours. */
  const COLOURS = { runOnly: ['color-contrast', 'link-in-text-block'] };
  /** A thousand cells of two kinds: their colours are those of every other matrix, and take long to read off. */
  const BUT_COLOURS = { rules: { 'color-contrast': { enabled: false } } };

  /** What docs/reports.md says of a page: below so many kilobytes. */
  const statedSize = (name: Recording): number => {
    if (!(name in PICTURED)) return 1_000_000;
    const [, stated] = new RegExp(`^\\| ${PICTURED[name as keyof typeof PICTURED]} \\|.*\\| below (\\d+) kB \\|`, 'm').exec(readFileSync('docs/reports.md', 'utf8')) ?? [];
    expect(Number(stated)).toBeLessThan(1000);
    return Number(stated) * 1000;
  };
  /** The picture that docs/reports.md shows; `AUTHCTL_WRITE_PAGES=1` takes it anew. As WebP, which no other program is needed for. */
  const picture = async (page: Page, name: string): Promise<void> => {
    const path = join('docs/images', `${name}.webp`);
    if (process.env.AUTHCTL_WRITE_PAGES === '1') {
      const session = await page.context().newCDPSession(page);
      const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 72 });
      mkdirSync('docs/images', { recursive: true });
      writeFileSync(path, Buffer.from(data, 'base64'));
    }
    expect(statSync(path).size).toBeLessThan(150_000);
    expect(readFileSync('docs/reports.md', 'utf8')).toContain(`(images/${name}.webp)`);
  };

  it.each(recordings)('of %s is small, and accessible to everybody in light and in dark', async (name: Recording) => {
    const text = renderHtml(recorded(name));
    expect(Buffer.byteLength(text)).toBeLessThan(statedSize(name));
    await open(text, async (page) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(statSync(await screenshot(page, `report-${name}-${colorScheme}`)).size).toBeLessThan(200_000);
        if (name in PICTURED) await picture(page, `report-${name}-${colorScheme}`);
        if (name === 'sixty-clients') expect(colorScheme === 'light' ? await violations(page, BUT_COLOURS) : []).toEqual([]);
        else expect(await violations(page, colorScheme === 'light' ? {} : COLOURS)).toEqual([]);
      }
    });
  });

  it.each(['plan', 'apply', 'verify', 'waived', 'matrix'] as const)('of the report %s is accessible with all its folds open', async (name) => {
    await open(renderHtml(reports[name]!), async (page) => {
      await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
      expect(await violations(page)).toEqual([]);
    });
  });

  it('is reached by keyboard alone: every link, field, button and fold, in the order of the page, each seen to have the focus', async () => {
    await open(renderHtml(reports['verify']!), async (page) => {
      const wanted = await page.locator('a, input:not([type=hidden]), select, button, summary, [tabindex="0"]').count();
      const reached: { readonly tag: string; readonly seen: boolean; readonly at: number }[] = [];
      for (let at = 0; at < wanted; at += 1) {
        await page.keyboard.press('Tab');
        reached.push(
          (await page.evaluate(`(() => {
            const all = [...document.querySelectorAll('a, input:not([type=hidden]), select, button, summary, [tabindex="0"]')];
            const one = document.activeElement;
            const { outlineStyle, outlineWidth } = getComputedStyle(one);
            return { tag: one.tagName, seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2, at: all.indexOf(one) };
          })()`)) as (typeof reached)[number],
        );
      }
      expect(reached.map(({ at }) => at)).toEqual(reached.map((_, at) => at));
      expect(reached.filter(({ seen }) => !seen)).toEqual([]);
    });
  });

  it('begins with a way past the navigation, and its folds open by Enter', async () => {
    await open(renderHtml(reports['verify']!), async (page) => {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(new URL(page.url()).hash).toBe('#main');
      await page.locator('.matrix summary').first().focus();
      await page.keyboard.press('Enter');
      expect(await page.locator('.matrix details').first().getAttribute('open')).toBe('');
    });
  });

  it('searches and filters by group, severity, status and service, says how many fit, and shows all again', async () => {
    const report = recorded('sso-broken');
    const verdicts = report.verdicts ?? [];
    await open(renderHtml(report), async (page) => {
      const shown = async (): Promise<number> => page.locator('.claims li:not([hidden])').evaluateAll((items) => items.filter((item) => item.closest('details')?.hidden === false).length);
      const told = page.locator('.filter output');
      expect(await shown()).toBe(verdicts.length);
      await page.getByLabel('Status').selectOption('failed');
      const failed = verdicts.filter(({ status }) => status === 'failed');
      expect(await shown()).toBe(failed.length);
      expect(await told.textContent()).toBe(`${new Set(failed.map(({ id }) => id)).size} checks, ${failed.length} verdicts`);
      await page.getByLabel('Group').selectOption('SIG');
      expect(await shown()).toBe(failed.filter(({ group }) => group === 'SIG').length);
      await page.getByLabel('Severity').selectOption('critical');
      expect(await shown()).toBe(failed.filter(({ group, severity }) => group === 'SIG' && severity === 'critical').length);
      await page.getByRole('button', { name: 'Show all' }).click();
      await expect.poll(shown).toBe(verdicts.length);
      await page.getByLabel('Service').selectOption('invoices');
      const invoices = await shown();
      expect(invoices).toBeGreaterThan(0);
      expect(invoices).toBe(verdicts.filter(({ subject }) => /^(kong|aws) invoices\.|^service invoices/.test(subject)).length);
      await page.getByRole('button', { name: 'Show all' }).click();
      await page.getByLabel('Search').fill('SIG-03 AWS orders.list');
      expect(await shown()).toBe(verdicts.filter(({ id, subject }) => id === 'SIG-03' && subject.startsWith('aws orders.list')).length);
      expect(await page.locator('.claims > details[open]').count()).toBe(1);
      await page.getByLabel('Search').fill('there is no such claim');
      expect([await shown(), await told.textContent()]).toEqual([0, 'nothing fits']);
    });
  });

  it('says the same without scripts: nothing is hidden, and what filters is not shown', async () => {
    const report = recorded('sso-broken');
    await open(
      renderHtml(report),
      async (page) => {
        expect(await page.locator('.filter').isVisible()).toBe(false);
        expect(await page.locator('.claims > details').count()).toBe(new Set((report.verdicts ?? []).map(({ id }) => id)).size);
        await page.locator('.claims > details > summary').first().click();
        expect(await page.locator('.claims li').first().isVisible()).toBe(true);
      },
      { javaScriptEnabled: false },
    );
  });

  it('is printed in light, without what is for a screen alone', async () => {
    await open(
      renderHtml(recorded('sso-broken')),
      async (page) => {
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        expect(await page.locator('.filter').isVisible()).toBe(false);
        expect(await page.locator('.top nav').isVisible()).toBe(false);
        expect(await page.locator('.verdict').isVisible()).toBe(true);
        const paper = (await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string;
        expect(paper).toBe('rgb(255, 255, 255)');
        const pdf = await page.pdf({ format: 'A4', printBackground: true });
        expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      },
      { colorScheme: 'dark' },
    );
  });

  it('fits a telephone: the page itself never scrolls sideways', async () => {
    for (const name of recordings)
      await open(
        renderHtml(recorded(name)),
        async (page) => {
          expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
        },
        { width: 390 },
      );
  });

  it.each(['light', 'dark'] as const)('has a picture that stands alone, in %s', async (colorScheme) => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1140, height: 620 } });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(FAR);
      const file = join(directory, 'picture.svg');
      writeFileSync(file, renderSvg(recorded('sso-broken')));
      await page.goto(pathToFileURL(file).href);
      expect(await page.evaluate('document.documentElement.tagName')).toBe('svg');
      expect(await page.evaluate('document.querySelectorAll("g.gateway.wrong").length')).toBe(2);
      // Nothing is outside, and no box stands on another of its column.
      const boxes = (await page.evaluate(`[...document.querySelectorAll('g:not(.clients):not(.service) > rect.box')].map((one) => ({ x: +one.getAttribute('x'), y: +one.getAttribute('y'), w: +one.getAttribute('width'), h: +one.getAttribute('height') }))`)) as readonly { x: number; y: number; w: number; h: number }[];
      for (const [at, a] of boxes.entries())
        for (const b of boxes.slice(at + 1)) expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y).toBe(true);
      await screenshot(page, `topology-${colorScheme}`);
    } finally {
      await context.close();
    }
  });
});
