import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Verdict } from '../../src/core/report.ts';
import { authctlAt } from '../moments/run.ts';
import type { EndedAt } from '../moments/run.ts';
import { authctl, authctlWith, stackEnv } from './authctl.ts';
import { startUndoProxy } from './undo-proxy.ts';
import type { Fate } from './undo-proxy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const state = mkdtempSync(join(tmpdir(), 'authctl-state-'));
const notes = (): readonly string[] => readdirSync(join(state, 'fixtures'));

/** Fixtures of verify that the servers hold, asked for as anybody would. */
const heldBy = async (): Promise<readonly string[]> => {
  const env = stackEnv();
  const login = await fetch(`${env.KEYCLOAK_URL}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: env.KEYCLOAK_CLIENT_SECRET ?? '' }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  /** Again where Keycloak fails in the middle of a list: what it was reading went away, by the hand of the run that was killed. */
  const ask = async <T>(url: string, headers: Record<string, string> = {}, again = 5): Promise<T> => {
    const text = await (await fetch(url, { headers })).text();
    return again > 0 && text.includes('{"error":"unknown_error"') ? ask(url, headers, again - 1) : (JSON.parse(text) as T);
  };
  const admin = <T>(path: string): Promise<T> => ask(`${env.KEYCLOAK_URL}/admin/realms${path}`, { authorization: `Bearer ${token}` });
  const keys = await admin<{ name: string }[]>('/shop/components?type=org.keycloak.keys.KeyProvider');
  const users = await admin<{ username: string }[]>('/shop/users?max=1000');
  const realms = await admin<{ realm: string }[]>('');
  const { data } = await ask<{ data: { tags: string[] | null }[] }>(`${env.KONG_ADMIN_URL}/consumers/shop.issuer/jwt`);
  const names = [...keys.map(({ name }) => name), ...users.map(({ username }) => username), ...realms.map(({ realm }) => realm), ...data.flatMap(({ tags }) => tags ?? [])];
  return names.filter((name) => name.startsWith('authctl-verify'));
};

/** `verify` as a process of its own, that gets `signal` at a moment of it. */
const verifyUntil = (signal: NodeJS.Signals | undefined, at: number, env: Readonly<Record<string, string>> = {}, blueprint = 'blueprints/sso.yaml'): Promise<EndedAt> =>
  authctlAt(['verify', blueprint, '--json', '--disruptive', '--only', 'SIG,TIM'], { ...(signal && { signal, at: [Math.ceil(at)] }), env: { AUTHCTL_STATE_DIR: state, ...env } });

const MOMENTS = Number(process.env.AUTHCTL_KILLS ?? 8);
const NEXT = ['plan', 'drift', 'verify --only IDP-21', 'apply --yes', 'verify --clean'] as const;

/** How many moments one has that nobody ends. */
let whole = 0;
beforeAll(async () => {
  expect((await authctl('apply', 'blueprints/sso.yaml', '--yes')).exitCode).toBe(0);
  const clean = await verifyUntil(undefined, 0);
  expect(clean.exitCode).toBe(0);
  whole = clean.moments;
});
afterAll(() => { rmSync(state, { recursive: true, force: true }); });

describe('a run of verify that is killed', () => {
  const seen = new Set<string>();

  it.each(Array.from({ length: MOMENTS }, (_, index) => [index + 1, NEXT[index % NEXT.length]!] as const))(
    'leaves nothing after the next command (%s: %s)',
    async (moment, next) => {
      await verifyUntil('SIGKILL', (whole * (moment - 0.5)) / MOMENTS);
      for (const name of await heldBy()) seen.add(name);
      const [command = '', ...flags] = next.split(' ');
      const ended = await authctlWith({ AUTHCTL_STATE_DIR: state }, command, 'blueprints/sso.yaml', ...flags);
      expect([ended.exitCode, await heldBy(), notes()]).toEqual([0, [], []]);
    },
  );

  it('had something to leave at some of these moments', () => {
    expect(seen.size).toBeGreaterThan(0);
  });
});

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  const count = Math.max(4, MOMENTS / 2);
  const moments = Array.from({ length: count }, (_, index) => 0.3 + (0.5 * index) / count);

  it.each(moments)('ends a run in order at %s of it: the verdicts so far are told, and nothing is left', async (part) => {
    const { exitCode, stdout } = await verifyUntil(signal, whole * part);
    expect([await heldBy(), notes()]).toEqual([[], []]);
    const { verdicts = [], notes: said = [] } = JSON.parse(stdout) as { verdicts?: Verdict[]; notes?: string[] };
    // A run that needs less than the first one may be over when the signal comes: it then ends a process that has told everything.
    if (exitCode === null) expect(said.filter((note) => note.startsWith('interrupted'))).toEqual([]);
    expect(verdicts.filter(({ status }) => status === 'failed' || status === 'crashed')).toEqual([]);
  });
});

/** The example, by an Admin API of Keycloak's at another address than what its tokens say. */
const byWay = join(state, 'sso.yaml');
const writeByWay = (): void => {
  const text = readFileSync(join(root, 'blueprints/sso.yaml'), 'utf8');
  const told = text.replace(/^( +)url: "\$\{KEYCLOAK_URL.*$/m, '$&\n$1admin: "${KEYCLOAK_ADMIN_URL}"').replaceAll('../policies', join(root, 'policies'));
  expect(told).toContain('KEYCLOAK_ADMIN_URL');
  writeFileSync(byWay, told);
};

/** Both servers behind proxies that do this to whatever would be deleted, and the environment of a run that goes through them. */
const spoiled = async (keycloakSays: Fate, kongSays: Fate) => {
  const env = stackEnv();
  const [keycloak, kong] = [await startUndoProxy(env.KEYCLOAK_URL ?? ''), await startUndoProxy(env.KONG_ADMIN_URL ?? '')];
  onTestFinished(async () => {
    await Promise.all([keycloak.close(), kong.close()]);
  });
  writeByWay();
  keycloak.decide((method) => (method === 'DELETE' ? keycloakSays : 'pass'));
  kong.decide((method) => (method === 'DELETE' ? kongSays : 'pass'));
  return {
    env: { ...env, AUTHCTL_STATE_DIR: state, KEYCLOAK_ADMIN_URL: keycloak.url, KONG_ADMIN_URL: kong.url },
    heal: () => {
      keycloak.decide(() => 'pass');
      kong.decide(() => 'pass');
    },
  };
};

describe('an undo that fails', () => {
  const ways: readonly (readonly [name: string, keycloak: Fate, kong: Fate])[] = [
    ['both servers reset the connection', 'reset', 'reset'],
    ['Keycloak forbids it', 403, 'pass'],
    ['Kong is out of order', 'pass', 500],
  ];

  it.each(ways)('keeps the verdicts and is told, and the next command takes away what is left (%s)', async (_name, keycloakSays, kongSays) => {
    const { env: through, heal } = await spoiled(keycloakSays, kongSays);
    const { exitCode, stdout } = await verifyUntil(undefined, 0, through, byWay);
    const { verdicts, problems } = JSON.parse(stdout) as { verdicts: Verdict[]; problems: { code: string; message: string }[] };
    expect(verdicts.length).toBeGreaterThan(20);
    // A key of the issuer's and another realm at Keycloak, a credential at Kong.
    const failing = (keycloakSays === 'pass' ? 0 : 2) + (kongSays === 'pass' ? 0 : 1);
    expect([exitCode, problems.map(({ code }) => code), (await heldBy()).length > 0, notes().length]).toEqual([1, Array(failing).fill('VERIFY_FIXTURE_LEFT'), true, failing]);
    for (const file of notes()) expect(statSync(join(state, 'fixtures', file)).mode & 0o777).toBe(0o600);

    heal();
    const cleaned = await authctlWith(through, 'verify', byWay, '--clean');
    expect([cleaned.exitCode, await heldBy(), notes()]).toEqual([0, [], []]);
    expect(cleaned.stdout.match(/taken away/g)).toHaveLength(failing);
  });
});

describe('a key that a run holds', () => {
  it('is trusted by no plan of somebody who knows nothing of it, and is not adopted', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'authctl-elsewhere-'));
    onTestFinished(() => { rmSync(elsewhere, { recursive: true, force: true }); });
    const { env } = await spoiled('reset', 'reset');
    await verifyUntil(undefined, 0, env, byWay);
    expect((await heldBy()).length).toBeGreaterThan(0);
    const adopted = await authctlWith({ AUTHCTL_STATE_DIR: elsewhere }, 'apply', 'blueprints/sso.yaml', '--yes', '--adopt');
    expect(adopted.stdout + adopted.stderr).not.toMatch(/create|adopt /);
    const cleaned = await authctlWith({ AUTHCTL_STATE_DIR: elsewhere }, 'verify', 'blueprints/sso.yaml', '--clean');
    expect([cleaned.exitCode, await heldBy()]).toEqual([0, []]);
    rmSync(join(state, 'fixtures'), { recursive: true, force: true });
  });
});
