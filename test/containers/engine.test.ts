import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Verdict } from '../../src/core/report.ts';
import { IMAGES } from '../../src/stack/containers/images.ts';
import { keepsTheContract, standEveryAttack } from '../stack/contract.ts';
import { ownStack } from '../stack/own.ts';
import { eventually } from '../eventually.ts';
import { buildAuthctl, runAuthctl } from './authctl-image.ts';
import { commandLines, docker, hindrance, imageOf, inspected, labelled, listensOn, titled, volumes } from './docker.ts';

const why = hindrance('keycloak', 'postgres', 'opa', 'redis');
const noKong = why ?? (imageOf('kong') === IMAGES.kong.official ? undefined : `the image ${IMAGES.kong.official} is not on this machine, the development stand-in is in its place`);
const noImage = why ?? hindrance('node');

/** A copy that the account of the image may read, too: the store of the stack is its owner's alone. */
const readableBy = (folder: string): string => {
  const copy = mkdtempSync(join(tmpdir(), 'authctl-shown-'));
  onTestFinished(() => { rmSync(copy, { recursive: true, force: true }); });
  cpSync(folder, copy, { recursive: true });
  for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true })) chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  chmodSync(copy, 0o755);
  return copy;
};

describe.skipIf(why !== undefined)(titled('a stack in containers', why), () => {
  const blueprint = 'blueprints/sso.yaml';
  const stack = ownStack(blueprint);
  const ours = (): readonly string[] => labelled(`io.authctl.stack=${stack.directory}`);
  let volumesBefore: readonly string[] = [];
  beforeAll(async () => {
    volumesBefore = volumes();
    await stack.succeed('stack', 'up', blueprint, '--engine', 'containers');
  });
  afterAll(() => stack.down());

  it('runs the servers of others in containers, and says so', async () => {
    const status = await stack.succeed('stack', 'status');
    expect(status).toMatch(/^running\n/);
    expect(status).toMatch(/^keycloak .*Keycloak, \S+:26\.7\.4$/m);
    expect(status).toMatch(/^postgres .*PostgreSQL, \S+$/m);
    expect(status).toMatch(/^opa .*OPA, \S+$/m);
    expect(ours().length).toBeGreaterThanOrEqual(3);
  });

  it.skipIf(noKong !== undefined)(titled('has a genuine Kong before its services', noKong), async () => {
    const answer = await fetch(stack.env()['KONG_ADMIN_URL'] ?? '');
    expect(answer.headers.get('x-authctl-stand-in')).toBeNull();
    expect(await answer.json()).toMatchObject({ version: expect.stringMatching(/^3\.9\./) as string });
  });

  keepsTheContract({ stack, blueprint });

  describe.skipIf(noImage !== undefined)(titled('from the image of authctl', noImage), () => {
    const inImage = (...args: readonly string[]): string => {
      const env = stack.env();
      const bundles = env['BUNDLE_STORE']?.replace('file:', '') ?? '';
      const mounts = { '/work/blueprints': resolve('blueprints'), '/work/policies': resolve('policies'), [bundles]: readableBy(bundles) };
      return runAuthctl(args, { env, network: 'host', mounts });
    };
    beforeAll(() => { buildAuthctl(); });

    it('is planned: nothing to do', () => {
      expect(inImage('plan', blueprint, '--exit-code')).toContain('no changes');
    });

    it('stands every attack', () => {
      const { verdicts } = JSON.parse(inImage('verify', blueprint, '--json')) as { verdicts: readonly Verdict[] };
      standEveryAttack(verdicts, 100);
    });
  });

  it('gives Keycloak a part of the memory of this machine, of which its heap is a part', () => {
    const [keycloak = ''] = labelled(`io.authctl.stack=${stack.directory}`).filter((id) => inspected([id]).includes('/opt/keycloak/conf/keycloak.conf'));
    const limit = Number(docker('inspect', '--format', '{{.HostConfig.Memory}}', keycloak));
    expect(limit).toBeGreaterThan(1e9);
    // Of the second version of cgroups, or of the first.
    expect(Number(docker('exec', keycloak, 'sh', '-c', 'cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes'))).toBe(limit);
  });

  it('shows no secret to who may look at containers, nor in the list of processes', () => {
    const shown = inspected(ours());
    const secrets = Object.entries(stack.env()).filter(([name]) => /(SECRET|PASSWORD|TOKEN)$/.test(name));
    expect(secrets.length).toBeGreaterThan(4);
    expect(secrets.filter(([, value]) => shown.includes(value)).map(([name]) => name)).toEqual([]);
    const lines = commandLines();
    // They are looked at where they can be seen: Keycloak's own is among them.
    expect(lines).toContain('--http-management-port=');
    expect(secrets.filter(([, value]) => lines.includes(value)).map(([name]) => name)).toEqual([]);
    expect(shown).not.toMatch(/"(KC_DB_PASSWORD|POSTGRES_PASSWORD|KC_BOOTSTRAP_ADMIN_CLIENT_SECRET)=/);
  });

  it.skipIf(process.getuid?.() !== 0)('listens on 127.0.0.1 alone', () => {
    const addresses = listensOn(ours());
    expect(addresses.length).toBeGreaterThanOrEqual(3);
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
  });

  it('is not taken for a stack of processes, and is kept when it is asked for again', async () => {
    const other = await stack.authctl('stack', 'up', blueprint);
    expect([other.exitCode, other.stderr + other.stdout]).toEqual([1, expect.stringContaining('STACK_OTHER_NEEDS')]);
    expect(await stack.succeed('stack', 'up', blueprint, '--engine', 'containers')).toContain('was already running');
  });

  it('leaves no container and no volume, even when its supervisor and the commands of Docker were killed', async () => {
    const { processes } = stack.state();
    for (const { pid } of processes) process.kill(pid, 'SIGKILL');
    await eventually('the processes to be gone', () => Promise.resolve(!processes.some(({ pid }) => existsSync(`/proc/${String(pid)}/exe`))));
    expect(ours().length).toBeGreaterThanOrEqual(3);
    expect(await stack.succeed('stack', 'down')).toContain('local stack');
    expect(ours()).toEqual([]);
    expect(volumes().filter((name) => !volumesBefore.includes(name))).toEqual([]);
    expect(existsSync(stack.directory)).toBe(false);
  });
});

describe.skipIf(why !== undefined)(titled('sessions in a stack in containers', why), () => {
  const blueprint = 'blueprints/session.yaml';
  // Docker's options separate by commas what a path may hold.
  const stack = ownStack(blueprint, {}, 'authctl-own, with a comma-');
  beforeAll(() => stack.succeed('stack', 'up', blueprint, '--engine', 'containers'));
  afterAll(() => stack.down());

  it('are kept in Redis, and stand every attack', async () => {
    expect(await stack.succeed('stack', 'status')).toMatch(/^redis .*Redis, \S+$/m);
    await stack.succeed('apply', blueprint, '--yes');
    const { exitCode, verdicts } = await stack.verify();
    expect(verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, subject, status, why: reason }) => [id, subject, status, reason])).toEqual([]);
    expect(exitCode).toBe(0);
    expect(verdicts.filter(({ id, status }) => id.startsWith('SES-') && status === 'passed').length).toBeGreaterThan(20);
  });

  it('end with it', async () => {
    await stack.succeed('stack', 'down');
    expect(labelled(`io.authctl.stack=${stack.directory}`)).toEqual([]);
  });
});
