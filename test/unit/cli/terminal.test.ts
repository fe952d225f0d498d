import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openTerminal } from '../../../src/cli/terminal.ts';
import type { ProcessLike } from '../../../src/cli/terminal.ts';

/** What a person at a terminal says to a question. */
const ask = async (said: string, { word, tty = true }: { readonly word?: 'yes'; readonly tty?: boolean } = {}): Promise<boolean> => {
  const stdin = Object.assign(new PassThrough(), { isTTY: tty });
  const process: ProcessLike = {
    stdout: { write: () => true },
    stderr: new PassThrough(),
    stdin,
    env: {},
    cwd: () => '/',
    on: () => undefined,
    off: () => undefined,
  };
  const answer = openTerminal(process, false).confirm('open a cell?', word);
  stdin.write(`${said}\n`);
  return answer;
};

describe('a question at the terminal', () => {
  it.each([['y', true], ['YES', true], ['', false], ['no', false], ['yesterday', false]])('takes %j for %j', async (said, expected) => {
    expect(await ask(said)).toBe(expected);
  });
  it.each([['yes', true], ['y', false], ['YES', false], ['', false]])('that wants the whole word takes %j for %j', async (said, expected) => {
    expect(await ask(said, { word: 'yes' })).toBe(expected);
  });
  it('is answered with no where nobody can be asked', async () => {
    expect(await ask('yes', { tty: false })).toBe(false);
  });
});
