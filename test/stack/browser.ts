import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { FAR } from '../eventually.ts';

/** Debian's Chromium, or what CHROMIUM names; nothing is ever downloaded. */
export const chromiumPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .find((path) => path !== undefined && path !== '' && existsSync(path));

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    timeout: FAR,
    // Chromium's own sandbox does not run as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });

const SCREENSHOTS = fileURLToPath(new URL('../../test-output/screenshots', import.meta.url));

/** Keeps what the page looks like as `test-output/screenshots/<name>.png`, and says where that is. */
export const screenshot = async (page: Page, name: string): Promise<string> => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const path = join(SCREENSHOTS, `${name}.png`);
  await page.screenshot({ path });
  return path;
};

/** Fills in Keycloak's own login page, whose ids are named here and nowhere else. */
export const logInAtKeycloak = async (page: Page, username: string, password: string): Promise<void> => {
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  await page.locator('#kc-login').click();
};

export const loginForm = (page: Page) => page.locator('#kc-form-login');
