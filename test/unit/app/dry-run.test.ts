import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthctl, exitCodeOf } from 'authctl';
import type { DryRun } from 'authctl';
import { expect, it, onTestFinished } from 'vitest';

/** A server for everything the blueprint names, that counts who comes. */
const counting = async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.end('{}');
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked: () => asked, env: Object.fromEntries(['KEYCLOAK_URL', 'KONG_ADMIN_URL', 'KONG_PROXY_URL', 'OPA_URL', 'AWS_ENDPOINT'].map((name) => [name, url])) };
};
const dry = async (env: Readonly<Record<string, string>>, only: readonly string[], disruptive = false) => {
  const report = await createAuthctl({ env, localStack: false }).verify('blueprints/sso.yaml', { dryRun: true, only, disruptive });
  // With `dryRun` it is that.
  return { report, found: report.data as DryRun };
};

it('says what would be sent, by which check, to where, how often, and sends nothing', async () => {
  const { url, env, asked } = await counting();
  const { report, found } = await dry(env, []);
  expect([exitCodeOf(report), asked(), report.verdicts]).toEqual([0, 0, undefined]);
  expect(found.checks.find(({ check }) => check === 'SIG-01')?.requests[0]).toEqual({ subject: 'kong orders.list', method: 'GET', address: `${url}/orders`, times: 5 });
  expect(found.checks.find(({ check }) => check === 'SIG-01')?.requests.some(({ address }) => address === '(the endpoint of the API)/orders')).toBe(true);
  expect(found.requests).toBe(found.checks.flatMap(({ requests }) => requests).reduce((sum, { times }) => sum + times, 0));
  expect(report.text).toContain(`SIG-01  an unsigned token (alg none) is refused\n    5 x GET ${url}/orders  kong orders.list\n`);
  expect(report.text).toMatch(/\d+ requests of checks, and beside them .*\nnothing was sent$/);
});

it('counts no write that would not be sent, and names what would be skipped for want of leave', async () => {
  const { env } = await counting();
  const { found } = await dry(env, ['SIG']);
  const skipped = found.checks.filter((one) => one.skipped === 'issuer-key').map(({ check }) => check);
  expect(skipped.length).toBeGreaterThan(0);
  const allowed = (await dry(env, skipped, true)).found;
  expect(allowed.checks.filter((one) => one.skipped !== undefined)).toEqual([]);
  expect(allowed.requests).toBeGreaterThan(0);
});
