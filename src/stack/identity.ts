import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessMark } from './types.ts';

/** What proc_pid_stat(5) says of a process, from its third field on: the second is the command in brackets and may itself hold spaces and brackets. */
const statOf = (pid: number): readonly string[] => {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

/** Linux: ticks since boot, and which boot. A zombie counts as gone: it only waits for its parent to notice. */
const bornOnLinux = (pid: number): string | undefined => {
  const fields = statOf(pid);
  const [state, started] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || started === undefined) return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${started}`;
};

const bornElsewhere = (pid: number): string | undefined => {
  const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env: { PATH: process.env['PATH'] } }).trim().split(/\s+/);
  return state === undefined || state === '' || state.startsWith('Z') ? undefined : started.join(' ');
};

/** When a process began, as text to compare; `undefined` when there is no such process. */
export const bornAt = (pid: number): string | undefined => {
  try {
    return process.platform === 'linux' ? bornOnLinux(pid) : bornElsewhere(pid);
  } catch {
    return undefined;
  }
};

/** Seconds of the processor that a process has had, where that can be told (Linux, which counts hundredths for every program), else 0. */
export const processorSeconds = (pid: number): number => {
  try {
    const [user = '0', system = '0'] = statOf(pid).slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return 0;
  }
};

export const markOf = (pid: number): ProcessMark | undefined => {
  const born = bornAt(pid);
  return born === undefined ? undefined : { pid, born };
};

/** True while this very process runs, not another one that was given its number. */
export const isAlive = ({ pid, born }: ProcessMark): boolean => bornAt(pid) === born;

const signalIfOurs = (mark: ProcessMark, signal: NodeJS.Signals): void => {
  if (!isAlive(mark)) return;
  try {
    process.kill(mark.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** Waits until the process is gone; false when it still runs after `seconds`. */
export const gone = async (mark: ProcessMark, seconds: number): Promise<boolean> => {
  const end = Date.now() + seconds * 1000;
  while (isAlive(mark)) {
    if (Date.now() >= end) return false;
    await pause(25);
  }
  return true;
};

/** SIGTERM, `graceSeconds` to obey, then SIGKILL; never a process that merely has the same number. */
export const stopProcess = async (mark: ProcessMark, graceSeconds: number): Promise<void> => {
  signalIfOurs(mark, 'SIGTERM');
  if (await gone(mark, graceSeconds)) return;
  signalIfOurs(mark, 'SIGKILL');
  await gone(mark, 5);
};
