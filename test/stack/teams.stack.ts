import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../infra/stand-ins/src/kong/index.ts';
import type { Verdict } from '../../src/core/report.ts';
import { startUpstream } from '../../src/stack/servers/upstream.ts';
import { authctlWith, stackEnv } from './authctl.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';

/** Whose realm it is and two teams, each with a blueprint of its own: one realm, one Kong. Beside them somebody with another realm. */
const directory = mkdtempSync(join(tmpdir(), 'authctl-teams-'));
const [company, shop, desk, partner] = ['company', 'shop', 'desk', 'partner'].map((name) => join(directory, 'teams', `${name}.yaml`)) as [string, string, string, string];
const keycloak = keycloakByHand('company');
const closing: (() => unknown)[] = [];
let env: Record<string, string>;

interface Report {
  readonly problems: readonly { readonly code: string }[];
  readonly changes?: readonly { readonly action: string; readonly address: string; readonly severity?: string }[];
  readonly verdicts?: readonly Verdict[];
}
const run = async (...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await authctlWith(env, ...args, '--json');
  if (stdout === '') throw new Error(`authctl ${args.join(' ')} ended with ${exitCode} and said nothing:\n${stderr}`);
  const report = JSON.parse(stdout) as Report;
  return { exitCode, ...report, told: (report.changes ?? []).filter(({ action }) => action !== 'keep').map(({ action, address, severity }) => `${action === 'danger' ? (severity ?? '') : action} ${address}`) };
};
const applied = async (file: string, ...args: readonly string[]) => {
  const done = await run('apply', file, '--yes', ...args);
  expect(done).toMatchObject({ exitCode: 0, problems: [] });
  return done;
};
/** As it is stated, and nothing else is told. */
const quiet = async (...files: readonly string[]): Promise<void> => {
  for (const file of files) expect([file, await run('drift', file)]).toMatchObject([file, { exitCode: 0, problems: [], told: [] }]);
};
const kong = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
  const answer = await fetch(`${env.KONG_ADMIN_URL ?? ''}${path}`, { method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Body;
};
interface Row { readonly id: string; readonly key: string; readonly tags: readonly string[] | null }
const keys = async (): Promise<readonly Row[]> => (await kong<{ data: readonly Row[] }>('GET', '/consumers/company.issuer/jwt')).data;
const marks = (rows: readonly Row[]): readonly (readonly string[])[] => rows.map(({ tags }) => (tags ?? []).toSorted());
const edited = (file: string, from: string, to: string): void => {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
};

const gone = async (): Promise<void> => {
  for (const realm of ['company', 'partner']) await keycloak.ask('DELETE', `/${realm}`, undefined, { below: '', missing: true });
};

beforeAll(async () => {
  cpSync('test/stack/teams', join(directory, 'teams'), { recursive: true });
  const { KEYCLOAK_URL = '', KEYCLOAK_CLIENT_SECRET = '' } = stackEnv();
  await gone();
  const gateway = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  const [orders, tickets, parcels] = await Promise.all(['orders', 'tickets', 'parcels'].map((service) => startUpstream({ service, port: 0 })));
  closing.push(() => gateway.close(), () => orders?.close(), () => tickets?.close(), () => parcels?.close(), gone);
  env = {
    KEYCLOAK_URL, KEYCLOAK_CLIENT_SECRET, KONG_ADMIN_URL: gateway.admin.url, KONG_PROXY_URL: gateway.proxy.url, ORDERS_URL: orders?.url ?? '', TICKETS_URL: tickets?.url ?? '', PARCELS_URL: parcels?.url ?? '',
    REPORTS_SECRET: 'secret-of-the-reports-1', BATCH_SECRET: 'secret-of-the-batch-1', ALICE_PASSWORD: 'password-of-alice-1', DORA_PASSWORD: 'password-of-dora-1', AUTHCTL_STACK_DIR: join(directory, 'none'), AUTHCTL_STATE_DIR: join(directory, 'state'),
  };
});
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
  rmSync(directory, { recursive: true, force: true });
});

describe('two teams in one realm and on one gateway', () => {
  it('apply in turn, and neither tells or changes anything of the other', async () => {
    await applied(company);
    await applied(shop);
    const before = marks(await keys());
    const { told } = await run('plan', desk);
    expect(told).toContain('adopt kong.consumer/company.issuer');
    await applied(desk);
    expect([before, marks(await keys())]).toEqual([[['authctl:shop']], [['authctl:desk', 'authctl:shop']]]);
    await quiet(company, shop, desk);
  });

  it('stand in the inventory of each as whose they are', async () => {
    interface Item { readonly address: string; readonly whose: string; readonly owner?: string }
    const inventory = async (file: string): Promise<readonly Item[]> => {
      const { stdout } = await authctlWith(env, 'inventory', file, '--json');
      // What apply knows a gateway by is in no plan.
      return (JSON.parse(stdout) as { data: { objects: readonly Item[] } }).data.objects.filter(({ address }) => !address.endsWith('.authctl-marker'));
    };
    const kept = async (file: string): Promise<readonly string[]> => ((await run('plan', file)).changes ?? []).flatMap(({ action, address }) => (action === 'keep' ? [address] : [])).toSorted();
    await keycloak.ask('POST', '/clients', { clientId: 'of-nobody', publicClient: true, protocol: 'openid-connect' });
    await kong('POST', '/services', { name: 'of-nobody', url: 'http://127.0.0.1:9' });
    try {
      const teams = { company, shop, desk };
      const owns = Object.fromEntries(await Promise.all(Object.entries(teams).map(async ([name, file]) => [name, await kept(file)] as const)));
      for (const [name, file] of Object.entries(teams)) {
        const all = await inventory(file);
        expect([name, all.filter(({ whose }) => whose === 'ours').map(({ address }) => address).toSorted()]).toEqual([name, owns[name]]);
        // What several have is ours to each of them.
        const ours = new Set(owns[name]);
        const others = Object.entries(owns).flatMap(([other, addresses]) => (other === name ? [] : addresses.filter((address) => !ours.has(address)).map((address) => [address, other] as const)));
        const seen = new Map(all.filter(({ whose }) => whose === 'another').map(({ address, owner }) => [address, owner]));
        expect(others.filter(([address, other]) => all.some((one) => one.address === address) && seen.get(address) !== other)).toEqual([]);
        expect([...seen.keys()].filter((address) => !others.some(([one]) => one === address))).toEqual([]);
        expect([...seen.keys()].filter((address) => address.startsWith('keycloak.client/')).length).toBeGreaterThan(0);
        const nobodys = all.filter(({ address }) => address.endsWith('/of-nobody'));
        expect(nobodys.map(({ address, whose }) => [address, whose])).toEqual([['keycloak.client/company/of-nobody', 'nobody'], ...(file === company ? [] : [['kong.service/of-nobody', 'nobody']])]);
      }
    } finally {
      await keycloak.ask('DELETE', `/clients/${await client('of-nobody')}`);
      await kong('DELETE', '/services/of-nobody');
    }
  });

  it.each<[what: string, sabotage: () => Promise<unknown>, undo: () => Promise<unknown>, told: readonly RegExp[]]>([
    [
      'their client gets our scope',
      async () => keycloak.ask('PUT', `/clients/${await client('desk-app')}/optional-client-scopes/${await scope('orders:read')}`),
      async () => keycloak.ask('DELETE', `/clients/${await client('desk-app')}/optional-client-scopes/${await scope('orders:read')}`),
      [/^opens keycloak\.client\/company\/desk-app/],
    ],
    [
      'their unguarded service leads to ours',
      async () => {
        await kong('POST', '/services', { name: 'desk.side-door', url: env.ORDERS_URL, tags: ['authctl:desk'] });
        await kong('POST', '/services/desk.side-door/routes', { name: 'desk.side-door', paths: ['/side'], tags: ['authctl:desk'] });
      },
      async () => {
        await kong('DELETE', '/routes/desk.side-door');
        await kong('DELETE', '/services/desk.side-door');
      },
      [/^opens kong\.(route|service)\/desk\.side-door/],
    ],
    [
      'their key is put beside those of the realm',
      () => kong('POST', '/consumers/company.issuer/jwt', { key: 'theirs', algorithm: 'HS256', secret: 'x'.repeat(32), tags: ['authctl:desk'] }),
      async () => kong('DELETE', `/consumers/company.issuer/jwt/${(await keys()).find(({ key }) => key === 'theirs')?.id ?? ''}`),
      [/^opens kong\.jwt_secret\/company\.issuer\/theirs/],
    ],
  ])('tells one team when %s', async (_what, sabotage, undo, expected) => {
    await sabotage();
    try {
      const { exitCode, told } = await run('drift', shop);
      expect(exitCode).toBe(2);
      for (const one of expected) expect(told).toEqual(expect.arrayContaining([expect.stringMatching(one)]));
    } finally {
      await undo();
    }
    await quiet(shop);
  });

  it('take no token of another realm on this gateway, whatever it says, and theirs pass nowhere else', async () => {
    await applied(partner);
    const tokenOf = async (realm: string, id: string, secret: string): Promise<string> => {
      const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
      const answer = await fetch(`${env.KEYCLOAK_URL ?? ''}/realms/${realm}/protocol/openid-connect/token`, { method: 'POST', body: form });
      return ((await answer.json()) as { access_token: string }).access_token;
    };
    const [theirs, ours] = await Promise.all([tokenOf('partner', 'partner-batch', env.BATCH_SECRET ?? ''), tokenOf('company', 'shop-reports', env.REPORTS_SECRET ?? '')]);
    const claims = JSON.parse(Buffer.from(theirs.split('.')[1] ?? '', 'base64url').toString()) as { aud: unknown; scope: string };
    expect([claims.aud, claims.scope.split(' ')]).toEqual([expect.arrayContaining(['orders']), expect.arrayContaining(['orders:read'])]);
    const status = async (path: string, token: string): Promise<number> => (await fetch(`${env.KONG_PROXY_URL ?? ''}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await status('/orders', ours), await status('/parcels', theirs)]).toEqual([200, 200]);
    expect([await status('/orders', theirs), await status('/parcels', ours)]).toEqual([401, 401]);
    await quiet(shop, partner);
    expect(await run('destroy', partner, '--yes')).toMatchObject({ exitCode: 0, problems: [] });
  });

  it('lose what their own blueprint no longer says, and nothing of the other', async () => {
    edited(shop, '      place: { match: POST /orders, scopes: [orders:write], roles: [shop-clerk] }\n', '');
    edited(shop, 'orders: [list, place]', 'orders: [list]');
    edited(shop, '    orders:write: { audience: orders, roles: [shop-clerk] }\n', '');
    edited(shop, 'scopes: [orders:read, orders:write]', 'scopes: [orders:read]');
    await applied(shop, '--prune');
    await quiet(shop, desk);
    const { told } = await applied(desk, '--prune');
    expect(told).toEqual([]);
  });

  it('one goes, and the other stays whole and protected', async () => {
    const { exitCode, problems } = await run('destroy', shop, '--yes');
    expect([exitCode, problems]).toEqual([0, []]);
    expect(marks(await keys())).toEqual([['authctl:desk']]);
    await quiet(company, desk);
    const { verdicts = [], problems: unable } = await run('verify', desk, '--only', 'POS,SIG,CLM,AZ,KONG');
    expect(unable).toEqual([]);
    expect(verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped')).toEqual([]);
    expect(verdicts.filter(({ id, status }) => /^(POS|SIG|CLM|AZ)-/.test(id) && status === 'passed').length).toBeGreaterThan(20);
    const last = await run('destroy', desk, '--yes');
    expect([last.exitCode, last.problems]).toEqual([0, []]);
    expect((await kong<{ data: readonly unknown[] }>('GET', '/consumers')).data).toEqual([]);
    await quiet(company);
  });
});

const client = async (clientId: string): Promise<string> => (await keycloak.ask<{ id: string }[]>('GET', `/clients?clientId=${clientId}`))[0]?.id ?? '';
const scope = async (name: string): Promise<string> => (await keycloak.ask<{ id: string; name: string }[]>('GET', '/client-scopes')).find((one) => one.name === name)?.id ?? '';
