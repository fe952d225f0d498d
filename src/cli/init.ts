import { mkdir, open, readFile, readdir, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { referencedVariables } from '../blueprint/index.ts';
import { Problem, reason } from '../core/problem.ts';
import { movedPolicy, starterBlueprint } from '../explain/starter.ts';
import type { GlobalOptions } from './context.ts';
import type { Action } from './index.ts';

/** The policy that ships with authctl; it lies beside `src` and `dist` alike. */
const SHIPPED = join(import.meta.dirname, '../../policies/shop');

/** `init`: a commented blueprint and its policy to start from. Never overwrites: with anything in the way it writes nothing. */
export const initCommand: Action<GlobalOptions & { name: string }> = async (context, path, { name }) => {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
    throw new Problem('INIT_BAD_NAME', `"${name}" cannot be the name of a blueprint`, {
      expected: 'lower-case letters, digits and hyphens, a letter first, 31 at the most',
    });
  const file = resolve(context.cwd, path);
  const policy = `policies/${name}`;
  const directory = join(dirname(file), policy);
  const files = new Map<string, string>([[file, starterBlueprint(name, policy)]]);
  for (const rego of (await readdir(SHIPPED)).filter((entry) => entry.endsWith('.rego')).toSorted())
    files.set(join(directory, rego), movedPolicy(await readFile(join(SHIPPED, rego), 'utf8'), 'shop', name.replaceAll('-', '_')));
  await writeAll(files);

  const references = await referencedVariables(file);
  const needed = references.filter(({ kind, required }) => kind === 'variable' && required).map((reference) => reference.name);
  const written = [...files.keys()].map((one) => relative(context.cwd, one) || one);
  const text = [
    ...written.map((one) => `wrote ${one}`),
    '',
    `Its secrets come from the environment: ${needed.join(', ')}`,
    '',
    'next, with a stack on this machine, which sets all of them:',
    `  authctl stack up ${path}`,
    `  authctl apply ${path}`,
    `  authctl verify ${path}`,
    'or, with your own servers, once they are set:',
    `  authctl validate ${path}`,
  ].join('\n');
  return context.finish({ command: 'init', blueprint: name, problems: [], text, data: { written, environment: needed } });
};

/** All or none: what was written before one could not be is taken away again. Opened for creation only, so that no race overwrites. */
const writeAll = async (files: ReadonlyMap<string, string>): Promise<void> => {
  const made: string[] = [];
  try {
    for (const [file, text] of files) {
      await mkdir(dirname(file), { recursive: true });
      const handle = await open(file, 'wx');
      made.push(file);
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
    }
  } catch (cause) {
    for (const file of made) await rm(file, { force: true });
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
