import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { saboteur } from '../../scripts/sabotage.js';
import type { Verdict } from '../../src/core/report.ts';
import { packBundle, unpackBundle } from '../../src/providers/opa/archive.ts';
import { authctlWith } from './authctl.ts';
import { ownStack } from './own.ts';
import { eventually } from '../eventually.ts';

const dir = mkdtempSync(join(tmpdir(), 'authctl-services-'));
afterAll(() => { rmSync(dir, { recursive: true, force: true }); });

type Stack = ReturnType<typeof ownStack>;

/** A verify that takes every address from its environment: one of the stack's own processes may be gone. */
const verifyWith = async (stack: Stack, blueprint: string, only: string) => {
  const { exitCode, stdout } = await authctlWith({ ...stack.env(), AUTHCTL_STACK_DIR: join(dir, 'none') }, 'verify', blueprint, '--disruptive', '--only', only, '--json');
  const { verdicts = [], problems } = JSON.parse(stdout) as { verdicts?: readonly Verdict[]; problems: readonly { code: string }[] };
  const bad = verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped');
  return { exitCode, verdicts, problems, bad: [...new Set(bad.map(({ id }) => id))].toSorted(), where: [...new Set(bad.map(({ subject }) => subject))].toSorted() };
};

/** Ends a service of the stack and starts it anew on its port, with changes to its environment. */
const restart = async (stack: Stack, service: string, change: Readonly<Record<string, string | undefined>>): Promise<() => Promise<void>> => {
  const url = stack.env()[`${service.toUpperCase()}_URL`] ?? '';
  const pid = stack.pidOf(service);
  const before = Object.fromEntries(readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0').flatMap((pair) => (pair === '' ? [] : [[pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]]))) as Record<string, string>;
  const run = async (env: Readonly<Record<string, string | undefined>>, old: number): Promise<number> => {
    process.kill(old, 'SIGTERM');
    await eventually(`${service} to end`, async () => !(await fetch(`${url}/__authctl/status`).then(() => true, () => false)));
    const child = spawn(process.execPath, ['infra/services/shop/main.js'], { env, stdio: 'ignore' });
    await eventually(`${service} to start`, async () => ((await (await fetch(`${url}/__authctl/status`)).json()) as { ready: boolean }).ready);
    return child.pid ?? 0;
  };
  const changed = await run({ ...before, ...change }, pid);
  return async () => {
    const child = await run(before, changed);
    started.push(child);
  };
};
/** Processes that this file started in place of the stack's own. */
const started: number[] = [];
afterAll(() => {
  for (const pid of started) process.kill(pid, 'SIGTERM');
});

/** A service client's own token. */
const tokenOf = async (env: Readonly<Record<string, string>>, realm: string, client: string, secret: string): Promise<string> => {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: secret });
  const answer = await fetch(`${env['KEYCLOAK_URL'] ?? ''}/realms/${realm}/protocol/openid-connect/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
};

describe('services that verify for themselves', () => {
  const blueprint = 'blueprints/jwt.yaml';
  const stack = ownStack(blueprint);
  beforeAll(async () => {
    await stack.succeed('stack', 'up', blueprint);
    await stack.succeed('apply', blueprint, '--yes');
  });
  afterAll(() => stack.down());

  it('pass every group about tokens, and say what they cannot do', async () => {
    const { exitCode, idsOf, verdicts } = await stack.verify();
    expect([exitCode, idsOf('failed', 'crashed', 'inconclusive')]).toEqual([0, []]);
    expect(idsOf('passed')).toEqual(expect.arrayContaining(['POS-01', 'STR-03', 'SIG-01', 'KEY-02', 'TIM-01', 'CLM-01', 'PRE-12', 'HDR-01', 'COO-05', 'AZ-06', 'AZ-19', 'JWT-01', 'JWT-02']));
    const limits = verdicts.flatMap(({ id, limit }) => (limit === undefined ? [] : [`${id} ${limit}`]));
    expect(limits).toHaveLength(4);
    expect(limits.filter((limit) => /^JWT-01 a revoked token still passed \d+ ms after its revocation, and passes for \d+ s more/.test(limit))).toHaveLength(2);
  });

  it('have nothing to do when the key is rotated: they find the new one by themselves', async () => {
    await saboteur(stack.env(), 'library').rotateKey();
    expect(await stack.succeed('plan', blueprint, '--exit-code')).toContain('no changes');
    const { exitCode, idsOf } = await stack.verify('--only', 'POS-01,SIG-04');
    expect([exitCode, idsOf('passed')]).toEqual([0, ['POS-01', 'SIG-04']]);
  });

  it('name the one service that keeps to the keys of yesterday', async () => {
    const keys = await (await fetch(`${stack.env()['KEYCLOAK_URL'] ?? ''}/realms/library/protocol/openid-connect/certs`)).text();
    const frozen = createServer((_request, response) => response.end(keys));
    await new Promise<void>((ready) => frozen.listen(0, '127.0.0.1', ready));
    onTestFinished(() => { frozen.close(); });
    const mend = await restart(stack, 'loans', { JWKS_URL: `http://127.0.0.1:${String((frozen.address() as AddressInfo).port)}/keys` });
    onTestFinished(mend);
    expect((await verifyWith(stack, blueprint, 'POS-01')).bad).toEqual([]);
    await saboteur(stack.env(), 'library').rotateKey(600);
    const { exitCode, bad, where } = await verifyWith(stack, blueprint, 'POS-01,SIG-04');
    expect([exitCode, bad, where]).toEqual([2, ['POS-01', 'SIG-04'], ['kong loans.list']]);
  });
});

describe('a gateway and services that decide by one policy', () => {
  const blueprint = 'blueprints/hybrid.yaml';
  const stack = ownStack(blueprint);
  beforeAll(async () => {
    await stack.succeed('stack', 'up', blueprint);
    await stack.succeed('apply', blueprint, '--yes');
  });
  afterAll(() => stack.down());

  /** The blueprint with a policy in which `from` reads `to`. */
  const withPolicy = (name: string, file: string, from: string, to: string): string => {
    const policy = join(dir, name);
    cpSync('policies/shop', policy, { recursive: true });
    const text = readFileSync(join(policy, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} has no text ${from}`);
    writeFileSync(join(policy, file), text.replace(from, to));
    const path = join(dir, `${name}.yaml`);
    writeFileSync(path, readFileSync(blueprint, 'utf8').replace('../policies/shop', policy));
    return path;
  };

  it('agree, cell by cell, and have one revision everywhere', async () => {
    expect(await stack.succeed('plan', blueprint, '--exit-code')).toContain('no changes');
    const { exitCode, idsOf, verdicts } = await stack.verify('--only', 'AZ');
    expect([exitCode, idsOf('failed', 'crashed', 'inconclusive')]).toEqual([0, []]);
    expect(idsOf('passed')).toEqual(expect.arrayContaining(['AZ-01', 'AZ-02', 'AZ-06', 'AZ-07', 'AZ-09', 'AZ-11', 'AZ-15', 'AZ-17', 'AZ-18', 'AZ-19', 'AZ-23', 'AZ-24']));
    const foreign = verdicts.filter(({ id }) => id === 'AZ-07').map(({ subject, evidence }) => [subject, evidence[0]?.status, evidence[0]?.upstreamCalls]);
    expect(foreign).toEqual(expect.arrayContaining([["kong orders.read as alice, somebody else's", 403, 0], ["kong orders.read as sam, somebody else's", 200, 1]]));
  });

  it('show a policy that mixes up whose order it is: the matrix before, and one check after', async () => {
    const careless = withPolicy('careless', 'ownership.rego', 'input.object.owner == caller.name', 'input.object.owner != ""');
    const matrix = await stack.authctl('matrix', careless);
    expect([matrix.exitCode, matrix.stdout.includes('as alice (foreign object): expect does not list it, and the policy says yes')]).toEqual([2, true]);
    await stack.succeed('apply', careless, '--yes');
    const { exitCode, bad } = await verifyWith(stack, careless, 'AZ');
    await stack.succeed('apply', blueprint, '--yes');
    expect([exitCode, bad]).toEqual([2, ['AZ-07']]);
  });

  it('refuse a typo before anything is written, at its line', async () => {
    const typo = withPolicy('typo', 'authz.rego', '\tcaller.role_held\n\townership', '\tcaler.role_held\n\townership');
    const { exitCode, stderr, stdout } = await stack.authctl('apply', typo, '--yes');
    expect(exitCode).toBe(1);
    expect(`${stdout}${stderr}`).toMatch(/authz\.rego:\d+/);
    expect(await stack.succeed('plan', blueprint, '--exit-code')).toContain('no changes');
  });

  it('let nobody through while OPA hangs, and nothing is known', async () => {
    const env = stack.env();
    const pid = stack.pidOf('opa');
    const token = await tokenOf(env, 'shop', 'reports', env['REPORTS_SECRET'] ?? '');
    const ask = async (base: string | undefined): Promise<number> => (await fetch(`${base ?? ''}/orders`, { headers: { authorization: `Bearer ${token}`, 'x-authctl-check': 'while-opa-hangs' } })).status;
    expect([await ask(env['KONG_PROXY_URL']), await ask(env['ORDERS_URL'])]).toEqual([200, 200]);
    const calls = async (): Promise<number> => ((await (await fetch(`${env['ORDERS_URL'] ?? ''}/__authctl/calls?check=while-opa-hangs`)).json()) as { calls: unknown[] }).calls.length;
    const before = await calls();
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await ask(env['KONG_PROXY_URL'])).toBe(503);
      expect(await calls()).toBe(before);
      // The service needs nobody to decide.
      expect(await ask(env['ORDERS_URL'])).toBe(200);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually('OPA', async () => (await ask(env['KONG_PROXY_URL'])) === 200);
  });

  it('name the one service that decides by another revision', async () => {
    const store = stack.env()['BUNDLE_STORE']?.replace('file:', '') ?? '';
    const files = (await unpackBundle(readFileSync(join(store, 'shop-service.tar.gz')))) ?? {};
    const { '.signatures.json': _none, '.manifest': manifest = Buffer.from('{}'), ...rest } = files;
    const stale = join(dir, 'stale.tar.gz');
    writeFileSync(stale, await packBundle({ ...rest, '.manifest': JSON.stringify({ ...(JSON.parse(String(manifest)) as object), revision: 'of-yesterday' }) }));
    const mend = await restart(stack, 'invoices', { BUNDLE_URL: stale, BUNDLE_KEY: undefined });
    onTestFinished(mend);
    const { exitCode, bad, where } = await verifyWith(stack, blueprint, 'AZ');
    expect([exitCode, bad, where]).toEqual([2, ['AZ-18'], ['service invoices']]);
    const drift = await authctlWith({ ...stack.env(), AUTHCTL_STACK_DIR: join(dir, 'none') }, 'drift', blueprint);
    expect([drift.exitCode, drift.stdout.includes('services.invoices')]).toEqual([2, true]);
  });
});
