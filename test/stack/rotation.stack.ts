import { execFile } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../infra/stand-ins/src/kong/index.ts';
import { startUpstream } from '../../src/stack/servers/upstream.ts';
import { eventually } from '../eventually.ts';
import { authctlAt } from '../moments/run.ts';
import { authctlWith, stackEnv } from './authctl.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';

/** `make test-long` asks for more, one after the other, each under load. */
const rotations = Number(process.env.AUTHCTL_ROTATIONS ?? 1);
/** At so many of its moments it is interrupted, by each signal where there is time. */
const interruptions = Number(process.env.AUTHCTL_INTERRUPTIONS ?? 1);
const signals = interruptions >= 10 ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const) : (['SIGTERM'] as const);
const directory = mkdtempSync(join(tmpdir(), 'authctl-rotation-'));
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
  rmSync(directory, { recursive: true, force: true });
});

const SECRET = 'secret-of-the-cart-1';
const KEYS = 'org.keycloak.keys.KeyProvider';

/** A realm, a gateway and a service of its own for each mode, so that both are tried at the same time. */
const startMill = async (name: string, edit: (text: string) => string) => {
  const file = join(directory, `${name}.yaml`);
  writeFileSync(file, edit(readFileSync('test/stack/rotation/mill.yaml', 'utf8').replace('name: mill', `name: ${name}`)));
  const { KEYCLOAK_URL = '', KEYCLOAK_CLIENT_SECRET = '' } = stackEnv();
  const hand = keycloakByHand(name);
  const gone = (): Promise<unknown> => hand.ask('DELETE', `/${name}`, undefined, { below: '', missing: true });
  await gone();
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  const flour = await startUpstream({ service: 'flour', port: 0 });
  closing.push(gone, () => kong.close(), () => flour.close());
  const env = { KEYCLOAK_URL, KEYCLOAK_CLIENT_SECRET, KONG_ADMIN_URL: kong.admin.url, KONG_PROXY_URL: kong.proxy.url, FLOUR_URL: flour.url, CART_SECRET: SECRET, AUTHCTL_STACK_DIR: join(directory, 'none'), AUTHCTL_STATE_DIR: join(directory, name) };
  const run = (...args: readonly string[]) => authctlWith(env, ...args);
  const succeed = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(...args);
    expect([args[0], exitCode, stderr + stdout]).toEqual([args[0], 0, expect.anything()]);
    return stdout;
  };
  const fresh = async (): Promise<string> => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'cart', client_secret: SECRET });
    return ((await (await fetch(`${KEYCLOAK_URL}/realms/${name}/protocol/openid-connect/token`, { method: 'POST', body })).json()) as { access_token: string }).access_token;
  };
  const status = async (token: string): Promise<number> => (await fetch(`${kong.proxy.url}/flour`, { headers: { authorization: `Bearer ${token}` } })).status;
  const kids = async (): Promise<readonly string[]> =>
    ((await (await fetch(`${KEYCLOAK_URL}/realms/${name}/protocol/openid-connect/certs`)).json()) as { keys: { kid: string; alg: string }[] }).keys.filter(({ alg }) => alg === 'RS256').map(({ kid }) => kid);

  /** A key whose private half is known here signs from now on: what it signs later shows whether somebody still takes it. */
  const known = async (priority: number) => {
    const before = await kids();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
    const { id: parentId } = (await hand.ask('GET', `/${name}`, undefined, { below: '' })) as { id: string };
    await hand.ask('POST', '/components', { name: `known-${priority}`, providerId: 'rsa', providerType: KEYS, parentId, config: { priority: [String(priority)], privateKey: [privateKey] } });
    const [kid = ''] = (await kids()).filter((one) => !before.includes(one));
    return { kid, privateKey };
  };
  /** A token as Keycloak makes them, signed with a key of ours. */
  const forged = async ({ kid, privateKey }: { readonly kid: string; readonly privateKey: string }): Promise<string> => {
    const [, payload = ''] = (await fresh()).split('.');
    const claims = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 300 };
    const signed = [{ alg: 'RS256', typ: 'JWT', kid }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${signed}.${sign('sha256', Buffer.from(signed), createPrivateKey(privateKey)).toString('base64url')}`;
  };

  /** Good tokens, new ones and ones that are about to end, as fast as they are answered: what was answered, by the key that signed them. */
  const underLoad = async (work: () => Promise<void>): Promise<Readonly<Record<string, number>>> => {
    const counts: Record<string, number> = {};
    let running = true;
    const client = async (): Promise<void> => {
      while (running) {
        const token = await fresh();
        const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };
        // As long as it is good for another second, and then no more: what is under way may take a while.
        do {
          const answered = String(await status(token));
          counts[answered] = (counts[answered] ?? 0) + 1;
          await pause(25);
        } while (running && Date.now() < (exp - 1) * 1000);
      }
    };
    const clients = Array.from({ length: 3 }, client);
    try {
      await work();
    } finally {
      running = false;
      await Promise.all(clients);
    }
    return counts;
  };
  return { file, env, run, succeed, status, fresh, kids, known, forged, underLoad, locks: async () => ((await (await fetch(`${kong.admin.url}/consumers?size=1000`)).json()) as { data: { username: string }[] }).data.filter(({ username }) => username.startsWith('authctl-lock')), kongKeys: async () => ((await (await fetch(`${kong.admin.url}/consumers/${name}.issuer/jwt`)).json()) as { data?: { key: string }[] }).data?.map(({ key }) => key) };
};

/** Ends a rotation as a power cut would, as soon as it says the words. */
const killedAt = (words: string, env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<void> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, ['bin/authctl.js', ...args], { env: { ...process.env, ...env, NO_COLOR: '1' } }, () => { resolve(); });
    let said = '';
    child.stderr?.on('data', (text: string) => {
      said += text;
      if (said.includes(`… ${words}`)) child.kill('SIGKILL');
    });
  });

describe.concurrent('a key is rotated under load', () => {
  let pinned: Awaited<ReturnType<typeof startMill>>;
  let followed: Awaited<ReturnType<typeof startMill>>;
  beforeAll(async () => {
    [pinned, followed] = await Promise.all([
      startMill('mill-pinned', (text) => text),
      startMill('mill-followed', (text) => text.replace('keys: pinned', 'keys: followed\n    followed: { refresh: 5s, coolDown: 1s }')),
    ]);
  });

  it('with keys that are pinned: no good token is refused, killed in the middle it goes on, and what the old key signs is refused', async () => {
    const { file, env, succeed, status, fresh, kids, known, forged, underLoad, kongKeys } = pinned;
    await succeed('apply', file, '--yes');
    for (let round = 1; round <= rotations; round += 1) {
      const old = await known(1000 * round);
      await succeed('apply', file, '--yes');
      expect(await status(await forged(old))).toBe(200);
      const answered = await underLoad(async () => {
        await killedAt('every verifier is given', env, 'rotate', 'keys', file, '--yes', '--wait', '1s');
        expect(await kids()).toContain(old.kid);
        await succeed('rotate', 'keys', file, '--yes', '--wait', '1s');
      });
      expect(Object.keys(answered)).toEqual(['200']);
      expect(await kids()).toHaveLength(1);
      expect(await kongKeys()).toEqual(await kids());
      expect([await status(await forged(old)), await status(await fresh())]).toEqual([401, 200]);
    }
  });

  it('with keys that are followed: no good token is refused, nobody runs apply, and what the old key signs is refused; one that leaked goes at once', async () => {
    const { file, run, succeed, status, fresh, kids, known, forged, underLoad } = followed;
    await succeed('apply', file, '--yes');
    for (let round = 1; round <= rotations; round += 1) {
      const old = await known(1000 * round);
      await eventually('the guard to follow', async () => (await status(await forged(old))) === 200);
      const answered = await underLoad(async () => { await succeed('rotate', 'keys', file, '--yes'); });
      expect(Object.keys(answered)).toEqual(['200']);
      expect(await kids()).toHaveLength(1);
      await eventually('the guard to forget the old key', async () => (await status(await forged(old))) === 401);
    }
    const leaked = await known(1_000_000);
    await eventually('the guard to follow', async () => (await status(await forged(leaked))) === 200);
    const { exitCode, stderr } = await run('rotate', 'keys', file, '--yes', '--emergency');
    // Who is locked out is said before anything is done.
    expect([exitCode, stderr.indexOf('locked out: whoever holds a token that was signed by known-1000000'), stderr.includes('Kong: within 5 s')]).toEqual([0, 0, true]);
    expect(await kids()).toHaveLength(1);
    await eventually('the guard to forget the leaked key', async () => (await status(await forged(leaked))) === 401);
    expect(await status(await fresh())).toBe(200);
    expect(await succeed('plan', file, '--exit-code')).toContain('no changes');
  });
  it(`interrupted at ${interruptions} of its moments it ends in order and keeps everybody in, and the next one goes on`, async () => {
    const { file, env, succeed, status, fresh, kids, kongKeys, locks } = await startMill('mill-interrupted', (text) => text);
    await succeed('apply', file, '--yes');
    const args = ['rotate', 'keys', file, '--yes', '--wait', '1s', '--json'];
    const { moments } = await authctlAt(args, { env });
    expect(moments).toBeGreaterThan(interruptions);
    let broken = 0;
    for (let moment = 0; moment < interruptions; moment += 1)
      for (const signal of signals) {
        const at = 1 + Math.floor(((interruptions === 1 ? 0.6 : (moment + 0.5) / interruptions)) * moments);
        const [before] = await kids();
        const { exitCode, endedBy, stdout, stderr } = await authctlAt(args, { at: [at], signal, env });
        const seen = <T>(what: T) => [signal, at, moments, stderr, what];
        expect(seen(endedBy === signal || (endedBy === null && [0, 1, 2].includes(exitCode ?? -1)))).toEqual(seen(true));
        expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+|Unhandled|node:internal/m);
        if (stdout !== '') expect(seen(typeof (JSON.parse(stdout) as object))).toEqual(seen('object'));
        expect(seen(await locks())).toEqual(seen([]));
        expect(seen(await status(await fresh()))).toEqual(seen(200));
        if (exitCode !== 0) {
          broken += 1;
          await succeed('rotate', 'keys', file, '--yes', '--wait', '1s');
        }
        const [after, ...others] = await kids();
        expect(seen([after === before, others, await kongKeys(), await status(await fresh())])).toEqual(seen([false, [], [after], 200]));
        expect(await succeed('plan', file, '--exit-code')).toContain('no changes');
      }
    expect(broken).toBeGreaterThan(0);
  });
});
