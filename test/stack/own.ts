import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Verdict, VerdictStatus } from '../../src/core/report.ts';
import { authctlWith } from './authctl.ts';
import type { Ended } from './authctl.ts';

interface Verified {
  readonly exitCode: number;
  readonly verdicts: readonly Verdict[];
  /** Ids with at least one verdict of these statuses, sorted. */
  readonly idsOf: (...wanted: readonly VerdictStatus[]) => readonly string[];
}

/** A local stack in a directory of its own, which begins with `prefix`, for one blueprint: a test file that other services stand behind than the shared one's. */
export const ownStack = (blueprint: string, env: Readonly<Record<string, string>> = {}, prefix = 'authctl-own-') => {
  // Made when it is first asked for: tests that are skipped make none.
  let made: string | undefined;
  const place = (): string => (made ??= mkdtempSync(join(tmpdir(), prefix)));
  const authctl = (...args: readonly string[]): Promise<Ended> => authctlWith({ ...env, AUTHCTL_STACK_DIR: join(place(), 'stack') }, ...args);
  /** Output of a command that must end with 0. */
  const succeed = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await authctl(...args);
    if (exitCode !== 0) throw new Error(`authctl ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
    return stdout;
  };
  const verify = async (...args: readonly string[]): Promise<Verified> => {
    const { exitCode, stdout, stderr } = await authctl('verify', blueprint, '--json', ...args);
    if (stdout === '') throw new Error(`authctl verify ${args.join(' ')} ended with ${exitCode} and said nothing:\n${stderr}`);
    const { verdicts } = JSON.parse(stdout) as { verdicts: readonly Verdict[] };
    return {
      exitCode,
      verdicts,
      idsOf: (...wanted) => [...new Set(verdicts.filter(({ status }) => wanted.includes(status)).map(({ id }) => id))].toSorted(),
    };
  };
  return {
    get directory(): string {
      return join(place(), 'stack');
    },
    authctl,
    succeed,
    verify,
    /** Addresses and secrets of the running stack. */
    env: (): Record<string, string> => stateIn(place()).env,
    state: () => stateIn(place()),
    /** Of one of its servers, as it was started. */
    pidOf: (server: string): number => stateIn(place()).servers.find(({ name }) => name === server)?.pid ?? 0,
    down: () => succeed('stack', 'down').finally(() => rmSync(place(), { recursive: true, force: true })),
  };
};

const stateIn = (dir: string): { readonly env: Record<string, string>; readonly servers: readonly { readonly name: string; readonly pid: number }[]; readonly processes: readonly { readonly pid: number }[] } =>
  JSON.parse(readFileSync(join(dir, 'stack', 'stack.json'), 'utf8')) as ReturnType<typeof stateIn>;
