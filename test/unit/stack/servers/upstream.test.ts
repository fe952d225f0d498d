import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRecorder } from '../../../../infra/stand-ins/src/recorder/index.ts';
import type { Calls } from '../../../../infra/stand-ins/src/recorder/index.ts';
import { startUpstream } from '../../../../src/stack/servers/upstream.ts';
import { addressVariables } from '../../../../src/stack/servers/upstreams.ts';

const serving = async (limit?: { calls: number; size: number }) => {
  const server = await startUpstream({ service: 'orders', port: 0, ...(limit && { limit }) });
  onTestFinished(() => server.close());
  const calls = async (check: string): Promise<Calls> => (await (await fetch(`${server.url}/__authctl/calls?check=${check}`)).json()) as Calls;
  const raw = async (request: string): Promise<string> => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.end(request);
    return text(socket);
  };
  return { url: server.url, calls, raw };
};
const named = (id: string): Record<string, string> => ({ 'x-authctl-check': id });

describe('the recording upstream', () => {
  it('answers with what it saw, and tells it again by the id of the check', async () => {
    const { url, calls } = await serving();
    const answer = await (await fetch(`${url}/orders/7?x=1`, { method: 'POST', headers: { ...named('c1'), authorization: 'Bearer a-token-of-somebody' }, body: 'b' })).json();
    expect(answer).toMatchObject({ service: 'orders', canary: expect.stringMatching(/^\S{12}$/) as string, method: 'POST', path: '/orders/7?x=1', check: 'c1' });
    const found = await calls('c1');
    expect(found).toMatchObject({ service: 'orders', calls: [{ check: 'c1', method: 'POST', path: '/orders/7?x=1' }], unattributed: 0, dropped: 0 });
    expect(found.calls[0]?.headers).toMatchObject({ authorization: 'Bearer sha256:1d257f58f21d', 'x-authctl-check': 'c1' });
    expect(JSON.stringify([found, answer])).not.toContain('a-token');
    expect(await calls('c2')).toMatchObject({ calls: [] });
  });

  it('is asked about several checks at once, and says which it was asked about', async () => {
    const { url, calls } = await serving();
    for (const id of ['c1', 'c2', 'c3']) await fetch(url, { headers: named(id) });
    const found = await calls('c1&check=c3');
    expect([found.checks, found.calls.map(({ check }) => check)]).toEqual([['c1', 'c3'], ['c1', 'c3']]);
    expect((await calls('c1')).checks).toBeUndefined();
  });

  it('keeps every one of a repeated header', async () => {
    const { raw, calls } = await serving();
    await raw('GET / HTTP/1.1\r\nHost: a\r\nX-Authctl-Check: c1\r\nX-One: 1\r\nx-ONE: 2\r\nAuthorization: a\r\nAuthorization: Basic b\r\nConnection: close\r\n\r\n');
    expect((await calls('c1')).calls[0]?.headers).toEqual({
      host: 'a', 'x-authctl-check': 'c1', 'x-one': '1, 2', authorization: 'sha256:ca978112ca1b, Basic sha256:3e23e8160039', connection: 'close',
    });
  });

  it('counts a call whose id a gateway dropped', async () => {
    const { url, calls } = await serving();
    await fetch(`${url}/orders`);
    expect(await calls('c1')).toMatchObject({ calls: [], unattributed: 1 });
  });

  it.for([named('c1'), { via: '1.1 kong' }, { 'x-forwarded-for': '10.0.0.1' }])('remembers a question that came through a gateway with %o', async (headers) => {
    const { url, calls } = await serving();
    expect(await (await fetch(`${url}/__authctl/calls?check=c1`, { headers })).json()).toMatchObject({ path: '/__authctl/calls?check=c1' });
    const { calls: found, unattributed } = await calls('c1');
    expect(found.length + unattributed).toBe(1);
  });

  it('says how many calls it forgot', async () => {
    const { url, calls } = await serving({ calls: 2, size: 1_000_000 });
    for (const id of ['c1', 'c2', 'c3']) await fetch(url, { headers: named(id) });
    expect(await calls('c1')).toMatchObject({ calls: [], dropped: 1 });
    expect(await calls('c3')).toMatchObject({ calls: [{ check: 'c3' }], dropped: 1 });
  });

  it('counts no call as forgotten that was a minute old', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
    onTestFinished(() => void vi.useRealTimers());
    const { record, answer } = createRecorder({ service: 'orders', calls: 2 });
    const sent = (id: string): void => void record({ method: 'GET', url: '/', rawHeaders: ['X-Authctl-Check', id] });
    const told = () => answer({ method: 'GET', url: '/__authctl/calls', rawHeaders: [] });
    sent('c1');
    sent('c2');
    vi.setSystemTime(1_060_001);
    sent('c3');
    expect(told()).toMatchObject({ calls: [{ check: 'c3' }], dropped: 0 });
    sent('c4');
    sent('c5');
    expect(told()).toMatchObject({ calls: [{ check: 'c4' }, { check: 'c5' }], dropped: 1 });
  });

  it('finds a call whose id a gateway sent beside another', () => {
    const { record, answer } = createRecorder({ service: 'orders' });
    record({ method: 'GET', url: '/', rawHeaders: ['X-Authctl-Check', 'c1', 'x-authctl-check', 'c2'] });
    for (const id of ['c1', 'c2'])
      expect(answer({ method: 'GET', url: `/__authctl/calls?check=${id}`, rawHeaders: [] })?.calls).toHaveLength(1);
  });

  it('forgets by size as well', async () => {
    const { url, calls } = await serving({ calls: 100, size: 3000 });
    for (const id of ['c1', 'c2']) await fetch(url, { headers: { ...named(id), 'x-long': 'x'.repeat(2000) } });
    expect(await calls('c1')).toMatchObject({ calls: [], dropped: 1 });
  });

  it('survives a path that is no URL', async () => {
    const { raw, calls } = await serving();
    expect(await raw('GET //[ HTTP/1.1\r\nHost: a\r\nX-Authctl-Check: c1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await calls('c1')).toMatchObject({ calls: [{ path: '//[' }] });
  });
});

it('names variables after a service', () => {
  expect(addressVariables('order-items.v2', 'http://127.0.0.1:1')).toEqual({
    ORDER_ITEMS_V2_URL: 'http://127.0.0.1:1',
    ORDER_ITEMS_V2_RECORDER_URL: 'http://127.0.0.1:1',
  });
});
