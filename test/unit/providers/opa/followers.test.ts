import { describe, expect, it } from 'vitest';
import { createServer, createService } from '../../../../src/providers/opa/client.ts';
import type { BundleStatus } from '../../../../src/providers/opa/client.ts';
import { awaitReturn, awaitRevision } from '../../../../src/providers/opa/rollout.ts';

const http = (status: number, body: unknown) => ({ send: () => Promise.resolve({ status, body }), requests: () => ({ reads: 0, writes: 0 }), close: () => undefined });
const server = (body: unknown, status = 200) => createServer(http(status, body), 'http://user:pw@opa:8181/', 'shop');
const service = (body: unknown, status = 200) => createService(http(status, body), 'orders', 'http://orders/status');
const bundleOf = (shop: unknown) => ({ result: { bundles: { shop, other: { active_revision: 'theirs' } } } });

describe('what an OPA says of the bundle', () => {
  it('is its revision and when it asked last, under its own name', async () => {
    const opa = server(bundleOf({ active_revision: 'r1', last_request: 'now' }));
    expect([opa.what, opa.key]).toEqual(['OPA at http://opa:8181', 'http://user:pw@opa:8181/']);
    expect(await opa.status()).toEqual({ activeRevision: 'r1', lastRequest: 'now', error: undefined });
  });

  it.each([[{ result: {} }], [{ result: null }], [bundleOf(undefined)]])('is nothing where it knows no such bundle (%j)', async (body) => {
    expect(await server(body).status()).toEqual({});
  });

  it('is its reason for a bundle that it refuses, with the first five places', async () => {
    const errors = Array.from({ length: 7 }, (_, at) => ({ message: `wrong ${at}`, location: { file: 'a.rego', row: at } }));
    const { error } = await server(bundleOf({ code: 'bundle_error', message: 'errors', errors })).status();
    expect(error).toBe(['errors', ...[0, 1, 2, 3, 4].map((at) => `a.rego:${at}: wrong ${at}`)].join('; '));
    expect((await server(bundleOf({ code: 'bundle_error', message: 'one', errors: [{}] })).status()).error).toBe('one; ?:0: ');
    expect((await server(bundleOf({ code: 'bundle_error', message: 'alone' })).status()).error).toBe('alone');
  });

  it.each([
    [{ code: 'bundle_error', http_code: '404', message: 'server replied with Not Found' }],
    [{ code: 'bundle_error', message: 'request failed: connection refused' }],
    [{ code: 'bundle_error', message: 'Get "http://store/shop.tar.gz": connection refused' }],
    [{ code: 'bundle_error', message: 'Head "http://store/shop.tar.gz": connection refused' }],
    [{ message: 'nothing wrong' }],
  ])('is no refusal where it got none (%j)', async (raw) => {
    expect((await server(bundleOf(raw)).status()).error).toBeUndefined();
  });

  it('is a refusal where it only speaks of a request', async () => {
    expect((await server(bundleOf({ code: 'bundle_error', message: 'a rule: Get is no name' })).status()).error).toBe('a rule: Get is no name');
  });

  it.each([
    [500, {}, 'OPA_STATUS_DISABLED'],
    [401, { result: {} }, 'OPA_FORBIDDEN'],
    [200, 'text', 'OPA_REFUSED'],
    [200, { result: 'text' }, 'OPA_REFUSED'],
    [404, { result: {} }, 'OPA_REFUSED'],
  ])('cannot be read from %i %j', async (status, body, code) => {
    await expect(server(body, status).status()).rejects.toMatchObject({ code });
  });
});

describe('what a service says of its bundle', () => {
  it.each([
    [200, { revision: 'r1', checkedAt: 7 }, { activeRevision: 'r1', lastRequest: '7', error: undefined }],
    [503, { ready: false }, { activeRevision: undefined, lastRequest: undefined, error: undefined }],
    [200, { revision: 7 }, { activeRevision: undefined, lastRequest: undefined, error: undefined }],
    [503, { error: { code: 'BUNDLE_SIGNATURE_INVALID', message: 'unsigned' } }, { activeRevision: undefined, lastRequest: undefined, error: 'unsigned' }],
    [200, { error: { code: 'BUNDLE_UNREACHABLE', message: 'away' } }, { activeRevision: undefined, lastRequest: undefined, error: undefined }],
  ])('%i %j', async (status, body, told) => {
    expect(await service(body, status).status()).toEqual(told);
  });
  it.each([
    [404, {}, 'OPA_REFUSED'],
    [200, 'text', 'OPA_REFUSED'],
    [502, {}, 'TARGET_UNREACHABLE'],
  ])('cannot be read from %i %j', async (status, body, code) => {
    await expect(service(body, status).status()).rejects.toMatchObject({ code });
  });
});

describe('waiting for a revision', () => {
  /** Says one status after the other, and then the last one for ever; the clock moves with each pause. */
  const world = (...statuses: readonly BundleStatus[]) => {
    let time = 0;
    let at = 0;
    const follower = { what: 'OPA', key: 'opa', status: () => Promise.resolve(statuses[Math.min(at++, statuses.length - 1)] ?? {}) };
    const clock = { now: () => time, sleep: (milliseconds: number) => Promise.resolve((time += milliseconds)) };
    return { followers: [follower], clock, asked: () => at, time: () => time };
  };
  const wait = ({ followers, clock }: ReturnType<typeof world>, before: BundleStatus = {}) =>
    awaitRevision({ followers, before: [before], revision: 'new', bound: 2, clock });

  it('ends when it is there', async () => {
    const there = world({ activeRevision: 'old' }, { activeRevision: 'old' }, { activeRevision: 'new' });
    expect(await wait(there)).toEqual([]);
    expect(there.asked()).toBe(3);
  });

  it('ends after its time, and says what is there instead', async () => {
    const late = world({ activeRevision: 'old' });
    expect(await wait(late)).toEqual([{ what: 'OPA', has: 'old' }]);
    expect(late.time()).toSatisfy((time: number) => time > 2000 && time < 3000);
    expect(await wait(world({}))).toEqual([{ what: 'OPA', has: 'no bundle' }]);
  });

  it('takes an error for an answer when it is a new one', async () => {
    expect(await wait(world({ activeRevision: 'old', error: 'bad', lastRequest: '1' }))).toEqual([{ what: 'OPA', refused: 'bad', has: 'old' }]);
    expect(await wait(world({ activeRevision: 'old', error: 'bad' }))).toEqual([{ what: 'OPA', refused: 'bad', has: 'old' }]);
  });

  it('takes an error from before for none, unless a second poll repeats it', async () => {
    const before = { activeRevision: 'old', error: 'bad', lastRequest: '1' };
    expect(await wait(world(before), before)).toEqual([{ what: 'OPA', has: 'old (bad)' }]);
    expect(await wait(world({ ...before, lastRequest: '2' }), before)).toEqual([{ what: 'OPA', has: 'old (bad)' }]);
    const twice = world({ ...before, lastRequest: '2' }, { ...before, lastRequest: '3' });
    expect(await wait(twice, before)).toEqual([{ what: 'OPA', refused: 'bad', has: 'old' }]);
    // Who does not tell its polls must say something else.
    expect(await wait(world({ error: 'bad' }), { error: 'bad' })).toEqual([{ what: 'OPA', has: 'no bundle (bad)' }]);
    expect(await wait(world({ error: 'worse' }), { error: 'bad' })).toEqual([{ what: 'OPA', refused: 'worse', has: 'no bundle' }]);
  });

  it('that was taken back ends when nobody has it, or with the names of those who still do', async () => {
    const back = world({ activeRevision: 'new' }, { activeRevision: 'old' });
    expect(await awaitReturn({ followers: back.followers, since: [{}], revision: 'new', bound: 2, clock: back.clock })).toEqual([]);
    expect(back.asked()).toBe(2);
    const still = world({ activeRevision: 'new' });
    expect(await awaitReturn({ followers: still.followers, since: [{}], revision: 'new', bound: 2, clock: still.clock })).toEqual(['OPA']);
  });

  it('that was taken back waits for a poll that was under way, which may yet bring it', async () => {
    const since = [{ activeRevision: 'old', lastRequest: '1' }];
    const late = world({ activeRevision: 'old', lastRequest: '1' }, { activeRevision: 'new', lastRequest: '2' }, { activeRevision: 'old', lastRequest: '3' });
    expect(await awaitReturn({ followers: late.followers, since, revision: 'new', bound: 2, clock: late.clock })).toEqual([]);
    expect(late.asked()).toBe(3);
    const never = world({ activeRevision: 'old', lastRequest: '1' });
    expect(await awaitReturn({ followers: never.followers, since, revision: 'new', bound: 2, clock: never.clock })).toEqual([]);
    expect(never.time()).toBeGreaterThan(2000);
    const stuck = world({ activeRevision: 'old', lastRequest: '2' }, { activeRevision: 'new', lastRequest: '3' });
    expect(await awaitReturn({ followers: stuck.followers, since, revision: 'new', bound: 2, clock: stuck.clock })).toEqual(['OPA']);
  });
});
