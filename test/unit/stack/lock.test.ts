import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markOf } from '../../../src/stack/identity.ts';
import { withLock } from '../../../src/stack/lock.ts';
import { temporaryDir } from './temporary.ts';

describe('a lock', () => {
  it('lets one work at a time and leaves nothing behind', async () => {
    const dir = temporaryDir();
    let inside = 0;
    let most = 0;
    const work = async (n: number): Promise<number> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => { setImmediate(resolve); });
      inside -= 1;
      return n;
    };
    const all = [1, 2, 3].map((n) => withLock(join(dir, 'lock'), { waitSeconds: 20 }, () => work(n)));
    expect(await Promise.all(all)).toEqual([1, 2, 3]);
    expect({ most, left: readdirSync(dir) }).toEqual({ most: 1, left: [] });
  });

  it('says who holds it when it may not wait', async () => {
    const dir = temporaryDir();
    writeFileSync(join(dir, 'lock'), JSON.stringify(markOf(process.pid)));
    const taken = withLock(join(dir, 'lock'), { waitSeconds: 0 }, () => Promise.resolve('never'));
    await expect(taken).rejects.toMatchObject({ code: 'STACK_BUSY', message: `process ${String(process.pid)} is already at work on ${dir}` });
    expect(readdirSync(dir)).toEqual(['lock']);
  });

  it.for([
    ['of a process that has died', JSON.stringify({ pid: process.pid, born: 'at another time' })],
    ['that cannot be read', 'half a li'],
    ['without a process', '{}'],
  ])('is taken over from one %s', async ([, text]) => {
    const dir = temporaryDir();
    writeFileSync(join(dir, 'lock'), text ?? '');
    expect(await withLock(join(dir, 'lock'), { waitSeconds: 0 }, () => Promise.resolve('done'))).toBe('done');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is released when the work fails', async () => {
    const dir = temporaryDir();
    await expect(withLock(join(dir, 'lock'), { waitSeconds: 0 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is not waited for once the signal is aborted', async () => {
    const dir = temporaryDir();
    writeFileSync(join(dir, 'lock'), JSON.stringify(markOf(process.pid)));
    const controller = new AbortController();
    const waiting = withLock(join(dir, 'lock'), { waitSeconds: 60, signal: controller.signal }, () => Promise.resolve('never'));
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
