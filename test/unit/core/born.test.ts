import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { bornAt, hasEnded } from '../../../src/core/born.ts';
import { eventually } from '../../eventually.ts';

it('takes a process for itself alone: another one with its number, and none, have ended', () => {
  const born = bornAt(process.pid);
  expect([hasEnded({ pid: process.pid, born }), hasEnded({ pid: process.pid }), hasEnded({ pid: process.pid, born: 'at another time' }), hasEnded({ pid: 2 ** 22 + 1, born })]).toEqual([false, false, true, true]);
});

it('counts one as ended that only waits for its parent to notice', async () => {
  // A shell that has become another program, which knows nothing of the shell's child.
  const parent = spawn('sh', ['-c', `cat <&3 >/dev/null & exec "$0" -e 'process.stdout.write(process.argv[1]); setInterval(() => {}, 1000)' $!`, process.execPath], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
  onTestFinished(() => { parent.kill('SIGKILL'); });
  const [said] = (await once(parent.stdout!, 'data')) as [Buffer];
  const pid = Number(said.toString());
  expect(hasEnded({ pid })).toBe(false);
  (parent.stdio[3] as Writable).end();
  await eventually('the child to end', () => Promise.resolve(hasEnded({ pid })));
  // Its number is taken: no signal says that it is gone.
  expect(process.kill(pid, 0)).toBe(true);
});
