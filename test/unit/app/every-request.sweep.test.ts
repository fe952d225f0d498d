import { describe, expect, it } from 'vitest';
import { cli } from '../../cli/run.ts';
import { WAYS } from './weather.ts';
import type { Way } from './weather.ts';
import { startAws, startKong } from './worlds.ts';
import type { World } from './worlds.ts';

/** Every so many requests meet it; all of them where there is time. */
const EVERY = Number(process.env.AUTHCTL_FAULTS_EVERY ?? 97);

interface Told {
  readonly exitCode: number;
  readonly changes?: readonly { readonly action: string; readonly address: string }[];
  readonly applied?: readonly { readonly action: string; readonly address: string; readonly outcome: string }[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

/** A command line, whose JSON is JSON whatever happens. */
const told = async ({ file, env }: World, command: 'apply' | 'plan' | 'drift', more: Readonly<Record<string, string>> = {}): Promise<Told> => {
  const { exitCode, stdout, stderr } = await cli(['--no-stack', command, file, '--json', ...(command === 'apply' ? ['--yes'] : [])], { ...env, ...more });
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  const report = JSON.parse(stdout) as Told;
  expect(report.exitCode).toBe(exitCode);
  return report;
};

const WRITING = new Set(['create', 'update', 'replace', 'adopt', 'delete']);
const writesOf = ({ applied = [] }: Told): readonly string[] => applied.flatMap(({ action, address }) => (WRITING.has(action) && !isMended({ action, address }) ? [address] : []));
/** Deletions of what AWS made twice: a request that was given up on and sent again may take effect when the run has ended. */
const isMended = ({ action, address }: { readonly action: string; readonly address: string }): boolean => action === 'delete' && /^aws\.(api|integration)\/.*#/.test(address);
const changing = ({ changes = [] }: Told): readonly string[] => changes.flatMap(({ action, address }) => (['keep', 'danger'].includes(action) ? [] : [`${action} ${address}`]));
/** Two seconds are never, for whoever waits no longer. */
const limitFor = (way: Way): Readonly<Record<string, string>> => (way === 'never' ? { AUTHCTL_REQUEST_TIMEOUT: '2s' } : {});

/** What was not as it should be, whole. */
const said = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  return 'actual' in thrown && 'expected' in thrown ? `${JSON.stringify(thrown.actual)} instead of ${JSON.stringify(thrown.expected)}` : (thrown.stack ?? thrown.message);
};

const WORLDS = [['Keycloak and Kong', startKong], ['API Gateway', startAws]] as const;

describe.each(WORLDS)('%s, with one request that fails', (name, start) => {
  const counts: Record<string, number> = {};
  const count = (what: string): void => { counts[what] = (counts[what] ?? 0) + 1; };

  /** How many requests it takes when nothing fails, and what is there then. */
  const measured = async () => {
    const world = await start();
    try {
      world.weather.forecast();
      expect((await told(world, 'apply')).exitCode).toBe(0);
      const applying = world.weather.seen().length;
      const held = await world.held();
      world.weather.forecast();
      expect(changing(await told(world, 'plan'))).toEqual([]);
      expect([await world.open(), await world.strangers()]).toEqual([200, []]);
      return { applying, planning: world.weather.seen().length, held };
    } finally {
      await world.close();
    }
  };

  const failedPlan = async (world: World, at: number, way: Way): Promise<void> => {
    world.weather.forecast({ at, way });
    const plan = await told(world, 'plan', limitFor(way));
    const met = world.weather.struck();
    count(`plan: exit ${String(plan.exitCode)}`);
    // What could not be read is not taken for what is not there.
    expect([met, way, changing(plan)]).toEqual([met, way, []]);
    expect([met, way, plan.exitCode === 0]).toEqual([met, way, plan.problems.length === 0]);
    expect([met, way, world.weather.written()]).toEqual([met, way, []]);
  };

  const failedApply = async (world: World, at: number, way: Way, held: readonly string[]): Promise<void> => {
    world.weather.forecast({ at, way });
    const first = await told(world, 'apply', limitFor(way));
    const met = world.weather.struck();
    const written = world.weather.written();
    count(`apply: exit ${String(first.exitCode)}`);
    const seen = <T>(what: T) => [met, way, first.problems.map(({ code, message }) => `${code} ${message}`), what];
    expect(seen(await world.strangers())).toEqual(seen([]));
    expect(seen([0, 1, 3].includes(first.exitCode))).toEqual(seen(true));
    expect(seen(first.exitCode === 0)).toEqual(seen(first.problems.length === 0));
    // Nothing is known and nothing was written: but for what the lost answer was about.
    if (first.exitCode === 3) expect(seen(written.filter((request) => request !== met))).toEqual(seen([]));
    // What was begun is told of, each thing of the plan by what became of it.
    if (first.applied && first.applied.length > 0) {
      const missing = changing(first).map((line) => line.slice(line.indexOf(' ') + 1)).filter((address) => !first.applied?.some((one) => one.address === address));
      expect(seen(missing)).toEqual(seen([]));
    }

    world.weather.forecast();
    const second = await told(world, 'apply');
    const done = new Set((first.applied ?? []).flatMap(({ address, outcome }) => (outcome === 'done' ? [address] : [])));
    expect(seen([second.exitCode, second.problems])).toEqual(seen([0, []]));
    // What is opened last is written and closed where that fails: its line says so.
    const unsettled = first.applied?.some(({ action, outcome }) => action === 'settle' && outcome === 'failed') === true;
    expect(seen(writesOf(second).filter((address) => done.has(address) && !(unsettled && /^kong\.(route|service)\//.test(address))))).toEqual(seen([]));
    if (first.exitCode === 0) expect(seen(writesOf(second))).toEqual(seen([]));
    const plan = await told(world, 'plan');
    expect(seen([plan.exitCode, changing(plan), await world.held()])).toEqual(seen([0, [], held]));
    expect(seen([await world.open(), await world.strangers()])).toEqual(seen([200, []]));
  };

  it(`fails honestly, and the next apply ends it (every request of ${EVERY}, in each of ${WAYS.length} ways)`, { timeout: 3_600_000 }, async () => {
    const { applying, planning, held } = await measured();
    const failures: string[] = [];
    const each = async (what: string, round: () => Promise<void>): Promise<void> => {
      try {
        await round();
      } catch (thrown) {
        failures.push(`${what}: ${said(thrown)}`);
      }
    };
    const moments = (from: number): readonly (readonly [number, Way])[] =>
      Array.from({ length: from }, (_, index) => index + 1).filter((at) => (at - 1) % EVERY === 0).flatMap((at) => WAYS.map((way) => [at, way] as const));

    const steady = await start();
    try {
      expect((await told(steady, 'apply')).exitCode).toBe(0);
      for (const [at, way] of moments(planning)) await each(`plan ${String(at)} ${way}`, () => failedPlan(steady, at, way));
    } finally {
      await steady.close();
    }

    const queue = [...moments(applying)];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [at, way] = next;
        const world = await start();
        await each(`apply ${String(at)} ${way}`, () => failedApply(world, at, way, held));
        await world.close();
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    process.stdout.write(`${name}: ${String(planning)} requests of plan, ${String(applying)} of apply: ${JSON.stringify(counts)}\n`);
    expect(failures).toEqual([]);
  });
});
