import { describe, expect, it } from 'vitest';
import { inShop, secrets, withAws } from '../unit/blueprint/shop.ts';
import { cli } from './run.ts';

const explain = (...what: readonly string[]) =>
  inShop((file) => cli(['explain', file, ...what, '--no-stack'], secrets), { blueprint: withAws });

describe('explain', () => {
  it('gives the whole blueprint on one screen', async () => {
    const { exitCode, stdout } = await explain();
    expect(exitCode).toBe(0);
    for (const part of ['authentication sso', 'authorization centralised', 'orders.place', '1 opa.bundle', 'More: a route'])
      expect(stdout).toContain(part);
  });

  it('walks through a route at every gateway, and through all routes of a service', async () => {
    const { stdout } = await explain('orders.place');
    expect(stdout).toMatch(/At kong\n {2}1\. route\n[\s\S]+At aws\n {2}1\. request\n[\s\S]+ 8\. response\n/);
    expect((await explain('orders')).stdout.match(/^orders\.\w+: /gm)).toHaveLength(4);
  });

  it('tells of a check what it claims, on what, and what it sends, in either case', async () => {
    const { exitCode, stdout } = await explain('sig-04');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^SIG-04 {2}.+\n {2}severity critical\n {2}source RFC 7515/);
    expect(stdout).toMatch(/What is sent, by a rehearsal on kong orders\.list that contacted nothing\n {2}GET \/orders with /);
    expect((await explain('SIG')).stdout).toMatch(/^SIG: \d+ checks\n {2}SIG-01 /);
  });

  it('promises no request of a check that questions the live system', async () => {
    expect((await explain('AZ-15')).stdout).toContain('so what it sends depends on the answers');
  });

  it('shows an object, a persona and a client', async () => {
    expect((await explain('kong.route/shop.orders.place')).stdout).toContain('paths:\n  - ~/orders$');
    expect((await explain('sam')).stdout).toContain('asked for and not granted: orders:write');
    expect((await explain('reports')).stdout).toMatch(/^reports, a service client/);
  });

  it('shows no secret, whatever is asked', async () => {
    for (const what of ['keycloak.user/shop/alice', 'keycloak.client/shop/reports', 'orders', 'alice']) {
      const { stdout } = await explain(what, '--json');
      for (const secret of Object.values(secrets)) expect(stdout).not.toContain(secret);
    }
  });

  it.each([
    ['orders.plaec', 'did you mean "orders.place"?'],
    ['kong.route/shop.orders.plase', 'did you mean "kong.route/shop.orders.place"?'],
    ['SIG-44', 'SIG-'],
    ['anonymous', 'expected: a route'],
  ])('says what %s could have been', async (what, hint) => {
    const { exitCode, stderr } = await explain(what);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('EXPLAIN_UNKNOWN')]);
    expect(stderr).toContain(hint);
  });

  it('takes a first argument that is no file for the question', async () => {
    expect(await cli(['explain', 'SIG-04', '--no-stack'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/blueprint\.yaml.*is not there/s) as string,
    });
  });
});
