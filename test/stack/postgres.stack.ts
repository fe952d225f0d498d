import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bornAt } from '../../src/core/born.ts';
import { isAlive } from '../../src/stack/identity.ts';
import { findPostgres } from '../../src/stack/postgres/find.ts';
import type { StackState } from '../../src/stack/state.ts';
import { eventually } from '../eventually.ts';
import { authctlWith } from './authctl.ts';
import { ownStack } from './own.ts';

const there = await findPostgres().then(() => true, () => false);
const blueprint = 'blueprints/sso.yaml';
const stack = ownStack(blueprint);

const state = (): StackState => JSON.parse(readFileSync(join(stack.directory, 'stack.json'), 'utf8')) as StackState;
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false)).once('connect', () => end(true)).once('error', () => end(false));
  });

const linesOf = (pid: number, file: string): readonly string[] => readFileSync(`/proc/${String(pid)}/${file}`, 'utf8').split('\0').filter((line) => line !== '');
/** What a process was started with, so that the same can be started again. */
const recipeOf = (pid: number): (() => number) => {
  const [command = '', ...args] = linesOf(pid, 'cmdline');
  const env = Object.fromEntries(linesOf(pid, 'environ').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const cwd = readlinkSync(`/proc/${String(pid)}/cwd`);
  const { uid, gid } = statSync(`/proc/${String(pid)}`);
  return () => spawn(command, args, { env, cwd, uid, gid, stdio: 'ignore' }).pid ?? 0;
};

const post = async (path: string, body: string | URLSearchParams, headers: Readonly<Record<string, string>> = {}) => {
  const answer = await fetch(`${stack.env()['KEYCLOAK_URL'] ?? ''}${path}`, { method: 'POST', body, headers });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, string> };
};
const TOKENS = '/realms/kept/protocol/openid-connect/token';
const keysOf = async (realm: string): Promise<readonly string[]> => {
  const answer = await fetch(`${stack.env()['KEYCLOAK_URL'] ?? ''}/realms/${realm}/protocol/openid-connect/certs`);
  return ((await answer.json()) as { keys: readonly { kid: string }[] }).keys.map(({ kid }) => kid).toSorted();
};

/** A realm beside the blueprint's, whose only client takes a password: what is asked for here is the session. */
const signIn = async (): Promise<string> => {
  const { KEYCLOAK_CLIENT_ID: client_id = '', KEYCLOAK_CLIENT_SECRET: client_secret = '' } = stack.env();
  const admin = await post('/realms/master/protocol/openid-connect/token', new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }));
  const headers = { authorization: `Bearer ${admin.body['access_token'] ?? ''}`, 'content-type': 'application/json' };
  const realm = {
    realm: 'kept', enabled: true,
    clients: [{ clientId: 'page', publicClient: true, directAccessGrantsEnabled: true }],
    users: [{ username: 'ana', enabled: true, email: 'ana@kept.test', firstName: 'A', lastName: 'N', credentials: [{ type: 'password', value: 'a password' }] }],
  };
  expect((await post('/admin/realms', JSON.stringify(realm), headers)).status).toBe(201);
  const { body } = await post(TOKENS, new URLSearchParams({ grant_type: 'password', client_id: 'page', username: 'ana', password: 'a password' }));
  return body['refresh_token'] ?? '';
};
const refresh = (token: string) => post(TOKENS, new URLSearchParams({ grant_type: 'refresh_token', client_id: 'page', refresh_token: token }));

describe.runIf(there)('Keycloak on a PostgreSQL of its own', () => {
  beforeAll(async () => {
    await stack.succeed('stack', 'up', blueprint, '--database', 'postgres');
    await stack.succeed('apply', blueprint, '--yes');
  });
  /** Started in place of the stack's own. */
  const ours: number[] = [];
  afterAll(async () => {
    for (const pid of ours) process.kill(pid, 'SIGTERM');
    await stack.down();
  });

  it('keeps sessions and keys over a restart of both, and there is nothing to do afterwards', async () => {
    const [before, token] = [await keysOf('shop'), await signIn()];
    const servers = ['postgres', 'keycloak'].map((name) => ({ pid: stack.pidOf(name), start: recipeOf(stack.pidOf(name)), port: Number(new URL(state().servers.find((one) => one.name === name)?.url ?? '').port) }));
    for (const { pid, port } of servers.toReversed()) {
      process.kill(pid, 'SIGTERM');
      await eventually('a server to end', async () => !(await listens(port)));
    }
    for (const { start, port } of servers) {
      ours.push(start());
      await eventually('a server to start', () => listens(port));
    }
    await eventually('Keycloak to answer', async () => (await keysOf('shop')).length > 0);
    expect(await keysOf('shop')).toEqual(before);
    const next = await refresh(token);
    expect([next.status, next.body['token_type']]).toEqual([200, 'Bearer']);
    // The stack counts as broken by now: its addresses are given by hand.
    const plan = await authctlWith({ ...stack.env(), AUTHCTL_STACK_DIR: join(stack.directory, 'none') }, 'plan', blueprint);
    expect([plan.exitCode, plan.stdout]).toEqual([0, expect.stringContaining('no changes')]);
  });

  it('is on loopback, asks for a password, and is not found by a process list', async () => {
    const { port } = new URL(state().servers.find(({ name }) => name === 'postgres')?.url ?? '');
    expect(readFileSync('/proc/net/tcp', 'utf8')).toMatch(new RegExp(`0100007F:${Number(port).toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`));
    const [keycloak = 0] = ours.toReversed();
    const secret = linesOf(keycloak, 'environ').find((line) => line.startsWith('KC_DB_PASSWORD='))?.slice('KC_DB_PASSWORD='.length) ?? '';
    expect(secret).toHaveLength(43);
    for (const pid of ours) expect(linesOf(pid, 'cmdline').join(' ')).not.toContain(secret);
    expect(readFileSync(join(stack.directory, 'stack.json'), 'utf8')).not.toContain(secret);
  });

  it('leaves nothing behind when its supervisor was killed', async () => {
    const link = join(stack.directory, 'postgres');
    const place = lstatSync(link).isSymbolicLink() ? realpathSync(link) : link;
    expect(statSync(place).mode & 0o077).toBe(0);
    const { processes } = state();
    process.kill(processes[0]?.pid ?? 0, 'SIGKILL');
    // The stack knows nothing of these, and would take away files that PostgreSQL is still at work on.
    for (const pid of ours.splice(0).toReversed()) {
      process.kill(pid, 'SIGTERM');
      await eventually('a server to end', () => Promise.resolve(bornAt(pid) === undefined));
    }
    await stack.succeed('stack', 'down');
    expect([existsSync(place), processes.filter(isAlive)]).toEqual([false, []]);
  });
});
