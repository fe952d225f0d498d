import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { bornAt, hasEnded } from './born.ts';

/** A process, as others can tell who it is and whether it still runs. */
export interface ProcessOf {
  /** The account of the machine: `jo`. */
  readonly by: string;
  readonly host: string;
  /** The machine as its processes see it: only where it is the same does the number of a process say anything. */
  readonly place: string;
  readonly pid: number;
  /** When it began, where that can be told: another process may have the number by now. */
  readonly born?: string;
}

/** Looked up once: where there is no /proc it takes a command. */
let birth: { readonly born?: string } | undefined;

export const thisProcess = (): ProcessOf => {
  birth ??= birthOf(bornAt(process.pid));
  return { by: accountName(), host: hostname(), place: placeOfProcesses(), pid: process.pid, ...birth };
};

const birthOf = (born: string | undefined): { readonly born?: string } => (born === undefined ? {} : { born });

/** True of one that ran where this one does, and is no more; of another machine nobody here can say. */
export const isDead = ({ place, pid, born }: Pick<ProcessOf, 'place' | 'pid' | 'born'>): boolean => place === placeOfProcesses() && pid > 0 && hasEnded({ pid, born });

/** True of a file or directory into which somebody else than this account and root may write; false where nobody can tell. */
export const othersMayWrite = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined);
  const me = process.getuid?.();
  return found !== undefined && me !== undefined && (![me, 0].includes(found.uid) || (found.mode & 0o022) !== 0);
};

/** An account without a name (a container with a number for its user) is no reason to stop. */
const accountName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
};

/** Two containers may have one name, and two machines: on Linux the boot and the name space of process numbers are told apart. */
const placeOfProcesses = (): string => {
  const known = [hostname(), orNothing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')), orNothing(() => readlinkSync('/proc/self/ns/pid'))];
  return createHash('sha256').update(known.join(' ')).digest('hex').slice(0, 16);
};

const orNothing = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return '';
  }
};
