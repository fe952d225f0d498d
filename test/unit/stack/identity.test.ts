import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FAR } from '../../eventually.ts';
import { gone, isAlive, markOf, stopProcess } from '../../../src/stack/identity.ts';

const running = async (code: string): Promise<{ child: ChildProcess; pid: number }> => {
  const child = spawn(process.execPath, ['-e', `${code}; process.stdout.write('up'); setInterval(() => {}, 1000)`]);
  onTestFinished(() => { child.kill('SIGKILL'); });
  await once(child.stdout, 'data');
  return { child, pid: child.pid ?? 0 };
};

describe('identity of a process', () => {
  it('is the same each time it is looked at', () => {
    expect(markOf(process.pid)).toEqual(markOf(process.pid));
    expect(markOf(process.pid)).toMatchObject({ pid: process.pid });
  });

  it('does not take another process with the same number for it', () => {
    expect(isAlive({ pid: process.pid, born: 'at another time' })).toBe(false);
  });

  it('has none for a number that no process has', () => {
    expect(markOf(2 ** 22 + 1)).toBeUndefined();
  });

  it('stops a process that obeys SIGTERM without killing it', async () => {
    const { child, pid } = await running(`process.on('SIGTERM', () => process.exit(7))`);
    const ended = once(child, 'exit');
    const mark = markOf(pid) ?? expect.fail('it runs');
    await stopProcess(mark, FAR / 1000);
    expect(await ended).toEqual([7, null]);
    expect(await gone(mark, 0)).toBe(true);
  });

  it('kills a process that ignores SIGTERM', async () => {
    const { child, pid } = await running(`process.on('SIGTERM', () => {})`);
    const ended = once(child, 'exit');
    await stopProcess(markOf(pid) ?? expect.fail('it runs'), 0.2);
    expect(await ended).toEqual([null, 'SIGKILL']);
  });

  it('leaves a process alone that only has the number of the one to stop', async () => {
    const { child, pid } = await running('');
    await stopProcess({ pid, born: 'long ago' }, 1);
    expect(markOf(pid)).toBeDefined();
    expect(child.signalCode).toBeNull();
  });
});
