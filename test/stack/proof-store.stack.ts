import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier, proofsInRedis } from '../../src/service/index.ts';
import { findRedis } from '../../src/stack/session/find.ts';
import { freePort } from '../../src/stack/ports.ts';
import { dpop } from '../dpop-vectors.ts';
import { eventually } from '../eventually.ts';
import { startGateway } from '../lua/gateway.ts';
import type { Gateway } from '../lua/gateway.ts';

const PASSWORD = 'of-the-proofs-alone';
const { now, window, leeway, issuer, audience, origins, jwks, vectors } = dpop;
const [good] = vectors;
// Each is a token with a proof of its own.
const others = vectors.filter(({ name }) => name.startsWith('a key of ')).map(({ path, authorization, dpop: proofs }) => ({ path, authorization, dpop: proofs }));

const connect = (port: number) => createClient({ url: `redis://:${PASSWORD}@127.0.0.1:${String(port)}`, disableOfflineQueue: true });
let server: ChildProcess;
let port: number;
let admin: ReturnType<typeof connect>;
let nodes: readonly Gateway[];
beforeAll(async () => {
  port = await freePort(undefined);
  const dir = mkdtempSync(join(tmpdir(), 'authctl-proof-store-'));
  // Its password is one of this test alone; it goes by standard input, not by the process list.
  server = spawn((await findRedis()).command, ['-'], { cwd: dir, stdio: ['pipe', 'ignore', 'ignore'] });
  server.stdin?.end(`bind 127.0.0.1\nport ${String(port)}\nrequirepass ${PASSWORD}\nsave ""\nappendonly no\nmaxmemory-policy noeviction\n`);
  await eventually('Redis', async () => {
    admin = connect(port);
    admin.on('error', () => undefined);
    return Boolean(await admin.connect());
  });
  nodes = await Promise.all([0, 1].map(() => startGateway({ clock: () => now })));
  for (const node of nodes) {
    node.provider.behave = () => ({ body: JSON.stringify(jwks) });
    const store = { dpop_store: 'redis', redis_host: '127.0.0.1', redis_port: port, redis_password: PASSWORD, redis_timeout_ms: 1000 };
    const answer = await node.configure({ orders: { followed: { bound: 'dpop', token_types: ['DPoP'], dpop_origins: origins, dpop_window: window, leeway, relay: 'header', ...store }, scope: {} } });
    expect(answer.status, answer.body).toBe(201);
  }
});
afterAll(async () => {
  admin.destroy();
  server.kill();
  await Promise.all(nodes.map((node) => node.close()));
});

const show = async (node: Gateway | undefined, request: Pick<(typeof vectors)[number], 'path' | 'authorization' | 'dpop'> | undefined): Promise<readonly [status: number, reached: boolean]> => {
  if (!node || !request) throw new Error('no vectors');
  const { status, received } = await node.send(request.path, { headers: { authorization: [...request.authorization], dpop: [...request.dpop] } });
  return [status, received !== undefined];
};
/** While Redis takes what it is sent and says nothing, for as long as that lasts. */
const hung = async <T>(work: () => Promise<T>): Promise<T> => {
  server.kill('SIGSTOP');
  try {
    return await work();
  } finally {
    server.kill('SIGCONT');
  }
};
const keys = async (): Promise<readonly string[]> => await admin.keys('*');

describe('proofs that all nodes remember, in a real Redis', () => {
  it('are good once: what one node was shown the other refuses, and no key says what was shown', async () => {
    const [one, other] = nodes;
    expect(await show(one, good)).toEqual([200, true]);
    expect(await show(other, good)).toEqual([401, false]);
    expect(await show(one, good)).toEqual([401, false]);
    const noted = await keys();
    expect(noted).toEqual([expect.stringMatching(/^authctl-proof:[\w-]{43}$/)]);
    const left = await admin.ttl(noted[0] ?? '');
    expect([left <= window + 3 * leeway + 1, left > window + 2 * leeway]).toEqual([true, true]);
  });

  it('are good once when both nodes are shown them at the same moment', async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      await admin.flushAll();
      const answers = await Promise.all([0, 1, 0, 1].map((at) => show(nodes[at], others[0])));
      expect(answers.map(([status]) => status).toSorted()).toEqual([200, 401, 401, 401]);
    }
  });

  it('are not taken while Redis hangs, is full, or is another one, and are again when it is well', async () => {
    const [one] = nodes;
    expect(await hung(() => show(one, others[1]))).toEqual([503, false]);
    // The command that waited is carried out after all: a proof of that request is spent.
    await eventually('Redis', async () => (await admin.ping()) === 'PONG');
    await admin.configSet('maxmemory', '1');
    expect(await show(one, others[2])).toEqual([503, false]);
    await admin.configSet('maxmemory', '0');
    expect(await show(one, others[2])).toEqual([200, true]);
    await admin.sendCommand(['CONFIG', 'SET', 'requirepass', 'somebody-changed-it']);
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    expect(await show(one, others[3])).toEqual([503, false]);
    await admin.sendCommand(['CONFIG', 'SET', 'requirepass', PASSWORD]);
    expect(await show(one, others[3])).toEqual([200, true]);
  });

  it('are remembered by the middleware of several processes, beside what the gateway in front has noted', async () => {
    const clients = await Promise.all([connect(port), connect(port)].map((client) => client.on('error', () => undefined).connect()));
    const verifiers = clients.map((client) => createVerifier({ issuer, audience, jwks, leeway, clock: () => now * 1000, dpop: { origins, window, memory: proofsInRedis((words) => client.sendCommand(words), { timeout: 1 }) } }));
    const judge = async (at: number, request = others[4]) =>
      (await verifiers[at]?.verify({ method: 'GET', target: request?.path ?? '', scheme: 'http', headers: new Map([['authorization', request?.authorization ?? []], ['dpop', request?.dpop ?? []]]) }));
    expect(await show(nodes[0], others[4])).toEqual([200, true]);
    expect([(await judge(0))?.ok, (await judge(1))?.ok, (await judge(0))?.ok]).toEqual([true, false, false]);
    await admin.configSet('maxmemory', '1');
    expect(await judge(0, others[0])).toMatchObject({ status: 503, reason: 'proofs cannot be noted' });
    await admin.configSet('maxmemory', '0');
    expect(await hung(() => judge(1, others[0]))).toMatchObject({ status: 503 });
    for (const client of clients) client.destroy();
  });

  it('are not taken when Redis is gone', async () => {
    server.kill('SIGKILL');
    expect(await show(nodes[1], others[0])).toEqual([503, false]);
  });
});
