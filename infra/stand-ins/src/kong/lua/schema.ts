import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseChunk } from './chunk-base.ts';
import { schemaChunk } from './chunk-schema.ts';
import { startMachine } from './machine.ts';
import { fromLua, textArg } from './values.ts';

/** A module name below a plugin, as its path. */
const pathOf = (pluginDir: string, module: string): string | undefined => {
  const found = /^kong\.plugins\.([A-Za-z0-9_.-]+)$/.exec(module);
  return found?.[1] === undefined || found[1].includes('..') ? undefined : `${join(pluginDir, ...found[1].split('.'))}.lua`;
};

/** What each schema said, by its name and text: it depends on nothing else, and a machine takes longer to start than to run one. */
const read = new Map<string, unknown>();

/**
 * Runs `<pluginDir>/<name>/schema.lua` in a Lua machine of its own and gives the table it returns as plain data: sequences as
 * arrays, `ngx.null` as null, an empty table as an empty object. Rejects when the file is missing, fails, holds a function,
 * or uses a typedef that is not known.
 */
export const loadPluginSchema = async (pluginDir: string, name: string): Promise<unknown> => {
  const module = `kong.plugins.${name}.schema`;
  const path = pathOf(pluginDir, module);
  if (path === undefined) throw new Error(`"${name}" is no name of a plugin`);
  const source = await readFile(path, 'latin1');
  const known = read.get(`${name}\n${source}`);
  if (known !== undefined) return structuredClone(known);
  const machine = await startMachine({
    null: () => [null],
    enter: () => [],
    module: ([asked]) => [textArg(asked) === module ? source : undefined],
  });
  try {
    machine.run('base', baseChunk);
    machine.run('schema', schemaChunk);
    const [table] = machine.call('base', ['schema', name]);
    const schema = fromLua(table);
    read.set(`${name}\n${source}`, schema);
    return structuredClone(schema);
  } finally {
    machine.close();
  }
};
