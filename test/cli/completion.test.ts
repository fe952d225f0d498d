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

  it('refuses a shell it does not know', async () => {
    expect(await cli(['completion', 'tcsh'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('bash, zsh, fish') as string });
  });
});
