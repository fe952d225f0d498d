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

/**
 * Runs `<pluginDir>/<name>/schema.lua` in a Lua machine of its own and gives the table it returns as plain data: sequences as
 * arrays, `ngx.null` as null, an empty table as an empty object. Rejects when the file is missing, fails, holds a function,
 * or uses a typedef that is not known.
 */
export const loadPluginSchema = async (pluginDir: string, name: string): Promise<unknown> => {
  const schema = `kong.plugins.${name}.schema`;
  const path = pathOf(pluginDir, schema);
  if (path === undefined) throw new Error(`"${name}" is no name of a plugin`);
  const source = await readFile(path, 'latin1');
  const machine = await startMachine({
    null: () => [null],
    enter: () => [],
    module: ([module]) => [textArg(module) === schema ? source : undefined],
  });
  try {
    machine.run('base', baseChunk);
    machine.run('schema', schemaChunk);
    const [table] = machine.call('base', ['schema', name]);
    return fromLua(table);
  } finally {
    machine.close();
  }
};
