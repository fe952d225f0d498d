import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { saboteur } from '../../scripts/sabotage.js';
import { loadBlueprint } from '../../src/blueprint/index.ts';
import { realNetwork } from '../../src/checks/kit/network.ts';
import { openStore, withStore } from '../../src/checks/kit/store.ts';
import { signInAt, siteOf } from '../../src/checks/kit/sessions.ts';
import type { Verdict } from '../../src/core/report.ts';
import { authctlWith } from './authctl.ts';
import { eventually, FAR } from '../eventually.ts';

const BLUEPRINT = 'blueprints/session.yaml';
const noRedis = spawnSync('redis-server', ['--version']).status !== 0;
const noInfinispan = ['javac', 'mvn'].some((command) => spawnSync(command, ['-version']).status !== 0);

interface Saved {
  readonly env: Readonly<Record<string, string>>;
  readonly servers: readonly { readonly name: string; readonly pid: number; readonly url: string }[];
}

/** A stack of its own in a directory of its own, with limits for the sessions. */
const openStack = (limits: Readonly<Record<string, string>> = {}, environment?: string) => {
  const dir = mkdtempSync(join(tmpdir(), 'authctl-session-'));
  const stackDir = join(dir, 'stack');
  const overlay = environment === undefined ? [] : ['--env', environment];
  const authctl = (...args: readonly string[]) => authctlWith({ AUTHCTL_STACK_DIR: stackDir, ...limits }, ...args, ...(args.includes(BLUEPRINT) ? overlay : []));
  const saved = (): Saved => JSON.parse(readFileSync(join(stackDir, 'stack.json'), 'utf8')) as Saved;
  const succeed = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await authctl(...args);
    if (exitCode !== 0) throw new Error(`authctl ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
    return stdout;
  };
  return {
    stackDir,
    authctl,
    saved,
    succeed,
    byHand: () => saboteur(saved().env, 'clinic'),
    verify: async (only: string) => {
      const { exitCode, stdout } = await authctl('verify', BLUEPRINT, '--only', only, '--json');
      const { verdicts } = JSON.parse(stdout) as { verdicts: readonly Verdict[] };
      const idsOf = (...wanted: readonly string[]): readonly string[] => [
        ...new Set(verdicts.filter(({ status }) => wanted.includes(status)).map(({ id }) => id)),
      ].toSorted();
      return { exitCode, verdicts, passed: idsOf('passed'), skipped: idsOf('skipped'), not: idsOf('failed', 'crashed', 'inconclusive') };
    },
    /** Signs pia in as a browser does, and returns what shows her session to a path. */
    visit: async () => {
      const blueprint = await loadBlueprint(BLUEPRINT, { env: { ...saved().env, ...limits } });
      const password = blueprint.personas.pia!.password;
      const network = realNetwork();
      const { cookie } = await signInAt(siteOf(blueprint, blueprint.authentication, network), { username: 'pia', password });
      network.close();
      return async (path: string): Promise<{ readonly status: number; readonly cleared: boolean }> => {
        const headers = { cookie: `__Host-clinic=${cookie.reveal()}`, accept: 'application/json' };
        const answer = await fetch(`${saved().env.KONG_PROXY_URL}${path}`, { headers, redirect: 'manual', signal: AbortSignal.timeout(FAR) });
        await answer.arrayBuffer();
        return { status: answer.status, cleared: answer.headers.getSetCookie().length > 0 };
      };
    },
    close: async () => {
      await succeed('stack', 'down').finally(() => rmSync(dir, { recursive: true, force: true }));
    },
  };
};
type Stack = ReturnType<typeof openStack>;

const until = (wanted: number, ask: () => Promise<{ readonly status: number }>): Promise<void> =>
  eventually(`${wanted}`, async () => (await ask()).status === wanted);

/** Waits for two clocks of some seconds: they are the blueprint's business, and its own limits are a quarter of an hour. */
const WAITING = ['SES-04', 'SES-05'];
const ALL = [
  'SES-01', 'SES-02', 'SES-03', 'SES-06', 'SES-08', 'SES-09', 'SES-10', 'SES-11', 'SES-13', 'SES-14', 'SES-15', 'SES-16', 'SES-17', 'SES-18', 'SES-19',
  'SES-20', 'SES-21', 'SES-22', 'SES-23', 'SES-24', 'SES-25', 'SES-26', 'SES-27', 'SES-28',
];
/** The store hangs, or takes no connection: of another store it is tried by its process. */
const REDIS_ALONE = ['SES-18', 'SES-19'];

describe.skipIf(noRedis)('sessions on a running stack (needs redis-server)', () => {
  let stack: Stack;
  let replacement: ChildProcess | undefined;
  beforeAll(async () => {
    stack = openStack();
    await stack.succeed('stack', 'up', BLUEPRINT);
    await stack.succeed('apply', BLUEPRINT, '--yes');
  });
  afterAll(async () => {
    await stack.close();
    replacement?.kill();
  });

  describe('as the blueprint says', () => {
    afterEach(() => stack.succeed('apply', BLUEPRINT, '--yes'));

    it('have nothing to do after an apply', async () => {
      expect(await stack.succeed('plan', BLUEPRINT, '--exit-code')).toContain('no changes');
    });

    it('pass every check about sessions, but those that wait for longer clocks', async () => {
      const { exitCode, passed, skipped, not } = await stack.verify('SES');
      expect({ exitCode, passed, skipped, not }).toEqual({ exitCode: 0, passed: ALL, skipped: WAITING, not: [] });
    });

    it('let people in to what they may use, writes from other sites excepted', async () => {
      const { exitCode, passed, not } = await stack.verify('POS,AZ-06,COO,HDR-01,HDR-02');
      expect([exitCode, not]).toEqual([0, []]);
      for (const id of ['POS-01', 'POS-07', 'AZ-06', 'COO-05', 'COO-06', 'COO-07', 'HDR-01']) expect(passed).toContain(id);
    });

    it('notice a Keycloak that no longer tells of a logout', async () => {
      await stack.byHand().changeClient('web', { attributes: { 'backchannel.logout.url': '' } });
      const { exitCode, not } = await stack.verify('SES-01,SES-02,SES-03,SES-14,SES-16,SES-25');
      expect([exitCode, not]).toEqual([2, ['SES-03', 'SES-16']]);
    });

    it('notice a gateway with a route to what only the gateway may ask', async () => {
      await stack.byHand().addRoute('clinic.session', { name: 'by-hand', paths: ['/session/token'], strip_path: false });
      const { exitCode, not } = await stack.verify('SES-01,SES-14,SES-22,SES-23,SES-24').finally(() => stack.byHand().removeRoute('by-hand'));
      expect([exitCode, not]).toEqual([2, ['SES-23']]);
    });

    it('notice a gateway that lets another site write', async () => {
      const plugin = ({ instance_name: name }: { readonly instance_name: string }): boolean => name === 'clinic.appointments.session';
      await stack.byHand().patchPlugins(plugin, { allowed_origins: ['https://evil.example'] });
      const { exitCode, not } = await stack.verify('SES-01,SES-14,SES-21,COO');
      expect([exitCode, not]).toEqual([2, ['COO-05']]);
    });

    it('open nothing without the plugin: the guard finds no token', async () => {
      const plugin = ({ instance_name: name }: { readonly instance_name: string }): boolean => name === 'clinic.records.session';
      await stack.byHand().removePlugins(plugin);
      const { exitCode, verdicts } = await stack.verify('POS-01');
      const behind = (service: string) =>
        [...new Set(verdicts.filter(({ subject }) => subject.startsWith(`kong ${service}.`)).map(({ status }) => status))];
      expect([exitCode, behind('records'), behind('appointments')]).toEqual([2, ['failed'], ['passed']]);
    });
  });

  describe('and their store', () => {
    const both = ['/appointments', '/records'];
    const redis = () => stack.saved().servers.find(({ name }) => name === 'redis')!;

    it('end for every service when the store is wiped, and a sign-in begins anew', async () => {
      const show = await stack.visit();
      expect(await Promise.all(both.map(async (path) => (await show(path)).status))).toEqual([200, 200]);
      await withStore(openStore, stack.saved().env.SESSION_STORE_URL!, (store) => store.ask('FLUSHDB'));
      expect(await Promise.all(both.map(async (path) => (await show(path)).status))).toEqual([401, 401]);
      expect((await (await stack.visit())('/appointments')).status).toBe(200);
    });

    it('are closed while Redis stands still, answered all the same, and open again when it goes on', async () => {
      const show = await stack.visit();
      process.kill(redis().pid, 'SIGSTOP');
      try {
        for (let left = 4; left > 0; left -= 1) {
          // It stands still until long after: an answer means that nobody waited for it.
          const { status, cleared } = await show('/appointments');
          expect([status, cleared]).toEqual([503, false]);
        }
      } finally {
        process.kill(redis().pid, 'SIGCONT');
      }
      await until(200, () => show('/appointments'));
    });

    // The last one: a stack without its Redis is no whole stack any more.
    it('are closed while Redis is gone, and a new one is found by itself', async () => {
      const show = await stack.visit();
      process.kill(redis().pid, 'SIGKILL');
      await until(503, () => show('/appointments'));
      expect((await show('/records')).cleared).toBe(false);
      replacement = spawn('redis-server', [join(stack.stackDir, 'redis', 'redis.conf')], { stdio: 'ignore' });
      await until(401, () => show('/appointments'));
      expect((await (await stack.visit())('/appointments')).status).toBe(200);
    });
  });
});

describe.skipIf(noInfinispan)('sessions kept in Infinispan, on a running stack (needs a JDK and Maven)', () => {
  const stack = openStack({}, 'infinispan');
  beforeAll(async () => {
    await stack.succeed('stack', 'up', BLUEPRINT);
    await stack.succeed('apply', BLUEPRINT, '--yes');
  });
  afterAll(() => stack.close());
  const infinispan = () => stack.saved().servers.find(({ name }) => name === 'infinispan')!;

  it('pass every check about sessions, but those that wait for longer clocks and the two of which only Redis can be asked', async () => {
    const { exitCode, passed, skipped, not } = await stack.verify('SES,POS-01,AZ-06');
    expect({ exitCode, passed, skipped, not }).toEqual({
      exitCode: 0, passed: ['AZ-06', 'POS-01', ...ALL.filter((id) => !REDIS_ALONE.includes(id))], skipped: [...WAITING, ...REDIS_ALONE].toSorted(), not: [],
    });
  });

  it('end when the store is wiped, are closed while it stands still or is gone, and nobody is let in for that', async () => {
    const wiped = await stack.visit();
    await withStore(openStore, stack.saved().env.SESSION_STORE_URL!, (store) => store.ask('FLUSHDB'));
    expect((await wiped('/appointments')).status).toBe(401);
    const show = await stack.visit();
    process.kill(infinispan().pid, 'SIGSTOP');
    try {
      const { status, cleared } = await show('/appointments');
      expect([status, cleared]).toEqual([503, false]);
    } finally {
      process.kill(infinispan().pid, 'SIGCONT');
    }
    await until(200, () => show('/appointments'));
    process.kill(infinispan().pid, 'SIGKILL');
    await until(503, () => show('/appointments'));
  });
});

const SHORT = [
  { store: 'Redis', environment: undefined, missing: noRedis, needs: 'redis-server' },
  { store: 'Infinispan', environment: 'infinispan', missing: noInfinispan, needs: 'a JDK and Maven' },
];

for (const { store, environment, missing, needs } of SHORT)
describe.skipIf(missing)(`sessions in ${store} with short limits on a running stack (needs ${needs})`, () => {
  const stack = openStack({ SESSION_IDLE: '4s', SESSION_ABSOLUTE: '9s', SESSION_RENEW: '2s' }, environment);
  beforeAll(async () => {
    await stack.succeed('stack', 'up', BLUEPRINT);
    await stack.succeed('apply', BLUEPRINT, '--yes');
  });
  afterAll(() => stack.close());

  it('end when they are not used, and after their time however much they are used', async () => {
    const { exitCode, passed, not } = await stack.verify('SES-04,SES-05,SES-06,SES-26');
    expect([exitCode, passed, not]).toEqual([0, ['SES-04', 'SES-05', 'SES-06', 'SES-26'], []]);
  });

  it('are not started with other limits on a stack that runs', async () => {
    const { exitCode, stderr } = await authctlWith({ AUTHCTL_STACK_DIR: stack.stackDir, SESSION_IDLE: '5s' }, 'stack', 'up', BLUEPRINT, ...(environment === undefined ? [] : ['--env', environment]));
    expect([exitCode, stderr.includes('STACK_OTHER_NEEDS')]).toEqual([1, true]);
  });
});
