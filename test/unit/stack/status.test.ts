import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stackDown } from '../../../src/stack/down.ts';
import { markOf } from '../../../src/stack/identity.ts';
import { writeState } from '../../../src/stack/state.ts';
import type { StackState } from '../../../src/stack/state.ts';
import { loadStackEnv, stackStatus } from '../../../src/stack/status.ts';
import { up } from '../../../src/stack/up.ts';
import { temporaryDir } from './temporary.ts';

const here = markOf(process.pid) ?? expect.fail('this process runs');
const dead = { pid: process.pid, born: 'at another time' };
const needs = { name: 'shop', keycloak: false, opa: true, kong: true, aws: false, services: ['orders'] };
const server = { name: 'opa', what: 'OPA', url: 'http://127.0.0.1:1', pid: process.pid, log: '/l' };

const stackIn = (change: Partial<StackState> = {}): string => {
  const dir = join(temporaryDir(), '.authctl', 'stack');
  mkdirSync(dir, { recursive: true });
  writeState(dir, {
    version: 1, ready: true, startedAt: '2026-01-01T00:00:00.000Z', processes: [{ name: 'supervisor', ...here }],
    parts: ['opa', 'kong', 'upstreams'], needs, servers: [server], env: { OPA_URL: 'http://127.0.0.1:1', OLD_SECRET: 'kept' }, ...change,
  });
  return dir;
};

describe('a stack’s state', () => {
  it.for([
    ['running', {}],
    ['starting', { ready: false }],
    ['degraded', { processes: [{ name: 'supervisor', ...here }, { name: 'OPA', ...dead }] }],
    ['stale', { processes: [{ name: 'supervisor', ...dead }] }],
  ] as const)('is %s, and only then gives its environment when it is running', async ([state, change]) => {
    const dir = stackIn(change);
    expect(await stackStatus({ dir })).toEqual({
      state, startedAt: '2026-01-01T00:00:00.000Z', servers: [{ ...server, alive: state !== 'stale' }],
    });
    expect(await loadStackEnv(dir)).toEqual(state === 'running' ? { OPA_URL: 'http://127.0.0.1:1', OLD_SECRET: 'kept' } : undefined);
  });

  it('is stopped where there is none', async () => {
    const dir = join(temporaryDir(), 'none');
    expect(await stackStatus({ dir })).toEqual({ state: 'stopped', servers: [] });
    expect(await loadStackEnv(dir)).toBeUndefined();
    expect(await stackDown({ dir })).toBe(false);
  });

  it('is for its owner alone', () => {
    expect(statSync(join(stackIn(), 'stack.json')).mode & 0o777).toBe(0o600);
  });
});

describe('taking a stack down', () => {
  it('removes what it wrote and the empty directories above', async () => {
    const dir = stackIn({ processes: [{ name: 'supervisor', ...dead }] });
    for (const name of ['logs', 'bundles', 'opa', 'keycloak']) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, 'file'), '');
    }
    expect(await stackDown({ dir })).toBe(false);
    expect(readdirSync(join(dir, '..', '..'))).toEqual([]);
  });

  it('removes nothing that it did not write', async () => {
    const dir = stackIn({ processes: [] });
    writeFileSync(join(dir, 'thesis.txt'), 'years of work');
    await stackDown({ dir });
    expect(readdirSync(dir)).toEqual(['thesis.txt']);
  });
});

describe('bringing a stack up where one is running', () => {
  const options = { blueprintNeeds: needs, env: {}, secretNames: [], events: () => undefined };

  it('starts nothing', async () => {
    const dir = stackIn();
    expect(await up({ ...options, dir })).toMatchObject({ already: true, dir, env: { OLD_SECRET: 'kept' }, servers: [server] });
  });

  it('adds secrets that it lacks, and changes none', async () => {
    const dir = stackIn();
    const { env } = await up({ ...options, dir, secretNames: ['OLD_SECRET', 'NEW_SECRET'] });
    expect(env).toMatchObject({ OLD_SECRET: 'kept', NEW_SECRET: expect.stringMatching(/^[\w-]{32}$/) as string });
    expect(await loadStackEnv(dir)).toEqual(env);
  });

  it.for([
    ['another bundle', { ...needs, name: 'bank' }, 'the bundle of bank'],
    ['another part', { ...needs, keycloak: true }, 'keycloak'],
    ['another service', { ...needs, services: ['orders', 'stock'] }, 'stock'],
  ] as const)('refuses to serve %s', async ([, blueprintNeeds, lacking]) => {
    const dir = stackIn();
    await expect(up({ ...options, blueprintNeeds, dir })).rejects.toMatchObject({
      code: 'STACK_OTHER_NEEDS',
      message: `a stack is running in ${dir}, for "shop", and it lacks ${lacking}`,
    });
  });

  it('refuses a part and a port that do not exist', async () => {
    const dir = stackIn();
    await expect(up({ ...options, dir, only: ['kafka' as 'kong'] })).rejects.toMatchObject({ code: 'STACK_UNKNOWN_PART' });
    await expect(up({ ...options, dir, ports: { kongProxy: Number('x') } })).rejects.toMatchObject({ code: 'STACK_BAD_PORT' });
  });
});
