import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../infra/stand-ins/src/kong/index.ts';
import type { Access, Verdict } from '../../src/core/report.ts';
import { startUpstream } from '../../src/stack/servers/upstream.ts';
import { authctlWith, stackEnv } from './authctl.ts';
import { keycloakAdmin, makeRealm, passwords, removeRealm, setUpKong, setUpKongOfCommunity, startWatch } from './looking/by-hand.ts';

const file = 'test/stack/looking/shop.yaml';
const directory = mkdtempSync(join(tmpdir(), 'authctl-looking-'));
const closing: (() => unknown)[] = [];
let env: Record<string, string>;
/** The addresses of the gateway that plugins of the community guard. */
let ofCommunity: Record<string, string>;
let watches: readonly Awaited<ReturnType<typeof startWatch>>[];

const run = (...args: readonly string[]) => authctlWith(env, ...args);
/** A report as programs read it, as far as it is read here. */
interface Report {
  readonly changes?: readonly { readonly action: string; readonly address: string; readonly severity?: string }[];
  readonly accepted?: readonly unknown[];
  readonly access?: Access;
  readonly verdicts?: readonly Verdict[];
  readonly problems: readonly { readonly code: string }[];
}
const reported = (...args: readonly string[]) => reportedWith({}, ...args);
const reportedWith = async (more: Readonly<Record<string, string>>, ...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await authctlWith({ ...env, ...more }, ...args, '--json');
  if (stdout === '') throw new Error(`authctl ${args.join(' ')} ended with ${exitCode} and said nothing:\n${stderr}`);
  return { exitCode, report: JSON.parse(stdout) as Report };
};

beforeAll(async () => {
  const stack = stackEnv();
  const { KEYCLOAK_URL: keycloak = '' } = stack;
  const admin = keycloakAdmin(stack);
  await makeRealm(admin);
  closing.push(() => removeRealm(admin));
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  closing.push(() => kong.close());
  const [orders, stock] = await Promise.all(['orders', 'stock'].map((service) => startUpstream({ service, port: 0 })));
  closing.push(() => orders?.close(), () => stock?.close());
  const upstreams = { orders: orders?.url ?? '', stock: stock?.url ?? '' };
  await setUpKong({ admin: kong.admin.url, keycloak, upstreams });
  const community = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', community: ['jwt-keycloak', 'oidc'] });
  closing.push(() => community.close());
  await setUpKongOfCommunity({ admin: community.admin.url, keycloak, upstreams });
  watches = await Promise.all([keycloak, kong.admin.url, community.admin.url].map(startWatch));
  closing.push(...watches.map(({ server }) => () => server.close()));
  const [keycloakWatch, kongWatch, communityWatch] = watches;
  ofCommunity = { KONG_ADMIN_URL: communityWatch?.url ?? '', KONG_PROXY_URL: community.proxy.url };
  env = {
    ...passwords,
    AUTHCTL_STACK_DIR: join(directory, 'none'),
    AUTHCTL_STATE_DIR: join(directory, 'state'),
    KEYCLOAK_URL: keycloakWatch?.url ?? '',
    KEYCLOAK_ISSUER: `${keycloak}/realms/by-hand`,
    KEYCLOAK_CLIENT_SECRET: stack.KEYCLOAK_CLIENT_SECRET ?? '',
    KONG_ADMIN_URL: kongWatch?.url ?? '',
    KONG_PROXY_URL: kong.proxy.url,
    ORDERS_URL: orders?.url ?? '',
    STOCK_URL: stock?.url ?? '',
  };
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
  rmSync(directory, { recursive: true, force: true });
});

/** Lines of what drift tells: the effect and the address. */
const toldIn = ({ changes = [] }: Report): readonly string[] => changes.flatMap(({ action, address, severity }) => (action === 'danger' ? [`${severity ?? ''} ${address}`] : [])).toSorted();
const idsOf = ({ verdicts = [] }: Report, ...wanted: readonly string[]): ReadonlySet<string> => new Set(verdicts.filter(({ status }) => wanted.includes(status)).map(({ id }) => id));

describe('a realm and a gateway with bundled jwt, that others keep', () => {
  it('plan tells what is open, and offers nothing', async () => {
    const { exitCode, report } = await reported('plan', file, '--exit-code');
    expect([exitCode, report.problems, new Set(report.changes?.map(({ action }) => action))]).toEqual([2, [], new Set(['danger', 'keep'])]);
    expect(toldIn(report)).toEqual(['opens kong.route/orders', 'opens kong.route/stock', 'weakens keycloak.client/by-hand/web', 'weakens keycloak.realm/by-hand']);
    // "closes" and "opens" are about the blueprint against what is live: these pass, and should not.
    const lets = (report.access?.changes ?? []).map(({ change, who, route }) => `${change} ${who} ${route}`).toSorted();
    expect(lets).toEqual(['closes reports orders.audit', 'closes reports orders.place', 'closes reports stock.list', 'closes victor orders.audit', 'closes victor orders.place']);
  });

  it('drift says so in words, and exits as drift does', async () => {
    const { exitCode, stdout } = await run('drift', file);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/! opens kong\.route\/orders .*\n {4}GET \/orders, POST \/orders, GET \/orders\/audit reach .*whatever its audience, type, scopes and roles/);
    expect(stdout).toMatch(/lets in kong orders\.audit \(GET \/orders\/audit\) for victor/);
    expect(stdout).toContain('targets.kong is only looked at: nothing is written there');
  });

  it('apply, destroy, release and checks that write are refused', async () => {
    for (const args of [['apply', file, '--yes'], ['apply', file, '--yes', '--adopt', '--prune'], ['destroy', file, '--yes'], ['release', file, '--yes'], ['verify', file, '--disruptive'], ['verify', file, '--clean']]) {
      const { exitCode, report } = await reported(...args);
      expect([args, exitCode, report.problems.map(({ code }) => code)]).toEqual([args, 1, ['TARGET_ONLY_LOOKED_AT']]);
    }
  });

  it('verify attacks with real tokens, and names what bundled jwt lets through', async () => {
    const { exitCode, report } = await reported('verify', file);
    const failed = idsOf(report, 'failed', 'crashed');
    expect([exitCode, report.problems]).toEqual([2, []]);
    // Wrong audience, none, an ID token, a missing scope, a missing role: each passes. So does a token in the query, and a header of the caller.
    for (const id of ['CLM-01', 'CLM-02', 'CLM-04', 'CLM-21', 'AZ-06', 'PRE-01', 'HDR-01', 'RCH-03', 'RCH-08']) expect([id, failed.has(id)]).toEqual([id, true]);
    // As a genuine 3.9.3 does, it falls over tokens that are no objects.
    for (const id of ['STR-11', 'STR-13']) expect([id, failed.has(id)]).toEqual([id, true]);
    // What it does verify, it is found to verify: who may gets through, and no signature but the issuer's is taken.
    for (const id of ['POS-01', 'SIG-01', 'SIG-02', 'IDP-01']) expect([id, failed.has(id), idsOf(report, 'passed').has(id)]).toEqual([id, false, true]);
    expect(idsOf(report, 'inconclusive')).toEqual(new Set());
  });

  it('what needs something of ours there is skipped, and says why', async () => {
    const { report } = await reported('verify', file, '--only', 'KONG,TIM,IDP-20');
    const why = new Set((report.verdicts ?? []).map(({ status, why: reason }) => `${status}: ${reason ?? ''}`));
    expect(why).toEqual(
      new Set([
        'skipped: targets.kong is only looked at',
        'skipped: issuer-key: targets.keycloak and targets.kong are only looked at',
        'skipped: targets.keycloak and targets.kong are only looked at',
        'skipped: the blueprint has nothing it is about',
      ]),
    );
  });

  it('what is accepted is told no more', async () => {
    const accepted = join(directory, 'accepted.yaml');
    copyFileSync(file, accepted);
    expect((await run('accept', accepted, '--reason', 'kept by the platform team')).exitCode).toBe(0);
    const { report } = await reported('drift', accepted);
    expect([toldIn(report), report.accepted?.length]).toEqual([[], 4]);
  });

  it('what import writes of both is as they are', async () => {
    const imported = join(directory, 'imported.yaml');
    const made = await run('import', '--from', 'keycloak', 'kong', '--realm', 'by-hand', '--out', imported);
    expect([made.exitCode, readFileSync(imported, 'utf8').includes('\nmanage: none\n')]).toEqual([0, true]);
    // It knows no other address of the issuer than the one that it was told.
    const { exitCode, stdout } = await authctlWith({ ...env, KEYCLOAK_URL: new URL(env.KEYCLOAK_ISSUER ?? '').origin }, 'drift', imported, '--json');
    const report = JSON.parse(stdout) as Report;
    expect([exitCode, report.problems, toldIn(report)]).toEqual([0, [], []]);
  });
});

describe('a gateway that plugins of the community guard', () => {
  it('plan tells what they do not look at, and whom of expect that lets in', async () => {
    const { exitCode, report } = await reportedWith(ofCommunity, 'plan', file, '--exit-code');
    expect([exitCode, report.problems]).toEqual([2, []]);
    expect(toldIn(report).filter((one) => one.includes('kong'))).toEqual(['opens kong.route/orders', 'weakens kong.route/stock']);
    const lets = (report.access?.changes ?? []).map(({ change, who, route }) => `${change} ${who} ${route}`).toSorted();
    expect(lets).toEqual(['closes reports orders.audit', 'closes reports orders.place', 'closes victor orders.audit', 'closes victor orders.place']);
  });

  it('verify attacks with real tokens, and names what they let through', async () => {
    const { exitCode, report } = await reportedWith(ofCommunity, 'verify', file, '--only', 'POS,CLM,SIG-01,SIG-02,AZ-06,PRE-01,HDR-01,OPQ');
    expect([exitCode, report.problems]).toEqual([2, []]);
    const statusOf = (id: string, subject: string): readonly string[] => (report.verdicts ?? []).filter((verdict) => verdict.id === id && verdict.subject === `kong ${subject}`).map(({ status }) => status);
    // Behind jwt-keycloak: wrong audience, none, an ID token, a missing scope, a token in the query.
    for (const id of ['CLM-01', 'CLM-02', 'CLM-04', 'CLM-21', 'PRE-01']) expect([id, statusOf(id, 'orders.list')]).toEqual([id, ['failed']]);
    // Behind oidc the issuer calls a token for another client no active one: it is refused, in words of its own.
    expect([statusOf('CLM-01', 'stock.list'), statusOf('SIG-01', 'stock.list')]).toEqual([['passed'], ['passed']]);
    expect(idsOf(report, 'failed').has('AZ-06')).toBe(true);
    expect([statusOf('POS-01', 'orders.list'), statusOf('POS-01', 'stock.list')]).toEqual([['passed'], ['passed']]);
  });

  it('and in all of this nothing was written to any of them', () => {
    expect(watches.map(({ writes }) => writes)).toEqual([[], [], []]);
    expect(watches.map(({ seen }) => seen() > 3)).toEqual([true, true, true]);
  });
});
