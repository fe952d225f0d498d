import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '../../src/core/report.ts';
import { saboteur } from '../../scripts/sabotage.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line as a user does. */
export const authctl = (...args: readonly string[]): Promise<Ended> => authctlWith({}, ...args);

export const authctlWith = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> =>
  new Promise((settle) => {
    execFile(process.execPath, ['bin/authctl.js', ...args], { cwd: root, env: { ...process.env, ...env, NO_COLOR: '1' }, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      settle({ exitCode: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });

/** The addresses and secrets of the running stack. */
export const stackEnv = (): Record<string, string> =>
  (JSON.parse(readFileSync(join(process.env.AUTHCTL_STACK_DIR ?? '', 'stack.json'), 'utf8')) as { env: Record<string, string> }).env;

export const byHand = () => saboteur(stackEnv(), 'shop');

/** Verdicts of a run, and the ids of checks that are not passed or skipped. */
export const verify = async (...args: readonly string[]) => {
  const ended = await authctl('verify', 'blueprints/sso.yaml', '--json', ...args);
  const report = JSON.parse(ended.stdout) as { verdicts: Verdict[]; problems: unknown[] };
  const bad = report.verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped');
  return { ...ended, ...report, bad: [...new Set(bad.filter(({ status }) => status === 'failed').map(({ id }) => id))].toSorted(), notPassed: bad };
};
