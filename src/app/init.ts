import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { referencedVariables } from '../blueprint/index.ts';
import { Problem, reason } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { movedPolicy, starterBlueprint } from '../blueprint/starter.ts';
import type { Run } from './run.ts';

/** The policy that ships with authctl; it lies beside `src` and `dist` alike. */
const SHIPPED = join(import.meta.dirname, '../../policies/shop');

export interface InitRequest {
  /** The mark on the live objects; `shop` unless stated. */
  readonly name?: string;
}
export interface Initialized {
  /** Absolute. */
  readonly written: readonly string[];
  /** Variables that must be set before the blueprint loads. */
  readonly environment: readonly string[];
}

/** A commented blueprint and its policy to start from. Never overwrites: with anything in the way it writes nothing. */
export const init = async (run: Run, path: string, { name = 'shop' }: InitRequest): Promise<Report<Initialized>> => {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
    throw new Problem('INIT_BAD_NAME', `"${name}" cannot be the name of a blueprint`, {
      expected: 'lower-case letters, digits and hyphens, a letter first, 31 at the most',
    });
  const file = resolve(run.pathOf(path));
  const policy = `policies/${name}`;
  const directory = join(dirname(file), policy);
  const files = new Map<string, string>([[file, starterBlueprint(name, policy)]]);
  for (const rego of (await readdir(SHIPPED)).filter((entry) => entry.endsWith('.rego')).toSorted())
    files.set(join(directory, rego), movedPolicy(await readFile(join(SHIPPED, rego), 'utf8'), 'shop', name.replaceAll('-', '_')));
  const ignored = await ignoring(dirname(file));
  if (ignored.file) files.set(ignored.file, `${STATE}/\n`);
  writeAll(files);

  const references = await referencedVariables(file);
  const needed = references.filter(({ kind, required }) => kind === 'variable' && required).map((reference) => reference.name);
  return { command: 'init', blueprint: name, problems: [], ...(ignored.note && { notes: [ignored.note] }), data: { written: [...files.keys()], environment: needed } };
};

/** Where the local stack keeps its secrets and verify its notes: nothing of it belongs into a repository. */
const STATE = '.authctl';

/** The `.gitignore` to write; where there is one, a word about what it lacks. */
const ignoring = async (directory: string): Promise<{ readonly file?: string; readonly note?: string }> => {
  const file = join(directory, '.gitignore');
  try {
    const lines = (await readFile(file, 'utf8')).split(/\r?\n/);
    const has = lines.some((line) => /^(\*\*)?\/?\.authctl(\/\**)?\s*$/.test(line));
    return has ? {} : { note: `add the line ${STATE}/ to ${file}: the local stack keeps its secrets there` };
  } catch (thrown) {
    // One that cannot be read is somebody's all the same.
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? { file } : {};
  }
};

/**
 * All or none: what was written before one could not be is taken away again, and no signal comes in between. Opened for creation only, so that no race
 * overwrites.
 */
const writeAll = (files: ReadonlyMap<string, string>): void => {
  const made: string[] = [];
  try {
    for (const [file, text] of files) {
      mkdirSync(dirname(file), { recursive: true });
      const handle = openSync(file, 'wx');
      made.push(file);
      try {
        writeFileSync(handle, text);
      } finally {
        closeSync(handle);
      }
    }
  } catch (cause) {
    for (const file of made) rmSync(file, { force: true });
    const there = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const name = (cause as NodeJS.ErrnoException).path ?? 'a file';
    throw there
      ? new Problem('INIT_EXISTS', `"${name}" is there already; nothing was written`, {
          cause,
          hint: 'give another file name: authctl init other.yaml --name other',
        })
      : new Problem('INIT_FAILED', `"${name}" cannot be written: ${reason(cause)}`, { cause, hint: 'is the directory yours to write to?' });
  }
};
