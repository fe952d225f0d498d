import { setTimeout as pause } from 'node:timers/promises';
import { bornAt, statOf } from '../core/born.ts';
import type { ProcessMark } from './types.ts';

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
