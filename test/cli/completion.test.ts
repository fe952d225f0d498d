import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cli } from './run.ts';

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('knows every command in %s', async (shell) => {
    const { stdout: help } = await cli(['--help']);
    const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
    expect(commands.length).toBeGreaterThan(12);
    const { exitCode, stdout } = await cli(['completion', shell]);
    expect(exitCode).toBe(0);
    for (const name of [...commands, 'kong-declarative', 'sarif']) expect(stdout).toContain(name);
  });

  /** What bash would offer at the end of this line. */
  const offered = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await cli(['completion', 'bash']);
    const [, complete = ''] = /^complete .*-F (\S+) /m.exec(stdout) ?? [];
    const script = `${stdout}\nCOMP_WORDS=("$@")\nCOMP_CWORD=$(($# - 1))\n${complete} authctl "\${@: -1}" "\${@: -2:1}"\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script, 'bash', 'authctl', ...words], { encoding: 'utf8' }).trim().split('\n').map((word) => word.trim());
  };

  it('completes commands, subcommands, options and their values at a shell', async () => {
    expect(await offered('ver')).toEqual(['verify']);
    expect((await offered('stack', '')).toSorted()).toEqual(expect.arrayContaining(['down', 'status', 'up']));
    expect(await offered('apply', '--pr')).toEqual(['--prune']);
    expect(await offered('render', '--target', 'terra')).toEqual(['terraform']);
    expect(await offered('completion', 'f')).toEqual(['fish']);
    expect(await offered('ma')).toEqual(['matrix']);
  });

  it('refuses a shell it does not know', async () => {
    expect(await cli(['completion', 'tcsh'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('bash, zsh, fish') as string });
  });
});
