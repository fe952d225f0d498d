import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../../../src/cli/completion-script.ts';
import type { CommandWords } from '../../../src/cli/completion-script.ts';

const json = { flags: ['--json'], description: "JSON, and it's all", takesValue: false, choices: [], value: '', inherited: false };
const program: CommandWords = {
  name: 'authctl',
  description: '',
  usage: '',
  options: [json],
  choices: [],
  commands: [
    {
      name: 'render',
      description: 'a file: [x]',
      usage: '[options]',
      options: [json, { flags: ['-t', '--target'], description: 'what', takesValue: true, choices: ['kong', 'aws'], value: '<target>', inherited: false }],
      choices: [],
      commands: [],
    },
    {
      name: 'stack',
      description: 'local',
      usage: '[options]',
      options: [],
      choices: [],
      commands: [{ name: 'up', description: 'start', usage: '[options]', options: [json], choices: [], commands: [] }],
    },
    { name: 'completion', description: 'this', usage: '<shell>', options: [], choices: ['bash', 'zsh'], commands: [] },
  ],
};

/** What bash would offer after these words. */
const offered = async (...words: readonly string[]): Promise<string> => {
  const script = `${completionScript('bash', program)}\nCOMP_WORDS=(authctl "$@"); COMP_CWORD=$#; _authctl; echo "\${COMPREPLY[*]}"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', ...words]);
  return stdout.trim();
};

describe('completionScript', () => {
  it('offers in bash the commands, their flags and the values of both', async () => {
    expect(await offered('')).toBe('render stack completion');
    expect(await offered('re')).toBe('render');
    expect(await offered('stack', '')).toBe('up');
    expect(await offered('stack', 'up', '--')).toBe('--json');
    expect(await offered('render', '-')).toBe('--json -t --target');
    expect(await offered('render', '-t', '')).toBe('kong aws');
    expect(await offered('render', '--target', 'k')).toBe('kong');
    expect(await offered('completion', '')).toBe('bash zsh');
  });

  it('escapes descriptions for zsh and fish', () => {
    expect(completionScript('zsh', program)).toContain(String.raw`'render:a file\: \[x\]'`);
    expect(completionScript('zsh', program)).toContain(String.raw`'--json[JSON, and it'\''s all]'`);
    expect(completionScript('fish', program)).toContain(
      String.raw`complete -c authctl -n '__fish_seen_subcommand_from stack; and __fish_seen_subcommand_from up' -l json -d 'JSON, and it\'s all'`,
    );
  });
});
