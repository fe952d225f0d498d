import axe from 'axe-core';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAR } from '../../eventually.ts';
import { chromiumPath, launchBrowser, screenshot } from '../../stack/browser.ts';

/** The path it is served under: a link that forgets it leads nowhere. */
const BASE = '/handbook/';

describe.skipIf(Boolean(process.env.AUTHCTL_NO_INSTALL))('the site of the pages (installs its generator; AUTHCTL_NO_INSTALL=1 leaves it out)', () => {
  const out = mkdtempSync(join(tmpdir(), 'authctl-site-'));
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['scripts/docs.js'], { env: { ...process.env, DOCS_OUT: out, DOCS_BASE: BASE, NODE_ENV: 'production' }, maxBuffer: 16 * 1024 * 1024 });
  }, 600_000);
  afterAll(() => { rmSync(out, { recursive: true, force: true }); });

  const files = (ending: string): readonly string[] => readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(ending));
  const pages = (): readonly string[] => files('.html').filter((path) => !path.startsWith('files/') && path !== '404.html');
  const read = (path: string): string => readFileSync(join(out, path), 'utf8');
  const linksOf = (html: string): readonly string[] => [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, to = '']) => to.replaceAll('&amp;', '&'));
  /** As a server of files answers it, with `.html` where nobody wrote one. */
  const fileOf = (path: string): string | undefined => {
    const at = join(out, normalize(decodeURIComponent(path)));
    return [at, `${at}.html`, join(at, 'index.html')].find((file) => existsSync(file) && statSync(file).isFile());
  };

  it('has a page of every file of docs/, and each stands in the sidebar', () => {
    const sources = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md')).map((path) => path.replace(/\.md$/, '.html'));
    expect(pages()).toEqual(expect.arrayContaining(sources));
    const sidebar = /<aside class="VPSidebar"[^]*?<\/aside>/.exec(read('index.html'))?.[0] ?? '';
    const reached = new Set(linksOf(sidebar).map((to) => fileOf(to.slice(BASE.length))));
    expect(pages().filter((page) => !reached.has(join(out, page)))).toEqual([]);
  });

  it('has no link that leads nowhere, to a page, a file, or a heading', () => {
    const ids = new Map<string, ReadonlySet<string>>();
    const idsOf = (file: string): ReadonlySet<string> => {
      const known = ids.get(file) ?? new Set([...readFileSync(file, 'utf8').matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => id));
      ids.set(file, known);
      return known;
    };
    const inside = pages().flatMap((page) => linksOf(read(page)).filter((to) => !/^[a-z]+:/.test(to)).map((to) => ({ page, to })));
    expect(inside.length).toBeGreaterThan(3000);
    const dead = inside.filter(({ page, to }) => {
      const [path = '', anchor] = to.split('#');
      if (path !== '' && !path.startsWith(BASE)) return true;
      const file = path === '' ? join(out, page) : fileOf(path.slice(BASE.length));
      return file === undefined || (anchor !== undefined && anchor !== '' && !idsOf(file).has(decodeURIComponent(anchor)));
    });
    expect([...new Set(dead.map(({ page, to }) => `${page}: ${to}`))]).toEqual([]);
  });

  it('loads nothing from elsewhere: no script, style, font or picture', () => {
    for (const page of files('.html')) {
      const loaded = [...read(page).matchAll(/<(?:script|img|iframe|source|object|embed)\b[^>]*?\s(?:src|data)="([^"]*)"|<link\b[^>]*?\shref="([^"]*)"/g)].map(([, src, href]) => src ?? href ?? '');
      expect(loaded.filter((to) => /^([a-z]+:)?\/\//.test(to)), page).toEqual([]);
    }
    for (const sheet of files('.css')) expect(read(sheet), sheet).not.toMatch(/@import|url\(\s*["']?([a-z]+:)?\/\//);
  });

  it('has drawings in the place of their sources, and no page with Vue\'s braces of its own', () => {
    expect(read('patterns/sso.html').match(/<svg role="img" aria-label="participant B as browser/g)).toHaveLength(1);
    expect(pages().filter((page) => read(page).includes('sequenceDiagram'))).toEqual([]);
    expect(read('ci.html')).toContain('secrets.KEYCLOAK_CLIENT_SECRET }}');
  });

  describe.skipIf(chromiumPath === undefined)('in a real browser (needs chromium)', () => {
    let server: Server;
    beforeAll(async () => {
      const types: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png' };
      server = createServer(({ url = '' }, response) => {
        const path = url.split('?')[0] ?? '';
        const file = path.startsWith(BASE) ? fileOf(path.slice(BASE.length)) : undefined;
        if (file === undefined) return response.writeHead(404).end();
        return response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' }).end(readFileSync(file));
      });
      await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    });
    afterAll(() => {
      server.close();
      server.closeAllConnections();
    });

    const look = async (colorScheme: 'light' | 'dark', work: (page: Page, origin: string) => Promise<void>): Promise<void> => {
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const browser = await launchBrowser();
      try {
        const page = await browser.newPage({ colorScheme, viewport: { width: 1440, height: 900 } });
        page.setDefaultTimeout(FAR);
        const elsewhere: string[] = [];
        page.on('request', (request) => { if (!request.url().startsWith(`${origin}${BASE}`) && !request.url().startsWith('data:') && !request.url().endsWith('/favicon.ico')) elsewhere.push(request.url()); });
        await work(page, origin + BASE);
        expect(elsewhere).toEqual([]);
      } finally {
        await browser.close();
      }
    };

    it('is searched, and what is found is opened', async () => {
      await look('light', async (page, address) => {
        await page.goto(address);
        await screenshot(page, 'docs-light');
        await page.getByRole('button', { name: 'Search' }).first().click();
        await page.locator('#localsearch-input').fill('KEYCLOAK_UNAUTHORIZED');
        await page.locator('#localsearch-list a').first().click();
        await expect.poll(() => new URL(page.url()).pathname).toMatch(/errors(\.html)?$/);
      });
    });

    it.each(['light', 'dark'] as const)('is accessible in %s, as the system has it', async (colorScheme) => {
      await look(colorScheme, async (page, address) => {
        await page.goto(`${address}patterns/session.html`);
        await page.locator('.drawing svg').waitFor();
        await screenshot(page, `docs-drawing-${colorScheme}`);
        expect(await page.evaluate('document.documentElement.classList.contains("dark")')).toBe(colorScheme === 'dark');
        await page.evaluate(axe.source);
        const { violations } = (await page.evaluate('axe.run(document.querySelector("main"), { resultTypes: ["violations"] })')) as axe.AxeResults;
        expect(violations.flatMap(({ id, nodes }) => nodes.slice(0, 2).map(({ target, failureSummary }) => `${id} ${target.join(' ')} ${failureSummary ?? ''}`))).toEqual([]);
      });
    });
  });
});
