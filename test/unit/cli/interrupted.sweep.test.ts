import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { authctlAt } from '../../moments/run.ts';
import type { EndedAt } from '../../moments/run.ts';
import { startKong } from '../app/worlds.ts';
import type { World } from '../app/worlds.ts';

/** How many moments of each command; ten of all commands where there is time, else one of those that leave most. */
const MOMENTS = Number(process.env.AUTHCTL_INTERRUPTIONS ?? 1);
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Each signal at each moment where there is time; else one after the other. */
const each = MOMENTS >= 10;

type Before = 'empty' | 'applied' | 'changed' | 'earlier';
interface Row {
  readonly args: readonly string[];
  /** What the servers hold when it begins. */
  readonly before: Before;
  /** Ends in order: what is under way is finished, and nothing new is begun. */
  readonly orderly?: boolean;
  /** Played wherever the tests run. */
  readonly often?: boolean;
  /** Runs, round after round, until somebody ends it: so many moments are let pass. */
  readonly endless?: number;
}

const BLUEPRINT = 'tickets.yaml';
const COMMANDS: readonly Row[] = [
  { args: ['apply', BLUEPRINT, '--yes', '--json'], before: 'empty', orderly: true },
  { args: ['apply', BLUEPRINT, '--yes', '--prune', '--json'], before: 'changed', orderly: true, often: true },
  { args: ['destroy', BLUEPRINT, '--yes', '--json'], before: 'applied', orderly: true },
  { args: ['release', BLUEPRINT, '--yes', '--json'], before: 'applied', orderly: true },
  { args: ['rollback', BLUEPRINT, '--yes', '--allow-opening', '--json'], before: 'earlier', orderly: true },
  { args: ['verify', BLUEPRINT, '--only', 'STR,SIG-01', '--json'], before: 'applied', orderly: true },
  { args: ['drift', BLUEPRINT, '--watch', '--interval', '1s', '--listen', '127.0.0.1:0', '--json'], before: 'applied', orderly: true, endless: 120 },
  { args: ['plan', BLUEPRINT, '--json'], before: 'empty' },
  { args: ['plan', BLUEPRINT, '--out', 'saved.plan', '--json'], before: 'empty', often: true },
  { args: ['drift', BLUEPRINT, '--json', '--report', 'junit=drift.xml', '-o', 'drift.json'], before: 'changed' },
  { args: ['accept', BLUEPRINT, '--reason', 'known', '--json'], before: 'applied', often: true },
  { args: ['inventory', BLUEPRINT, '--json'], before: 'applied' },
  { args: ['doctor', BLUEPRINT, '--json'], before: 'applied' },
  { args: ['unlock', BLUEPRINT, '--yes', '--json'], before: 'applied' },
  { args: ['import', '--from', 'kong', '--out', 'of-kong.yaml', '--json'], before: 'applied' },
  { args: ['import', '--from-file', resolve('test/data/import/bookshop.json'), '--out', 'of-file.yaml', '--json'], before: 'empty', often: true },
  { args: ['init', 'new/blueprint.yaml', '--json'], before: 'empty', often: true },
  { args: ['validate', BLUEPRINT, '--json'], before: 'empty' },
  { args: ['matrix', 'shop.yaml', '-o', 'matrix.json', '--json'], before: 'empty', often: true },
  { args: ['explain', BLUEPRINT, 'events.list', '--json'], before: 'empty' },
  { args: ['graph', BLUEPRINT, '-o', 'graph.txt'], before: 'empty' },
  { args: ['render', BLUEPRINT, '--target', 'terraform', '--json'], before: 'empty' },
  { args: ['permissions', BLUEPRINT, '--json'], before: 'empty' },
  { args: ['history', '--json'], before: 'applied' },
  { args: ['stack', 'status', '--json'], before: 'empty' },
  { args: ['stack', 'down', '--json'], before: 'empty', orderly: true },
  { args: ['completion', 'bash'], before: 'empty' },
];

const text = readFileSync('blueprints/opaque.yaml', 'utf8');
const later = text.replace('Buys tickets', 'Buys many tickets').replace('plan: {', 'draft: {').replace('[list, read, plan]', '[list, read, draft]');

/** A directory with the blueprint, and one of its own for what is temporary. */
const place = (blueprint: string) => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-interrupted-'));
  const temporary = mkdtempSync(join(tmpdir(), 'authctl-interrupted-tmp-'));
  mkdirSync(join(directory, 'new'));
  writeFileSync(join(directory, BLUEPRINT), blueprint);
  writeFileSync(join(directory, 'shop.yaml'), readFileSync('blueprints/sso.yaml', 'utf8').replaceAll('../policies', resolve('policies')));
  return {
    directory,
    temporary,
    /** What is in it, but for numbers (times, ports, names of runs), fingerprints, and where it is. */
    files: (): Readonly<Record<string, string>> =>
      Object.fromEntries(readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(directory.length + 1), readFileSync(path, 'utf8').replaceAll(directory, 'here').replaceAll(/\b[\da-f]{32,}\b/g, 'fingerprint').replaceAll(/[\d.]+/g, '#')];
      })),
    remove: (): void => { for (const one of [directory, temporary]) rmSync(one, { recursive: true, force: true }); },
  };
};
type Place = ReturnType<typeof place>;

const shop = { REPORTS_SECRET: 'r'.repeat(12), ALICE_PASSWORD: 'a'.repeat(12), SAM_PASSWORD: 's'.repeat(12), ADA_PASSWORD: 'd'.repeat(12), OPA_URL: 'http://127.0.0.1:9', AWS_ENDPOINT: 'http://127.0.0.1:9' };

/** Runs a command in a place. */
const running = (world: World, { directory, temporary }: Place, args: readonly string[], how: Parameters<typeof authctlAt>[1] = {}): Promise<EndedAt> =>
  authctlAt(['--no-stack', ...args], { reads: true, ...how, cwd: directory, env: { ...shop, ...world.env, TMPDIR: temporary, AUTHCTL_STACK_DIR: join(directory, '.stack') } });

const prepared = async (before: Before): Promise<{ readonly world: World; readonly here: Place }> => {
  const world = await startKong();
  world.weather.forecast();
  const here = place(text);
  const apply = async (blueprint: string): Promise<void> => {
    writeFileSync(join(here.directory, BLUEPRINT), blueprint);
    const { exitCode, stderr } = await running(world, here, ['apply', BLUEPRINT, '--yes', '--prune']);
    expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
  };
  if (before !== 'empty') await apply(text);
  if (before === 'earlier') await apply(later);
  if (before === 'changed') writeFileSync(join(here.directory, BLUEPRINT), later);
  return { world, here };
};

describe.each(COMMANDS.filter(({ often }) => often === true || MOMENTS > 1).map((row, index) => ({ ...row, index, name: row.args.filter((arg) => !arg.startsWith('/')).join(' ') })))('$name', ({ args, before, orderly = false, endless, index }) => {
  const shared = orderly ? undefined : prepared(before);
  afterAll(async () => {
    const there = await shared;
    there?.here.remove();
    await there?.world.close();
  });
  const fresh = async () => (await shared) ?? prepared(before);

  it(`ends in order, whenever it is interrupted (${each ? 'three signals' : 'one signal'}, ${MOMENTS} moments)`, { timeout: 3_600_000 }, async () => {
    const first = await fresh();
    const untouched = first.here.files();
    const whole = endless === undefined ? await running(first.world, first.here, args) : undefined;
    const written = first.here.files();
    const moments = whole?.moments ?? endless ?? 0;
    expect(moments).toBeGreaterThan(MOMENTS);
    if (orderly) {
      first.here.remove();
      await first.world.close();
    }

    for (let moment = 0; moment < MOMENTS; moment += 1)
      for (const signal of each ? SIGNALS : [SIGNALS[(index + moment) % SIGNALS.length] ?? 'SIGINT']) {
        const prior = orderly ? await prepared(before) : first;
        const { world } = prior;
        const here = place(before === 'changed' ? later : before === 'earlier' ? later : text);
        try {
          const at = 1 + Math.floor(((MOMENTS === 1 ? 0.6 : (moment + 0.5) / MOMENTS)) * moments);
          const { exitCode, endedBy, stdout, stderr } = await running(world, here, args, { at: [at], signal });
          const seen = <T>(what: T) => [signal, at, moments, stderr, what];
          // In order with an exit code; at once by the signal itself; or it was over before.
          expect(seen(endedBy === signal || (endedBy === null && (orderly ? [0, 1, 2, 3].includes(exitCode ?? -1) : exitCode === whole?.exitCode)))).toEqual(seen(true));
          expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+|Unhandled|node:internal/m);
          if (args.includes('--json') && stdout !== '') expect(seen(typeof (JSON.parse(stdout) as object))).toEqual(seen('object'));
          // Nothing temporary, and each file as it was or as it is when nobody interrupts.
          expect(seen(readdirSync(here.temporary))).toEqual(seen([]));
          const left = here.files();
          expect(seen([untouched, written].some((files) => JSON.stringify(files) === JSON.stringify(left)))).toEqual(seen(true));
          const held = await world.held();
          expect(seen(held.filter((line) => /authctl-(lock|verify)/.test(line)))).toEqual(seen([]));
          expect(seen(await world.strangers())).toEqual(seen([]));
          if (orderly && endedBy === signal) expect(seen(stdout)).toEqual(seen(''));
          if (args[0] === 'apply') {
            const next = await running(world, here, args);
            expect(seen([next.exitCode, (await running(world, here, ['plan', BLUEPRINT, '--prune', '--exit-code'])).exitCode])).toEqual(seen([0, 0]));
          }
        } finally {
          here.remove();
          if (orderly) {
            prior.here.remove();
            await world.close();
          }
        }
      }
  });
});

/** Processes that stand in a directory: those of a local stack do, whoever started them. */
const standingIn = (directory: string): readonly string[] =>
  readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(join('/proc', name, 'cwd')).startsWith(directory);
    } catch {
      return false;
    }
  });

describe('stack up', { skip: !existsSync('/proc/self/cwd') }, () => {
  it(`whenever it is interrupted, what was started is stopped, and nothing is left (${each ? 'three signals' : 'one signal'}, ${MOMENTS} moments)`, { timeout: 3_600_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'authctl-interrupted-'));
    const stack = (args: readonly string[], how: Parameters<typeof authctlAt>[1] = {}) => authctlAt(['stack', ...args], { reads: true, ...how, cwd: directory, env: { AUTHCTL_STACK_DIR: join(directory, '.stack') } });
    const up = ['up', '--only', 'kong,aws', '--json'];
    const down = async (): Promise<void> => { expect([(await stack(['down'])).exitCode, standingIn(directory)]).toEqual([0, []]); };
    try {
      const { exitCode, moments } = await stack(up);
      expect([exitCode, moments > MOMENTS, standingIn(directory).length > 0]).toEqual([0, true, true]);
      await down();
      // In the middle it is about to start what runs on without it.
      for (let moment = 0; moment < MOMENTS; moment += 1)
        for (const signal of each ? SIGNALS : ([SIGNALS[moment % SIGNALS.length] ?? 'SIGINT'] as const)) {
          const at = 1 + Math.floor(((moment + 0.5) / MOMENTS) * moments);
          const ended = await stack(up, { at: [at], signal });
          const seen = <T>(what: T) => [signal, at, moments, ended.stderr, what];
          const report = ended.stdout === '' ? undefined : (JSON.parse(ended.stdout) as { exitCode: number; problems: { code: string }[] });
          const over = report?.exitCode === 0;
          expect(seen([ended.endedBy ?? ended.exitCode, report?.problems.map(({ code }) => code)])).toEqual(seen(report === undefined ? [signal, undefined] : over ? [0, []] : [1, ['STACK_INTERRUPTED']]));
          // Only once it is all there, and said to be.
          expect(seen([over && at / moments < 0.9, standingIn(directory).length > 0, readdirSync(directory)])).toEqual(seen([false, over, over ? ['.stack'] : expect.not.arrayContaining(['.stack'])]));
          await down();
        }
    } finally {
      await stack(['down']);
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

it.each(SIGNALS)('%s for a second time ends apply at once, although a server never answers', async (signal) => {
  const { world, here } = await prepared('empty');
  try {
    world.weather.forecast({ at: 3, way: 'never' });
    // Each request is a moment before it goes out: there are three at the latest when that one does, however slow the answers are.
    const { endedBy, stdout, stderr } = await running(world, here, ['apply', BLUEPRINT, '--yes', '--json'], { at: [3], reads: false, signal, again: 400 });
    expect([endedBy, stdout, readdirSync(here.temporary)]).toEqual([signal, '', []]);
    expect(stderr).toContain('interrupted again: what is under way is not finished');
    world.weather.forecast();
    expect((await running(world, here, ['apply', BLUEPRINT, '--yes'])).exitCode).toBe(0);
  } finally {
    here.remove();
    await world.close();
  }
});

it('what kill -9 leaves of what is temporary goes with the next command, and what a living process has there stays', async () => {
  const { world, here } = await prepared('empty');
  try {
    const matrix = ['matrix', 'shop.yaml', '--json'];
    const { exitCode, moments } = await running(world, here, matrix);
    expect([exitCode, readdirSync(here.temporary)]).toEqual([0, []]);
    // opa is asked at the end: until one of these moments is in the middle of that.
    for (let at = moments - 2; readdirSync(here.temporary).length === 0 && at > moments / 2; at -= 1)
      expect((await running(world, here, matrix, { at: [at] })).endedBy).toBe('SIGKILL');
    const [left = ''] = readdirSync(here.temporary);
    expect(left).toMatch(/^authctl-(opa|policy)-/);
    const living = left.replace(/(?<=^authctl-[a-z]+-[\da-f]+-)\d+/, String(process.pid));
    mkdirSync(join(here.temporary, living), { mode: 0o700 });
    expect([(await running(world, here, matrix)).exitCode, readdirSync(here.temporary)]).toEqual([0, [living]]);
  } finally {
    here.remove();
    await world.close();
  }
});
