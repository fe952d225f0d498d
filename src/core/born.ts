import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What proc_pid_stat(5) says of a process, from its third field on: the second is the command in brackets and may itself hold spaces and brackets. */
export const statOf = (pid: number): readonly string[] => {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

/** Linux: ticks since boot, and which boot. */
const lookOnLinux = (pid: number): Look => {
  const fields = statOf(pid);
  const [state, started] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return 'ended';
  return started === undefined ? 'unknown' : { born: `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${started}` };
};

const lookElsewhere = (pid: number): Look => {
  const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env: { PATH: process.env['PATH'] } }).trim().split(/\s+/);
  if (state === undefined || state === '') return 'unknown';
  return state.startsWith('Z') ? 'ended' : { born: started.join(' ') };
};

/** When a process began, as text to compare; a zombie has ended, and only waits for its parent to notice; of another account it may not be told. */
type Look = { readonly born: string } | 'ended' | 'unknown';

const lookAt = (pid: number): Look => {
  try {
    return process.platform === 'linux' ? lookOnLinux(pid) : lookElsewhere(pid);
  } catch {
    return 'unknown';
  }
};

/** When a process began, as text to compare; `undefined` when there is no such process. */
export const bornAt = (pid: number): string | undefined => {
  const look = lookAt(pid);
  return typeof look === 'string' ? undefined : look.born;
};

/**
 * True of a process of this machine that is no more: nobody has its number, a zombie has, or a process has that began at another time. `born` is what
 * `bornAt` said while it ran; without it, whoever has the number is taken for it.
 */
export const hasEnded = ({ pid, born }: { readonly pid: number; readonly born?: string | undefined }): boolean => {
  if (!isRunning(pid)) return true;
  const look = lookAt(pid);
  if (typeof look === 'string') return look === 'ended';
  return born !== undefined && look.born !== born;
};

/** True while a process of this machine has the number, whoever's it is. */
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
};
