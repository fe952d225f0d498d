import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { plainEnvironment, runToEnd, startChild, untilAnswers } from '../../../src/stack/child.ts';
import type { Child } from '../../../src/stack/child.ts';
import { isAlive } from '../../../src/stack/identity.ts';
import { FAR } from '../../eventually.ts';
import { temporaryDir } from './temporary.ts';

const env = { PATH: process.env['PATH'] };
const node = (code: string) => ({ command: process.execPath, args: ['-e', code], env });
const signal = (): AbortSignal => new AbortController().signal;

const started = async (code: string): Promise<Child> => {
  const child = await startChild('Example', node(code), join(temporaryDir(), 'example.log'));
  onTestFinished(() => child.stop(1));
  return child;
};

describe('a command that ends', () => {
  it('gives its code and what it printed on both streams', async () => {
    const answer = await runToEnd(node(`console.log('out'); console.error('err'); process.exitCode = 3`));
    expect(answer).toMatchObject({ missing: false, code: 3, output: expect.stringMatching(/^(out\nerr|err\nout)\n$/) as string });
  });

  it('is missing when there is no such program', async () => {
    expect(await runToEnd({ command: 'no-such-program', args: [], env })).toEqual({ missing: true });
  });

  it('ends when it is aborted, with the reason', async () => {
    const controller = new AbortController();
    const running = runToEnd(node('setInterval(() => {}, 1000)'), controller.signal);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('gets the environment it is given and no other', async () => {
    vi.stubEnv('KC_DB', 'postgres');
    onTestFinished(() => { vi.unstubAllEnvs(); });
    const answer = await runToEnd({ ...node(`console.log(process.env.KC_DB, process.env.X)`), env: plainEnvironment({ X: 'y' }) });
    expect(answer).toEqual({ missing: false, code: 0, output: 'undefined y\n' });
  });
});

describe('a server in a process of its own', () => {
  it('is waited for until it answers, and stopped', async () => {
    const dir = temporaryDir();
    const code = `require('http').createServer((q, s) => s.end('ok')).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
    const child = await startChild('Example', node(code), join(dir, 'example.log'));
    onTestFinished(() => child.stop(1));
    const port = await vi.waitUntil(() => Number(readFileSync(child.log, 'utf8')), { timeout: FAR });
    await untilAnswers(child, `http://127.0.0.1:${String(port)}/`, { seconds: 20, signal: signal() });
    await child.stop();
    expect({ alive: isAlive(child.mark), ended: await child.ended }).toEqual({ alive: false, ended: 'it was ended by SIGTERM' });
  });

  it('that ends at once is a problem with the end of its log', async () => {
    const child = await started(`console.error('port 8080 is taken'); process.exit(4)`);
    await expect(untilAnswers(child, 'http://127.0.0.1:9/', { seconds: 20, signal: signal() })).rejects.toMatchObject({
      code: 'STACK_START_FAILED',
      message: 'Example did not start: it ended with code 4\nport 8080 is taken',
      hint: `its whole log is ${child.log}`,
    });
  });

  it('that never answers is a problem when the time is over', async () => {
    const child = await started('setInterval(() => {}, 1000)');
    await expect(untilAnswers(child, 'http://127.0.0.1:9/', { seconds: 0.3, signal: signal() })).rejects.toMatchObject({
      code: 'STACK_START_FAILED',
      message: expect.stringContaining('no answer at http://127.0.0.1:9/, and nothing new for 0.3 s') as string,
    });
  });

  it('that answers 503 is not ready', async () => {
    const server = createServer((_request, response) => response.writeHead(503).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => { server.close(); });
    const child = await started('setInterval(() => {}, 1000)');
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    await expect(untilAnswers(child, url, { seconds: 0.3, signal: signal() })).rejects.toMatchObject({ code: 'STACK_START_FAILED' });
  });

  it('that cannot be executed is a problem', async () => {
    const log = join(temporaryDir(), 'x.log');
    await expect(startChild('Example', { command: '/no/such', args: [], env }, log)).rejects.toMatchObject({ code: 'STACK_START_FAILED' });
  });
});
