import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report.ts';
import { authctl, stackEnv } from './authctl.ts';

const SHOP = 'blueprints/sso.yaml';
const directory = mkdtempSync(join(tmpdir(), 'authctl-operations-'));
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

/** The same blueprint a version later: a role is described otherwise, and a route of Kong and AWS has another path. */
const LATER = join(directory, 'later.yaml');
writeFileSync(
  LATER,
  readFileSync(SHOP, 'utf8')
    .replace('../policies/shop', resolve('policies/shop'))
    .replace('Helps customers', 'Helps people')
    .replace('match: GET /orders/health', 'match: GET /orders/healthy'),
);

const keycloak = async (method: string, path: string): Promise<unknown> => {
  const env = stackEnv();
  const login = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: env.KEYCLOAK_CLIENT_SECRET ?? '' });
  const { access_token: token } = (await (await fetch(`${env.KEYCLOAK_URL}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: login })).json()) as { access_token: string };
  const answer = await fetch(`${env.KEYCLOAK_URL}/admin/realms${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  return method === 'GET' ? answer.json() : answer.status;
};

/** Everything of ours on all four targets goes, the realm included. */
const empty = async (): Promise<void> => {
  expect((await authctl('destroy', SHOP, '--yes')).exitCode).toBe(0);
  // The first who comes to a stack finds no realm.
  expect([204, 404]).toContain(await keycloak('DELETE', '/shop'));
};

/** Names of what there may be one of, on the servers themselves: a second one is a doubled one. */
const named = async (): Promise<readonly string[]> => {
  const env = stackEnv();
  const { data } = (await (await fetch(`${env.KONG_ADMIN_URL}/consumers?size=1000`)).json()) as { data: { username: string }[] };
  const region = env.AWS_REGION ?? 'ap-northeast-1';
  const aws = new ApiGatewayV2Client({ region, ...(env.AWS_ENDPOINT !== undefined && { endpoint: env.AWS_ENDPOINT }), credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const { Items: apis = [] } = await aws.send(new GetApisCommand({ MaxResults: '500' }));
  const clients = (await keycloak('GET', '/master/clients')) as { clientId: string }[];
  return [...apis.map(({ Name }) => `api ${Name}`), ...data.map(({ username }) => username), ...clients.map(({ clientId }) => clientId)].filter((name) => name === 'api shop' || name === 'authctl-lock.shop');
};

const reportOf = (stdout: string): Report => JSON.parse(stdout) as Report;
const applied = ({ applied: results = [] }: Report) => results.filter(({ action }) => action !== 'settle').length;

const ROUNDS = Number(process.env.AUTHCTL_TOGETHER ?? 4);

describe('two applies that begin together', () => {
  beforeAll(empty);

  it.each(Array.from({ length: ROUNDS }, (_, index) => [index + 1, index % 2 === 0 ? 'from empty' : 'from part', index % 4 < 2 ? 'of one version' : 'of two versions'] as const))(
    'end as one after the other (%s: %s, %s)',
    async (round, from, versions) => {
      if (from === 'from empty' && round > 1) await empty();
      if (from === 'from part') {
        const { data } = (await (await fetch(`${stackEnv().KONG_ADMIN_URL}/routes?size=1000`)).json()) as { data: { id: string; name: string }[] };
        for (const { id, name } of data) if (name.startsWith('shop.')) await fetch(`${stackEnv().KONG_ADMIN_URL}/routes/${id}`, { method: 'DELETE' });
      }
      const files = [SHOP, versions === 'of one version' ? SHOP : LATER];
      const both = await Promise.all(files.map((file) => authctl('apply', file, '--yes', '--json', '--prune', '--lock-timeout', '10m')));
      const reports = both.map(({ stdout }) => reportOf(stdout));
      expect(reports.map(({ problems }) => problems)).toEqual([[], []]);
      expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      const writes = reports.map(applied).toSorted((a, b) => a - b);
      if (versions === 'of one version') expect([writes[0], (writes[1] ?? 0) > 0]).toEqual([0, true]);
      // Whichever came last is what is there.
      const left = await Promise.all(files.map((file) => authctl('plan', file, '--exit-code')));
      expect(left.map(({ exitCode }) => exitCode)).toContain(0);
      expect((await named()).toSorted()).toEqual(['api shop']);
    },
  );
});

describe('a plan that was saved', () => {
  beforeAll(async () => {
    expect((await authctl('apply', SHOP, '--yes', '--prune')).exitCode).toBe(0);
  });

  it('is carried out as it stands over all targets, and is refused when something has moved, by address and field', async () => {
    const file = join(directory, 'later.plan');
    expect((await authctl('plan', LATER, '--prune', '--out', file)).exitCode).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect(Object.entries(stackEnv()).filter(([name, value]) => /SECRET|PASSWORD/.test(name) && text.includes(value))).toEqual([]);
    const { data } = (await (await fetch(`${stackEnv().KONG_ADMIN_URL}/services?size=1000`)).json()) as { data: { id: string; name: string; retries: number }[] };
    const service = data.find(({ name }) => name === 'shop.orders');
    const retries = async (count: number | undefined): Promise<void> => {
      const body = JSON.stringify({ retries: count });
      expect((await fetch(`${stackEnv().KONG_ADMIN_URL}/services/${service?.id}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body })).status).toBe(200);
    };
    await retries(1);
    const refused = await authctl('apply', file, '--yes', '--json');
    expect([refused.exitCode, reportOf(refused.stdout).problems]).toMatchObject([1, [{ code: 'SAVED_PLAN_MOVED', message: expect.stringMatching(/kong\.service\/shop\.orders differs in retries/) as string }]]);
    await retries(service?.retries);
    expect(await authctl('apply', file, '--yes')).toMatchObject({ exitCode: 0 });
    expect((await authctl('plan', LATER, '--exit-code')).exitCode).toBe(0);
    expect((await authctl('apply', SHOP, '--yes', '--prune')).exitCode).toBe(0);
  });
});

describe('the way back', () => {
  const file = join(directory, 'rolling.yaml');
  const text = readFileSync(SHOP, 'utf8').replace('../policies/shop', resolve('policies/shop'));
  const lifespan = async (): Promise<unknown> => ((await keycloak('GET', '/shop')) as { accessTokenLifespan: unknown }).accessTokenLifespan;
  const health = async (path: string): Promise<number> => (await fetch(`${stackEnv().KONG_PROXY_URL}${path}`)).status;
  const succeed = async (...args: readonly string[]): Promise<Report> => {
    const { exitCode, stdout, stderr } = await authctl(...args, '--json');
    expect([args, exitCode, stderr]).toEqual([args, 0, expect.any(String)]);
    return reportOf(stdout);
  };

  it('brings all targets back to what was in force, and what has moved by hand alone', async () => {
    // Only a run that writes is one to come back to, and the stack may be as the file says already.
    writeFileSync(file, text.replace('accessTokenLifespan: 5m', 'accessTokenLifespan: 6m'));
    await succeed('apply', file, '--yes', '--prune');
    writeFileSync(file, text);
    await succeed('apply', file, '--yes', '--prune');
    expect([await lifespan(), await health('/orders/health')]).toEqual([300, 200]);
    writeFileSync(file, text.replace('accessTokenLifespan: 5m', 'accessTokenLifespan: 4m').replace('match: GET /orders/health', 'match: GET /orders/healthy'));
    await succeed('apply', file, '--yes', '--prune');
    expect([await lifespan(), await health('/orders/health'), await health('/orders/healthy')]).toEqual([240, 401, 200]);

    // A path that anybody may ask for opens again: somebody has to say that he has seen it.
    const refused = await authctl('rollback', file, '--yes', '--json');
    expect([refused.exitCode, reportOf(refused.stdout).problems.map(({ code }) => code), await lifespan()]).toEqual([1, ['ROLLBACK_OPENS'], 240]);
    await succeed('rollback', file, '--yes', '--allow-opening');
    expect([await lifespan(), await health('/orders/health'), await health('/orders/healthy')]).toEqual([300, 200, 401]);
    writeFileSync(file, text);
    expect((await authctl('plan', file, '--exit-code')).exitCode).toBe(0);

    // Somebody leads a service elsewhere, and the file asks for more meanwhile.
    const { port } = (await (await fetch(`${stackEnv().KONG_ADMIN_URL}/services/shop.orders`)).json()) as { port: number };
    await fetch(`${stackEnv().KONG_ADMIN_URL}/services/shop.orders`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ port: 9 }) });
    writeFileSync(file, text.replace('accessTokenLifespan: 5m', 'accessTokenLifespan: 3m'));
    const fixed = await succeed('drift', file, '--fix', '--yes');
    expect((fixed.applied ?? []).filter(({ action }) => action !== 'settle').map(({ action, address }) => `${action} ${address}`)).toEqual(['update kong.service/shop.orders']);
    expect([((await (await fetch(`${stackEnv().KONG_ADMIN_URL}/services/shop.orders`)).json()) as { port: number }).port, await lifespan()]).toEqual([port, 300]);
  });
  // The other files find the stack as the example says, whatever became of this one.
  afterAll(async () => {
    expect((await authctl('apply', SHOP, '--yes', '--prune')).exitCode).toBe(0);
  });
});
