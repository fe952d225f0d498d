import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import type { Answer } from '../../src/providers/http.ts';
import { readHoldings } from '../../src/providers/opa/reach/read.ts';
import { opaAtHand } from '../../src/stack/opa/find.ts';
import { freePort } from '../../src/stack/ports.ts';
import { bundleIn, recordingOf } from '../unit/providers/opa/recorded/recording.ts';

const FILE = new URL('../data/opa/recorded.json', import.meta.url);
const directory = mkdtempSync(join(tmpdir(), 'authctl-opa-recorded-'));
const ended: (() => Promise<unknown>)[] = [() => Promise.resolve(rmSync(directory, { recursive: true, force: true }))];
afterAll(async () => {
  for (const end of ended.toReversed()) await end();
});

/** Asks until the answer is what is waited for; the limit is far away. */
const until = async <T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask();
    if (good(answer) || tries > 600) return answer;
    await pause(100);
  }
};

const startStore = async () => {
  const state: { archive: Buffer | undefined } = { archive: undefined };
  const server = createServer((_, response) => (state.archive ? response.end(state.archive) : response.writeHead(404).end())).listen(0, '127.0.0.1');
  await new Promise((settle) => server.once('listening', settle));
  ended.push(() => new Promise((settle) => server.close(settle).closeAllConnections()));
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const startOpa = async (binary: string, name: string, config: object) => {
  const file = join(directory, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  const port = await freePort();
  const child = spawn(binary, ['run', '--server', '--addr', `127.0.0.1:${port}`, '--config-file', file], { stdio: 'ignore' });
  const gone = new Promise((settle) => child.once('exit', settle));
  ended.push(() => (child.kill(), gone));
  const send = async (method: string, path: string, body?: string): Promise<Answer> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body !== undefined && { body }) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? '' : (JSON.parse(text) as unknown) };
  };
  await until(() => send('GET', '/health').catch(() => undefined), (answer) => answer?.status === 200);
  return send;
};

it('answers as it was recorded, and takes nothing below the root of a bundle; AUTHCTL_RECORD=1 records anew', async () => {
  const binary = (await opaAtHand()) ?? '';
  const { state, url } = await startStore();
  const bundles = { shop: { service: 'store', resource: '/shop.tar.gz', polling: { min_delay_seconds: 1, max_delay_seconds: 1 } } };
  const opa = await startOpa(binary, 'on', { services: { store: { url } }, bundles, status: { prometheus: true } });
  const off = await startOpa(binary, 'off', { services: { store: { url } }, bundles });
  const status = () => opa('GET', '/v1/status');
  const asked = async (): Promise<unknown> => bundleIn(await status())['last_request'];
  const recording = await recordingOf({
    publish: async (archive) => {
      state.archive = archive;
      // The poll that was under way may have missed it.
      for (let polls = 0; polls < 2; polls += 1) {
        const before = await asked();
        await until(asked, (now) => now !== before);
      }
    },
    status,
    statusWhereOff: () => off('GET', '/v1/status'),
  });
  if (process.env.AUTHCTL_RECORD === '1') writeFileSync(FILE, `${JSON.stringify(recording, undefined, 1)}\n`);
  expect(JSON.parse(JSON.stringify(recording))).toEqual(JSON.parse(readFileSync(FILE, 'utf8')));
  // Why nothing is looked for below our own root.
  expect((await opa('PUT', '/v1/policies/theirs', 'package shop.authz\nallow := true')).status).toBe(400);
  expect((await opa('PUT', '/v1/data/shop/blueprint', '{}')).status).toBe(400);
  // And why everywhere else it is: OPA takes what its bundle does not own, and what says who may ask.
  expect((await opa('PUT', '/v1/policies/theirs', 'package theirs\nallow := true')).status).toBe(200);
  expect((await opa('PUT', '/v1/policies/gate', 'package system.authz\ndefault allow := true')).status).toBe(200);
  expect((await opa('PUT', '/v1/data/more', '{"a": 1}')).status).toBe(204);
  expect((await opa('PUT', '/v1/data/off', 'false')).status).toBe(204);
  const held = await readHoldings({ send: (method, path, options) => opa(method, path, options?.body === undefined ? undefined : JSON.stringify(options.body)) }, 'http://opa');
  expect([[...(held.bundles ?? [])], held.data?.toSorted(), held.modules?.map(({ id, package: name }) => `${id} ${name.join('.')}`).toSorted(), held.unseen]).toEqual([
    [['shop', ['shop']]], ['more', 'off', 'shop', 'system', 'theirs'], ['gate system.authz', expect.stringMatching(/^shop\/.* shop/), 'theirs theirs'], [],
  ]);
});
