import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openTerminal } from '../../../src/cli/terminal.ts';
import type { ProcessLike } from '../../../src/cli/terminal.ts';

/** What a person at a terminal says to a question. */
const ask = async (said: string, { word, tty = true, raw = false }: { readonly word?: 'yes'; readonly tty?: boolean; readonly raw?: boolean } = {}): Promise<boolean> => {
  const stdin = Object.assign(new PassThrough(), { isTTY: tty });
  const process: ProcessLike = {
    stdout: { write: () => true },
    stderr: Object.assign(new PassThrough(), { isTTY: raw }),
    stdin,
    env: {},
    cwd: () => '/',
    on: () => undefined,
    off: () => undefined,
    pid: 7,
    kill: () => undefined,
  };
  const answer = openTerminal(process, false).confirm('open a cell?', word);
  stdin.write(raw ? said : `${said}\n`);
  return answer;
};

describe('a question at the terminal', () => {
  it.each([['y', true], ['YES', true], ['', false], ['no', false], ['yesterday', false]])('takes %j for %j', async (said, expected) => {
    expect(await ask(said)).toBe(expected);
  });
  it.each([['yes', true], ['y', false], ['YES', false], ['', false]])('that wants the whole word takes %j for %j', async (said, expected) => {
    expect(await ask(said, { word: 'yes' })).toBe(expected);
  });
  it.each([['Ctrl-C', '\x03'], ['Ctrl-D', '\x04']])('is answered with no by %s', async (_key, pressed) => {
    expect(await ask(pressed, { raw: true })).toBe(false);
  });
  it('is answered with no where nobody can be asked', async () => {
    expect(await ask('yes', { tty: false })).toBe(false);
  });
});

describe('lines that pass', () => {
  const written = (tty: boolean, rows = 24, columns = 12, first = 'a third of it'): string => {
    const seen: string[] = [];
    const stream = { write: (text: string) => seen.push(text), isTTY: tty, columns, rows };
    const process: ProcessLike = { stdout: stream, stderr: stream, stdin: new PassThrough(), env: {}, cwd: () => '/', on: () => undefined, off: () => undefined, pid: 7, kill: () => undefined };
    const terminal = openTerminal(process, false);
    terminal.passing([first, 'two']);
    terminal.passing(['half']);
    terminal.say('a line');
    terminal.result('the result');
    return seen.join('');
  };
  it('are taken back by the next ones, stay below what is said, and are never wider than the terminal', () => {
    expect(written(true)).toBe('a third of \ntwo\r\u001b[K\u001b[1A\u001b[Khalf\r\u001b[Ka line\nhalf\r\u001b[Kthe result\n');
  });
  it('are never more than there is room for', () => {
    expect(written(true, 3)).toBe('a third of \r\u001b[Khalf\r\u001b[Ka line\nhalf\r\u001b[Kthe result\n');
  });
  it('have as much room as characters take that are wide: a line that wraps could not be taken back', () => {
    expect(written(true, 24, 12, '受注-受注-受注')).toContain('受注-受注-\ntwo');
  });
  it('are there at a terminal that does not know its size, and at one without room for anything', () => {
    expect(written(true, 0, 0)).toContain('a third of it\ntwo\r');
    expect(written(true, 0, 0, 'x'.repeat(100))).toContain(`${'x'.repeat(79)}\ntwo`);
    expect(written(true, 1, 1)).toBe('\r\u001b[K\r\u001b[Ka line\n\r\u001b[Kthe result\n');
  });
  it('are not there where nobody looks on: no control character goes into a log', () => {
    expect(written(false)).toBe('a line\nthe result\n');
  });
});
