import { execFile, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const infra = `${root}infra/kong`;
const installed = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0;
const luajit = installed('luajit', '-v') && installed('luajit', '-e', 'require "cjson.safe"');
const luaFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.lua'));

/** Standard output and error together, or those of the failure: what a person needs to see. */
const outputOf = (command: string, args: readonly string[], cwd: string): Promise<string> =>
  run(command, args, { cwd, maxBuffer: 64 << 20, env: { AUTHCTL_HOSTILE_TOKENS: '20000', ...process.env } }).then(
    ({ stdout, stderr }) => stdout + stderr,
    (failure: unknown) => {
      const { stdout = '', stderr = '', message } = failure as Error & { stdout?: string; stderr?: string };
      return `${message}\n${stdout}${stderr}`;
    },
  );

describe('the Lua plugins', () => {
  it.skipIf(!luajit || !installed('busted', '--version'))('hold their specs in LuaJIT (needs luajit, lua-cjson and busted)', { timeout: 300_000 }, async () => {
    const output = await outputOf('busted', ['--lua=luajit', '--lpath=./?.lua', '--output=plainTerminal', 'spec'], `${root}test/lua`);
    expect(output).toMatch(/^[1-9]\d* successes \/ 0 failures \/ 0 errors \/ 0 pending/m);
  });

  it.skipIf(!luajit)('compile as the Lua 5.1 dialect that Kong runs (needs luajit)', async () => {
    const files = luaFiles(infra);
    expect(files.length).toBeGreaterThan(20);
    expect((await Promise.all(files.map((file) => outputOf('luajit', ['-b', file, '/dev/null'], infra)))).join('')).toBe('');
  });

  it.skipIf(!installed('luacheck', '--version'))('have nothing that luacheck minds (needs luacheck)', async () => {
    const output = await outputOf('luacheck', ['--config', 'infra/kong/.luacheckrc', '--no-color', '-q', 'infra/kong/plugins', 'test/lua'], root);
    expect(output).toMatch(/^Total: 0 warnings \/ 0 errors in \d+ files$/m);
  });
});
