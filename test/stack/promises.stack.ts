import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { authctl, authctlWith, byHand, stackEnv } from './authctl.ts';

const SHOP = 'blueprints/sso.yaml';

/** Keycloak gives its lists in any order. */
const inOneOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOneOrder).map((item) => JSON.stringify(item)).toSorted();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, inOneOrder(item)]));
};

/** What the servers themselves say of their state, with the times of the last writes. */
const serverState = async (): Promise<string> => {
  const env = stackEnv();
  const get = async (url: string, headers: Record<string, string> = {}): Promise<string> =>
    JSON.stringify(inOneOrder(await (await fetch(url, { headers })).json()));
  const kong = await Promise.all(['services', 'routes', 'plugins', 'consumers', 'jwts'].map((list) => get(`${env.KONG_ADMIN_URL}/${list}?size=1000`)));
  const login = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: env.KEYCLOAK_CLIENT_SECRET ?? '' });
  const answer = await fetch(`${env.KEYCLOAK_URL}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: login });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const realm = `${env.KEYCLOAK_URL}/admin/realms/shop`;
  const keycloak = await Promise.all(['', '/clients', '/client-scopes', '/roles', '/users', '/components'].map((path) => get(`${realm}${path}`, { authorization: `Bearer ${token}` })));
  const bundle = join((env.BUNDLE_STORE ?? '').replace(/^file:/, ''), 'shop.tar.gz');
  return createHash('sha256').update(JSON.stringify([kong, keycloak, statSync(bundle).mtimeMs])).digest('hex');
};

describe('the promises of the tool', () => {
  beforeAll(async () => {
    expect((await authctl('apply', SHOP, '--yes')).exitCode).toBe(0);
  });

  it('has nothing to do the second time, and writes nothing anywhere', async () => {
    const before = await serverState();
    const second = await authctl('apply', SHOP, '--yes', '--json');
    expect(second.exitCode).toBe(0);
    const { applied, requests } = JSON.parse(second.stdout) as { applied: unknown[]; requests: Record<string, { reads: number; writes: number }> };
    expect(applied).toEqual([]);
    expect(Object.values(requests).map(({ writes }) => writes)).toEqual([0, 0, 0, 0]);
    expect(await serverState()).toBe(before);
    expect(await authctl('apply', SHOP, '--yes')).toMatchObject({ exitCode: 0, stdout: 'no changes\n' });
  });

  it('reads each target in a handful of requests, who holds a role included', async () => {
    const { stdout } = await authctl('plan', SHOP, '--json');
    const { requests } = JSON.parse(stdout) as { requests: Record<string, { reads: number }> };
    // Keycloak's lists, what rules the realm from outside it, the keys of both realms, and one for each persona's credentials.
    for (const { reads } of Object.values(requests)) expect(reads).toBeLessThanOrEqual(33);
  });

  it('plan --exit-code is 0 without changes, 2 after a live edit, 3 with a target out of reach', async () => {
    expect((await authctl('plan', SHOP, '--exit-code')).exitCode).toBe(0);
    await byHand().patchPlugins(({ instance_name }: { instance_name: string }) => instance_name === 'shop.orders.guard', { leeway: 60 });
    expect((await authctl('plan', SHOP, '--exit-code')).exitCode).toBe(2);
    expect((await authctl('drift', SHOP)).exitCode).toBe(2);
    expect((await authctl('apply', SHOP, '--yes')).exitCode).toBe(0);
    expect((await authctl('plan', SHOP, '--exit-code')).exitCode).toBe(0);
    for (const name of ['KEYCLOAK_URL', 'KONG_ADMIN_URL', 'OPA_URL', 'AWS_ENDPOINT']) {
      const away = await authctlWith({ [name]: 'http://127.0.0.1:9' }, 'plan', SHOP, '--exit-code');
      expect([name, away.exitCode]).toEqual([name, 3]);
    }
  });

  it('says which cells of the matrix a live edit had opened, and that apply closes them', async () => {
    await byHand().removePlugins(({ instance_name }: { instance_name: string }) => instance_name === 'shop.orders.cancel.opa');
    const { access } = JSON.parse((await authctl('plan', SHOP, '--json')).stdout) as { access: { changes: { change: string; who: string; route: string }[] } };
    expect(access.changes.map(({ change, route, who }) => `${change} ${route} for ${who}`)).toEqual(['closes orders.cancel for alice']);
    expect((await authctl('apply', SHOP, '--yes')).exitCode).toBe(0);
  });

  it('shows an orphan, leaves it without --prune and takes it away with it', async () => {
    const { KONG_ADMIN_URL } = stackEnv();
    const made = await fetch(`${KONG_ADMIN_URL}/services`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'shop.left-over', host: '127.0.0.1', tags: ['authctl:shop'] }),
    });
    expect(made.status).toBe(201);
    expect((await authctl('plan', SHOP)).stdout).toContain('? orphan kong.service/shop.left-over');
    await authctl('apply', SHOP, '--yes');
    expect((await fetch(`${KONG_ADMIN_URL}/services/shop.left-over`)).status).toBe(200);
    expect((await authctl('apply', SHOP, '--yes', '--prune')).exitCode).toBe(0);
    expect((await fetch(`${KONG_ADMIN_URL}/services/shop.left-over`)).status).toBe(404);
  });

  it('shows no secret and no token, in any output, format or log', async () => {
    const texts: string[] = [];
    for (const args of [
      ['plan', SHOP],
      ['plan', SHOP, '--json'],
      ['apply', SHOP, '--yes', '--json'],
      ['stack', 'status', '--json'],
      ['drift', SHOP, '--format', 'sarif'],
      ...['text', 'json', 'junit', 'html', 'markdown'].map((format) => ['verify', SHOP, '--only', 'POS,STR,IDP', '--format', format]),
    ]) {
      const { stdout, stderr } = await authctl(...args);
      texts.push(stdout, stderr);
    }
    const logs = join(process.env.AUTHCTL_STACK_DIR ?? '', 'logs');
    for (const name of readdirSync(logs)) texts.push(readFileSync(join(logs, name), 'utf8'));
    const secrets = Object.entries(stackEnv()).filter(([name]) => /SECRET|PASSWORD|TOKEN/.test(name));
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    for (const [name, value] of secrets) for (const text of texts) expect([name, text.includes(value)]).toEqual([name, false]);
    for (const text of texts) expect(text).not.toMatch(/eyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}/);
  });
});
