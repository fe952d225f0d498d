import { lstatSync, readFileSync, readlinkSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Engine } from './containers/engine.ts';
import { writePrivate } from './files.ts';
import { isAlive } from './identity.ts';
import type { ProcessMark, StackNeeds, StackPart, StackServer } from './types.ts';

/** What `<dir>/stack.json` holds (0600): enough to stop everything whatever has happened since. */
export interface StackState {
  readonly version: 1;
  readonly ready: boolean;
  readonly startedAt: string;
  /** The supervisor first, then its children. */
  readonly processes: readonly (ProcessMark & { readonly name: string })[];
  readonly parts: readonly StackPart[];
  readonly needs: StackNeeds;
  readonly servers: readonly StackServer[];
  readonly env: Readonly<Record<string, string>>;
  /** By which its containers are found, where it has any. */
  readonly engine?: Engine;
}

const fileOf = (dir: string): string => join(dir, 'stack.json');

/** `undefined` when there is none, or one that is no state of ours. */
export const readState = (dir: string): StackState | undefined => {
  try {
    const state = JSON.parse(readFileSync(fileOf(dir), 'utf8')) as StackState;
    return (state as { version: unknown }).version === 1 ? state : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

export const writeState = (dir: string, state: StackState): void => {
  writePrivate(fileOf(dir), JSON.stringify(state, undefined, 2));
};

export const allAlive = ({ processes }: StackState): boolean => processes.length > 0 && processes.every(isAlive);
export const anyAlive = ({ processes }: StackState): boolean => processes.some(isAlive);

/** Everything a stack writes into its directory, and nothing else: a wrong `dir` costs nobody a file. */
const SECRET = ['stack.json', 'keycloak', 'kong', 'opa', 'redis', 'bundles', 'tls'];

/** Where a database is, in the stack's directory; or where a link there leads, when another account must get to it: `of` is a file there that says whose it is. */
export const DATABASE_PLACE = { link: 'postgres', prefix: 'authctl-postgres-', of: 'stack' } as const;

/** Which directory it is, by whatever path one comes to it: what `of` holds. */
export const identityOf = (dir: string): string => {
  const { dev, ino } = statSync(dir);
  return `${String(dev)}:${String(ino)}`;
};

/** Who stops a stack may have another TMPDIR than who started it: that a place is this stack's is what the place itself says. */
const isOurs = (place: string, dir: string): boolean => {
  try {
    return basename(place).startsWith(DATABASE_PLACE.prefix) && readFileSync(join(place, DATABASE_PLACE.of), 'utf8') === identityOf(dir);
  } catch {
    return false;
  }
};

/** A link that leads anywhere else is not ours, and is left where it leads. */
const removeDatabase = (dir: string): void => {
  const link = join(dir, DATABASE_PLACE.link);
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) {
    const place = readlinkSync(link);
    if (isOurs(place, dir)) rmSync(place, { recursive: true, force: true });
  }
  rmSync(link, { recursive: true, force: true });
};

export const removeSecrets = (dir: string): void => {
  removeDatabase(dir);
  for (const name of SECRET) rmSync(join(dir, name), { recursive: true, force: true });
};

const removeIfEmpty = (dir: string): void => {
  try {
    rmdirSync(dir);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
};

/** Removes what the stack wrote, then its directory and `.authctl` above it when nothing else is in them. */
export const removeAll = (dir: string): void => {
  removeSecrets(dir);
  for (const name of ['logs', 'lock']) rmSync(join(dir, name), { recursive: true, force: true });
  removeIfEmpty(dir);
  if (basename(dirname(dir)) === '.authctl') removeIfEmpty(dirname(dir));
};

export const exists = (dir: string): boolean => lstatSync(dir, { throwIfNoEntry: false }) !== undefined;
