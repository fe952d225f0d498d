import { createHash } from 'node:crypto';
import { chown } from 'node:fs/promises';
import { startChild } from '../child.ts';
import type { Child } from '../child.ts';
import { writePrivate } from '../files.ts';
import type { Room } from '../room.ts';
import { docker, engineEnv } from './engine.ts';
import type { Engine } from './engine.ts';

const LABEL = 'io.authctl.stack';

export interface Container {
  /** `redis`: of the container, and of its log. */
  readonly name: string;
  readonly title: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly entrypoint?: string;
  /** Files and folders of this machine that it reads, by where it finds them. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** Nothing secret: `docker inspect` shows it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders in memory, with their options. */
  readonly inMemory?: readonly string[];
  /** What it may take of this machine's memory, in Docker's notation: a server that sizes itself by what there is looks at this. */
  readonly memory?: string;
  /** Whose process it is: nobody's in particular, unless it starts as root and says what it needs for becoming another. */
  readonly root?: { readonly capabilities: readonly string[] };
}

/** Containers of another stack than this one are not touched. */
const nameIn = (dir: string, name: string): string => `authctl-${createHash('sha256').update(dir).digest('hex').slice(0, 10)}-${name}`;

/** Whose process is in a container: ours, or somebody who is not root. */
const account = (): number => {
  const own = process.getuid?.() ?? 1000;
  return own === 0 ? 1000 : own;
};

/** A file for a container to read: of the account that it runs as, and of no other. */
export const writeFor = async (path: string, text: string): Promise<string> => {
  writePrivate(path, text);
  if (process.getuid?.() === 0) await chown(path, account(), 0);
  return path;
};

/** A field of the comma-separated values that `--mount` takes (docs.docker.com/reference/cli/docker/container/run, RFC 4180): a path may hold a comma. */
const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
/** A file or folder of this machine, for reading alone. */
export const mountArguments = (mounts: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(mounts).flatMap(([there, here]) => ['--mount', ['type=bind', `source=${here}`, `target=${there}`, 'readonly'].map(field).join(',')]);

/**
 * It shares this machine's network: what a server calls itself is then what everybody calls it, and it listens on 127.0.0.1 alone, without a published port.
 * Its output is ours to keep, not Docker's.
 */
const runArguments = (dir: string, { name, image, args, entrypoint, mounts = {}, env = {}, inMemory = [], memory, root }: Container): readonly string[] => [
  'run', '--rm', '--pull', 'never', '--name', nameIn(dir, name), '--label', `${LABEL}=${dir}`, '--network', 'host', '--log-driver', 'none',
  '--security-opt', 'no-new-privileges', '--cap-drop', 'ALL', ...(root ? root.capabilities.flatMap((one) => ['--cap-add', one]) : ['--user', `${String(account())}:0`]),
  ...mountArguments(mounts),
  ...inMemory.flatMap((place) => ['--tmpfs', place]),
  // Swap would be memory by another name.
  ...(memory === undefined ? [] : ['--memory', memory, '--memory-swap', memory]),
  ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
  ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
  image, ...args,
];

const remove = async (engine: Engine, containers: readonly string[]): Promise<void> => {
  if (containers.length > 0) await docker(engine, ['rm', '--force', '--volumes', ...containers]);
};

/** Removes every container of the stack in `dir`, however it was left, with what it kept. */
export const sweep = async (engine: Engine, dir: string): Promise<void> => {
  const found = await docker(engine, ['ps', '--all', '--quiet', '--filter', `label=${LABEL}=${dir}`]);
  if (!found.missing && found.code === 0) await remove(engine, found.output.split('\n').filter((id) => id !== ''));
};

/** Starts a container; the child is Docker's command, which lives as long as it does, and passes signals on to it. */
export const startContainer = async (engine: Engine, room: Pick<Room, 'dir' | 'log'>, container: Container): Promise<Child> => {
  const child = await startChild(container.title, { command: engine.command, args: runArguments(room.dir, container), env: engineEnv(engine) }, room.log(container.name));
  return {
    ...child,
    stop: async (graceSeconds) => {
      await child.stop(graceSeconds);
      // The command may have been ended before its container was.
      await remove(engine, [nameIn(room.dir, container.name)]);
    },
  };
};

/** Runs a command in a running container; whether it ended well. */
export const execute = async (engine: Engine, dir: string, name: string, command: readonly string[], signal: AbortSignal): Promise<boolean> => {
  const answer = await docker(engine, ['exec', nameIn(dir, name), ...command], signal);
  return !answer.missing && answer.code === 0;
};

/** Runs a container to its end. */
export const runContainer = (engine: Engine, dir: string, container: Container, signal: AbortSignal) => docker(engine, runArguments(dir, container), signal);
