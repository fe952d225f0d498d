import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Problem } from '../../../../src/core/problem.ts';
import { prepareKeycloak } from '../../../../src/stack/keycloak/prepare.ts';
import { script, temporaryDir } from '../temporary.ts';

/** A Java that builds, and whose server says why it does not start. */
const machine = () => {
  const root = temporaryDir();
  for (const folder of ['bin', 'conf', 'lib', 'providers', 'themes']) mkdirSync(join(root, 'keycloak', folder), { recursive: true });
  writeFileSync(join(root, 'keycloak', 'version.txt'), 'Keycloak - Version 26.1.0\n');
  vi.stubEnv('KEYCLOAK_HOME', join(root, 'keycloak'));
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
  onTestFinished(() => { vi.unstubAllEnvs(); });
  const command = script(root, 'java', 'case "$*" in *" build "*) exit 0;; esac\necho "the disk is full"\nexit 1');
  return { java: { command, key: 'k', version: 21 }, cache: join(root, 'cache', 'authctl', 'keycloak') };
};

describe('the first start of Keycloak', () => {
  it('that fails leaves its log where the problem says that it is, for its owner alone', async () => {
    const { java, cache } = machine();
    const failed = await prepareKeycloak(java, cache, () => undefined, new AbortController().signal).then(() => undefined, (error: unknown) => error as Problem);
    expect(failed).toMatchObject({ code: 'STACK_START_FAILED', message: expect.stringContaining('the disk is full') as string });
    const log = /its whole log is (.*)$/.exec(failed?.hint ?? '')?.[1] ?? '';
    expect(existsSync(log)).toBe(true);
    expect([readFileSync(log, 'utf8'), statSync(log).mode & 0o777]).toEqual(['the disk is full\n', 0o600]);
  });
});
