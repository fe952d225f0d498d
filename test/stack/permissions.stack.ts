import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authctl, authctlWith, stackEnv } from './authctl.ts';

const directory = mkdtempSync(join(tmpdir(), 'authctl-viewer-'));
const VIEWER = 'authctl-viewer';
const SECRET = 'the-secret-of-the-viewer';

/** The shop, as another login sees it; both logins know the key of the fingerprints. */
const file = (clientId: string): string => {
  const path = join(directory, `${clientId}.yaml`);
  const text = readFileSync('blueprints/sso.yaml', 'utf8').replaceAll('../policies', 'policies');
  const stated = 'credentials: { clientId: authctl,';
  if (!text.includes(stated)) throw new Error('the example states other credentials');
  writeFileSync(path, text.replace(stated, `fingerprintKey: "\${FINGERPRINT_KEY}"\n    credentials: { clientId: ${clientId},`));
  return path;
};

interface Rep {
  readonly id: string;
  readonly name: string;
}
let token = '';
const byHand = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
  const answer = await fetch(`${stackEnv().KEYCLOAK_URL ?? ''}/admin/realms${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Body;
};
const logIn = async (): Promise<void> => {
  const { KEYCLOAK_URL = '', KEYCLOAK_CLIENT_SECRET = '' } = stackEnv();
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: KEYCLOAK_CLIENT_SECRET });
  const answer = await fetch(`${KEYCLOAK_URL}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: form });
  token = ((await answer.json()) as { access_token: string }).access_token;
};

const key = { FINGERPRINT_KEY: 'a-key-that-every-login-knows' };
const asAuthctl = (...args: readonly string[]) => authctlWith(key, ...args);
/** With nothing of the local stack but addresses and the secrets of the blueprint: that nothing is written is the default elsewhere. */
const asViewer = (command: string, ...args: readonly string[]) =>
  authctlWith({ ...stackEnv(), ...key, KEYCLOAK_CLIENT_SECRET: SECRET }, command, file(VIEWER), '--no-stack', ...args);

interface Told {
  readonly exitCode: number;
  readonly changes: readonly { readonly action: string; readonly address: string }[];
  readonly unseen: readonly { readonly what: string; readonly why: string }[];
  readonly problems: readonly { readonly code: string; readonly hint?: string }[];
}
const drift = async (): Promise<Told> => {
  const { stdout } = await asViewer('drift', '--json');
  const { exitCode, changes = [], unseen = [], problems } = JSON.parse(stdout) as Partial<Told> & Pick<Told, 'exitCode' | 'problems'>;
  return { exitCode, changes: changes.filter(({ action }) => action !== 'keep'), unseen, problems };
};

let rights: readonly string[] = [];
let roles: readonly Rep[] = [];
let mappings = '';
let client = '';

beforeAll(async () => {
  cpSync('policies', join(directory, 'policies'), { recursive: true });
  const applied = await asAuthctl('apply', file('authctl'), '--yes');
  if (applied.exitCode !== 0) throw new Error(applied.stdout + applied.stderr);
  await logIn();
  await byHand('POST', '/master/clients', { clientId: VIEWER, protocol: 'openid-connect', publicClient: false, standardFlowEnabled: false, serviceAccountsEnabled: true, secret: SECRET });
  const [own] = await byHand<Rep[]>('GET', `/master/clients?clientId=${VIEWER}`);
  client = own?.id ?? '';
  const account = await byHand<Rep>('GET', `/master/clients/${client}/service-account-user`);
  const [over] = await byHand<Rep[]>('GET', '/master/clients?clientId=shop-realm');
  roles = await byHand<Rep[]>('GET', `/master/clients/${over?.id ?? ''}/roles`);
  mappings = `/master/users/${account.id}/role-mappings/clients/${over?.id ?? ''}`;
  const told = await authctl('permissions', 'blueprints/sso.yaml', '--for', 'drift', '--json');
  rights = (JSON.parse(told.stdout) as { data: { targets: { keycloak: { rights: readonly string[] } } } }).data.targets.keycloak.rights;
  await byHand('POST', mappings, roles.filter(({ name }) => rights.includes(name)));
});
afterAll(async () => {
  await logIn();
  await byHand('DELETE', `/master/clients/${client}`);
  // What the others find is marked by the fingerprints of their own login: passwords that another one set are not set again.
  await byHand('DELETE', '/shop');
  const { exitCode, stdout } = await authctl('apply', 'blueprints/sso.yaml', '--yes');
  if (exitCode !== 0) throw new Error(stdout);
  rmSync(directory, { recursive: true, force: true });
});

it('a login with exactly what permissions says is enough to validate, plan, drift and verify, and writes nothing', async () => {
  expect(rights.filter((right) => !right.startsWith('view-'))).toEqual([]);
  expect(roles.filter(({ name }) => rights.includes(name))).toHaveLength(rights.length);
  expect((await asViewer('validate')).exitCode).toBe(0);
  const plan = await asViewer('plan', '--json');
  const { requests, unseen, ...planned } = JSON.parse(plan.stdout) as Told & { requests: Record<string, { writes: number }> };
  expect([plan.exitCode, planned.problems]).toEqual([0, []]);
  expect(Object.values(requests).map(({ writes }) => writes).reduce((sum, one) => sum + one, 0)).toBe(0);
  // Passwords and other fingerprints are compared, whoever has set them.
  expect(unseen.filter(({ what }) => what.includes('whether they are as stated'))).toEqual([]);
  const seen = await drift();
  expect([seen.problems, seen.changes.filter(({ action }) => action !== 'danger')]).toEqual([[], []]);
  const verified = await asViewer('verify', '--json', '--only', 'POS,STR,SIG,IDP');
  const { verdicts, problems } = JSON.parse(verified.stdout) as { verdicts: { id: string; status: string; why?: string }[]; problems: unknown[] };
  expect([problems, verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped')]).toEqual([[], []]);
  expect(verdicts.some(({ status }) => status === 'passed')).toBe(true);
});

it('without any one of them something is told: what was not looked at, or what is missing', async () => {
  // Organizations are looked at where the realm has them.
  await logIn();
  await byHand('PUT', '/shop', { ...(await byHand<object>('GET', '/shop')), organizationsEnabled: true });
  const whole = await drift();
  const found: Record<string, readonly string[]> = {};
  for (const right of rights) {
    await logIn();
    const one = roles.filter(({ name }) => name === right);
    await byHand('DELETE', mappings, one);
    const less = await drift();
    await logIn();
    await byHand('POST', mappings, one);
    const before = new Set(whole.unseen.map(({ what, why }) => `${what}: ${why}`));
    found[right] = [...less.problems.map(({ code }) => code), ...less.unseen.map(({ what, why }) => `${what}: ${why}`).filter((line) => !before.has(line))];
    // Nothing that is there is taken for gone.
    expect(less.changes.filter(({ action }) => action === 'create')).toEqual([]);
  }
  await byHand('PUT', '/shop', { ...(await byHand<object>('GET', '/shop')), organizationsEnabled: false });
  expect(Object.entries(found).filter(([, told]) => told.length === 0)).toEqual([]);
});
