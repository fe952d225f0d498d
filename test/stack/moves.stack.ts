import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authctl, stackEnv } from './authctl.ts';
import { apiEndpointOf } from './held.ts';

const SHOP = 'blueprints/sso.yaml';
const directory = mkdtempSync(join(tmpdir(), 'authctl-moves-'));
const file = join(directory, 'shop.yaml');
const text = readFileSync(SHOP, 'utf8').replace('../policies/shop', resolve('policies/shop'));
const edited = (...edits: readonly (readonly [from: string | RegExp, to: string])[]): string =>
  edits.reduce((all, [from, to]) => {
    expect(all).toMatch(from);
    return all.replaceAll(from, to);
  }, text);

/** A service and a route are called otherwise, and another route is with another service: who may do what, and where, is as it was. */
const moved = edited(
  [/^ {6}health: \{ match: GET \/orders\/health, public: true \}\n/gm, ''],
  [/^( {6}health: \{ match: GET \/invoices\/health, public: true \})$/gm, '$1\n      healthy: { match: GET /orders/health, public: true }'],
  ['anonymous: { orders: [health], invoices: [health] }', 'anonymous: { invoices: [health, healthy] }'],
  [/^ {2}orders:$/gm, '  purchases:\n    renamedFrom: orders'],
  [/^( +)list: \{ (match: GET \/orders)/gm, '$1index: { renamedFrom: list, $2'],
  [/\{ orders: \[list/g, '{ purchases: [index'],
);

/** Requests without a pause, each sort one after the other over connections that are kept, until `work` is done: what was answered, and how often. */
const polled = async (work: () => Promise<void>): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> => {
  const { KEYCLOAK_URL, KONG_PROXY_URL = '', REPORTS_SECRET = '', AWS_REGION = 'ap-northeast-1', AWS_ENDPOINT = '' } = stackEnv();
  const login = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'reports', client_secret: REPORTS_SECRET });
  const { access_token: token } = (await (await fetch(`${KEYCLOAK_URL}/realms/shop/protocol/openid-connect/token`, { method: 'POST', body: login })).json()) as { access_token: string };
  const aws = (await apiEndpointOf({ AWS_REGION, AWS_ENDPOINT }, 'shop')) ?? '';
  const bearer = { authorization: `Bearer ${token}` };
  const sorts: readonly (readonly [name: string, url: string, headers: Readonly<Record<string, string>>])[] = [
    ['kong, who may', `${KONG_PROXY_URL}/orders`, bearer], ['kong, who may read one', `${KONG_PROXY_URL}/orders/7`, bearer], ['kong, a stranger', `${KONG_PROXY_URL}/orders`, {}], ['kong, anybody', `${KONG_PROXY_URL}/orders/health`, {}],
    ['aws, who may', `${aws}/orders`, bearer], ['aws, a stranger', `${aws}/orders`, {}], ['aws, anybody', `${aws}/orders/health`, {}],
  ];
  let running = true;
  const counts = sorts.map(async ([name, url, headers]) => {
    const answered: Record<string, number> = {};
    do {
      const status = await fetch(url, { headers, redirect: 'manual' }).then(async (answer) => { await answer.arrayBuffer(); return String(answer.status); }, (failure: unknown) => String(failure));
      answered[status] = (answered[status] ?? 0) + 1;
    } while (running);
    return [name, answered] as const;
  });
  try {
    await work();
  } finally {
    running = false;
  }
  return Object.fromEntries(await Promise.all(counts));
};

describe('what is called otherwise, or is elsewhere', () => {
  const apply = async (blueprint: string, ...flags: readonly string[]): Promise<void> => {
    writeFileSync(file, blueprint);
    const { exitCode, stdout, stderr } = await authctl('apply', file, '--yes', ...flags);
    expect([exitCode, stdout + stderr]).toEqual([0, expect.stringMatching(/ done, 0 failed/)]);
  };
  beforeAll(async () => {
    expect((await authctl('apply', SHOP, '--yes', '--prune')).exitCode).toBe(0);
  });
  // The other files find the stack as the example says.
  afterAll(async () => {
    expect((await authctl('apply', SHOP, '--yes', '--prune')).exitCode).toBe(0);
    rmSync(directory, { recursive: true, force: true });
  });

  it.each([['there', moved, []], ['and back, left out and pruned', text, ['--prune']]] as const)('is open all the time for those who may pass, and never for strangers: %s', async (_how, blueprint, flags) => {
    const answered = await polled(() => apply(blueprint, ...flags));
    for (const [name, statuses] of Object.entries(answered)) expect([name, Object.keys(statuses)]).toEqual([name, [name.endsWith('a stranger') ? '401' : '200']]);
    // Nothing of the former name is there any more, and nothing is left to do.
    const plan = await authctl('plan', file, '--prune', '--exit-code');
    expect([plan.exitCode, plan.stdout]).toEqual([0, expect.any(String)]);
    for (const statuses of Object.values(answered)) expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
  });
});
