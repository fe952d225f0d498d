import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPluginSchema } from '../../infra/stand-ins/src/kong/lua/schema.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const infra = `${root}infra/kong`;
const installed = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0;
const luajit = installed('luajit', '-v') && installed('luajit', '-e', 'require "cjson.safe"');
const luaFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.lua'));

interface Schema {
  readonly fields: readonly Readonly<Record<string, { readonly fields: readonly object[] }>>[];
}

/** Standard output and error together, or those of the failure: what a person needs to see. */
const outputOf = (command: string, args: readonly string[], cwd: string): Promise<string> =>
  run(command, args, { cwd, maxBuffer: 64 << 20 }).then(
    ({ stdout, stderr }) => stdout + stderr,
    (failure: unknown) => {
      const { stdout = '', stderr = '', message } = failure as Error & { stdout?: string; stderr?: string };
      return `${message}\n${stdout}${stderr}`;
    },
  );

describe('the Lua plugins', () => {
  const busted = luajit && installed('busted', '--version');
  it.skipIf(!busted)('hold their specs in LuaJIT (needs luajit, lua-cjson and busted)', { timeout: 300_000 }, async () => {
    const output = await outputOf('busted', ['--lua=luajit', '--lpath=./?.lua', '--output=plainTerminal', 'spec'], `${root}test/lua`);
    expect(output).toMatch(/^[1-9]\d* successes \/ 0 failures \/ 0 errors \/ 0 pending/m);
  });

  it.skipIf(!luajit)('compile as the Lua 5.1 dialect that Kong runs (needs luajit)', async () => {
    const files = luaFiles(infra);
    expect(files.length).toBeGreaterThan(20);
    expect((await Promise.all(files.map((file) => outputOf('luajit', ['-b', file, '/dev/null'], infra)))).join('')).toBe('');
  });

  it.skipIf(!installed('luacheck', '--version'))('have nothing that luacheck minds (needs luacheck)', async () => {
    const options = ['--config', 'infra/kong/.luacheckrc', '--no-color', '-q'];
    const output = await outputOf('luacheck', [...options, 'infra/kong/plugins', 'test/lua', 'test/nginx', 'test/bench/lua'], root);
    expect(output).toMatch(/^Total: 0 warnings \/ 0 errors in \d+ files$/m);
  });

  const plugins = readdirSync(`${infra}/plugins`);
  const read = (path: string): string => readFileSync(`${infra}/${path}`, 'utf8');

  it.each(plugins)('describe every field of %s in its README', async (name) => {
    const { fields } = (await loadPluginSchema(`${infra}/plugins`, name)) as Schema;
    const known = fields.flatMap((field) => field['config']?.fields ?? []).flatMap((field) => Object.keys(field));
    const rows = read(`plugins/${name}/README.md`).split('\n').filter((line) => line.startsWith('| `'));
    const described = rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([a-z_]+)`/g)].map(([, field]) => field ?? ''));
    expect(known.length).toBeGreaterThan(3);
    expect(known.filter((field) => !described.includes(field))).toEqual([]);
  });

  it.each(plugins)('name every module of %s in its rockspec, and the plugin in the image', (name) => {
    const modules = luaFiles(`${infra}/plugins/${name}`).map((file) => `["kong.plugins.${name}.${file.slice(0, -4)}"] = "${file}",`);
    const spec = read(`plugins/${name}/${name}-0.1.0-1.rockspec`);
    expect([...spec.matchAll(/\[".*/g)].map(([line]) => line).toSorted()).toEqual(modules.toSorted());
    expect(/KONG_PLUGINS="bundled,(.*?)"/.exec(read('Dockerfile'))?.[1]?.split(',').toSorted()).toEqual(plugins.toSorted());
  });
});
