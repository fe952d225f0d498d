import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../../../src/stack/identity.ts';
import { readState } from '../../../src/stack/state.ts';
import { superviseStack } from '../../../src/stack/supervise.ts';
import type { StackOrder } from '../../../src/stack/supervise.ts';
import type { StackEvent } from '../../../src/stack/types.ts';
import { script, temporaryDir } from './temporary.ts';

/** Answers at --addr as opa does, and reads its configuration as opa does. */
const standInForOpa = (dir: string): string =>
  script(dir, 'opa', `#!${process.execPath}
if (process.argv[2] === 'version') { console.log('Version: 1.22.0'); process.exit(); }
const after = (name) => process.argv[process.argv.indexOf(name) + 1];
const [host, port] = after('--addr').split(':');
JSON.parse(require('fs').readFileSync(after('--config-file'), 'utf8'));
require('http').createServer((request, response) => response.end('{}')).listen(Number(port), host);
`);

const order = (change: Partial<StackOrder> = {}): StackOrder & { readonly opa: string } => {
  const root = temporaryDir();
  const dir = join(root, 'stack');
  mkdirSync(join(dir, 'logs'), { recursive: true });
  const needs = { name: 'shop', keycloak: false, opa: true, kong: false, aws: true, services: ['orders'] };
  return { dir, needs, parts: ['opa', 'aws', 'upstreams'], ports: {}, secretNames: ['ALICE_PASSWORD'], dbless: false, opa: standInForOpa(root), ...change };
};
const signal = (): AbortSignal => new AbortController().signal;
const opaOf = (dir: string) => readState(dir)?.processes.find(({ name }) => name === 'OPA') ?? expect.fail('OPA was started');

describe('the supervisor', () => {
  it('starts all parts, writes down where they are, and stops them', async () => {
    const asked = order();
    const events: StackEvent[] = [];
    const { state, stop } = await superviseStack(asked, (event) => events.push(event), signal());
    onTestFinished(stop);
    expect(readState(asked.dir)).toEqual(state);
    expect(state).toMatchObject({ ready: true, servers: ['opa', 'bundles', 'aws', 'aws-data', 'orders'].map((name) => ({ name })) });
    expect(Object.keys(state.env).toSorted()).toEqual([
      'ALICE_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_ENDPOINT', 'AWS_SECRET_ACCESS_KEY', 'BUNDLE_READ_TOKEN', 'BUNDLE_STORE', 'BUNDLE_TOKEN', 'BUNDLE_URL', 'OPA_URL', 'ORDERS_RECORDER_URL',
      'ORDERS_URL',
    ]);
    expect(await (await fetch(state.env['ORDERS_URL'] ?? '')).json()).toMatchObject({ service: 'orders' });
    expect(events.filter(({ state: at }) => at === 'done').map(({ step }) => step).toSorted()).toEqual([
      'start OPA', 'start the stand-in for API Gateway', 'start the upstream services',
    ]);
    await stop();
    expect(isAlive(opaOf(asked.dir))).toBe(false);
    await expect(fetch(state.env['ORDERS_URL'] ?? '')).rejects.toThrow();
  });

  it('makes another value for a secret each time', async () => {
    const values = await Promise.all(
      [1, 2].map(async () => {
        const { state, stop } = await superviseStack(order({ parts: [] }), () => undefined, signal());
        await stop();
        return state.env['ALICE_PASSWORD'];
      }),
    );
    expect(values[0]).toMatch(/^[\w-]{32}$/);
    expect(values[0]).not.toBe(values[1]);
  });

  it('stops what it had started when a part fails, and names that part’s reason', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => { taken.close(); });
    const { port } = taken.address() as AddressInfo;
    const asked = order({ ports: { upstreams: { orders: port } } });
    const events: StackEvent[] = [];
    await expect(superviseStack(asked, (event) => events.push(event), signal())).rejects.toMatchObject({ code: 'STACK_PORT_TAKEN' });
    expect(events.filter(({ state }) => state === 'failed')[0]).toMatchObject({ step: 'start the upstream services' });
    expect(readState(asked.dir)).toMatchObject({ ready: false, env: {} });
    for (const mark of readState(asked.dir)?.processes.slice(1) ?? []) expect(isAlive(mark)).toBe(false);
  });

  it('shows the end of the log of a server that dies', async () => {
    const asked = order({ parts: ['opa'] });
    script(join(asked.dir, '..'), 'opa', 'echo "error: no such flag" >&2; exit 2');
    await expect(superviseStack(asked, () => undefined, signal())).rejects.toMatchObject({
      code: 'STACK_START_FAILED',
      message: 'OPA did not start: it ended with code 2\nerror: no such flag',
    });
  });

  it('stops everything when it is told to before all of it answers', async () => {
    const asked = order({ parts: ['opa'] });
    script(join(asked.dir, '..'), 'opa', `#!${process.execPath}\nsetInterval(() => {}, 1000)`);
    const controller = new AbortController();
    const starting = superviseStack(asked, () => undefined, controller.signal);
    await expect.poll(() => readState(asked.dir)?.processes.length).toBe(2);
    controller.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
    expect(isAlive(opaOf(asked.dir))).toBe(false);
  });

  it('gives no token of its own to an argument or a log', async () => {
    const asked = order();
    const { state, stop } = await superviseStack(asked, () => undefined, signal());
    const tokens = [state.env['BUNDLE_TOKEN'] ?? '', state.env['ALICE_PASSWORD'] ?? ''];
    const argv = process.platform === 'linux' ? readFileSync(`/proc/${String(opaOf(asked.dir).pid)}/cmdline`, 'utf8') : '';
    const logs = ['opa', 'aws'].map((name) => readFileSync(join(asked.dir, 'logs', `${name}.log`), 'utf8'));
    await stop();
    for (const token of tokens) for (const text of [argv, ...logs]) expect(text).not.toContain(token);
  });
});
