import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPluginSchema } from '../../../../infra/stand-ins/src/kong/lua/schema.ts';

let directory = '';
beforeAll(async () => { directory = await mkdtemp(join(tmpdir(), 'kong-schema-')); });
afterAll(async () => { await rm(directory, { recursive: true }); });

const schemaOf = async (name: string, source: string): Promise<unknown> => {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, 'schema.lua'), source);
  return loadPluginSchema(directory, name);
};

describe('a plugin\'s schema', () => {
  it('is given as plain data, with typedefs filled in and changed', async () => {
    expect(await schemaOf('good', `
      local typedefs = require "kong.db.schema.typedefs"
      return { name = "good", fields = {
        { consumer = typedefs.no_consumer },
        { config = { type = "record", fields = { { port = typedefs.port { default = 80, required = true } },
          { empty = { type = "array", default = {} } } } } },
      } }`)).toEqual({
      name: 'good',
      fields: [
        { consumer: { type: 'foreign', reference: 'consumers', eq: null,
          description: 'Custom type for representing a foreign key with a null value allowed.' } },
        { config: { type: 'record', fields: [
          { port: { type: 'integer', between: [0, 65_535], default: 80, required: true,
            description: 'An integer representing a port number between 0 and 65535, inclusive.' } },
          { empty: { type: 'array', default: {} } },
        ] } },
      ],
    });
  });

  it('is refused when it holds a function, an unknown typedef, an error, or nothing', async () => {
    await expect(schemaOf('fn', 'return { fields = { { a = { custom_validator = function() end } } } }')).rejects.toThrow(/custom_validator is a function/);
    await expect(schemaOf('typedef',
      'return { a = require("kong.db.schema.typedefs").nonsense }')).rejects.toThrow(/typedefs\.nonsense is not there/);
    await expect(schemaOf('error', 'error("broken on purpose")')).rejects.toThrow(/broken on purpose/);
    await expect(schemaOf('nothing', 'return 1')).rejects.toThrow(/is no table/);
    await expect(schemaOf('reach', 'return { io.open("/etc/passwd") }')).rejects.toThrow(/nil value/);
    await expect(loadPluginSchema(directory, 'absent')).rejects.toThrow(/ENOENT/);
    await expect(loadPluginSchema(directory, '../x')).rejects.toThrow(/no name of a plugin/);
  });
});
