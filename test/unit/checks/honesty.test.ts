import { describe, expect, it } from 'vitest';
import type { Blueprint, Route, Service } from '../../../src/blueprint/types.ts';
import { checks } from '../../../src/checks/catalogue.ts';
import { outcomeOf } from '../../../src/checks/contract.ts';
import type { RouteSubject } from '../../../src/checks/contract.ts';
import type { Answer, Attack, JournalEntry, Kit } from '../../../src/checks/kit/index.ts';
import type { RecordedCall } from '../../../src/checks/kit/recorder.ts';
import { Secret } from '../../../src/core/secret.ts';

const at = { file: 'shop.yaml', line: 4, column: 1 };
const route = { id: 'list', service: 'orders', verbs: 'GET', methods: ['GET', 'HEAD'], method: 'GET', path: '/orders', public: false, scopes: [], roles: [], gateways: ['kong'], at } as unknown as Route;
const service = { id: 'orders', audience: 'orders', objects: {}, routes: [route], authentication: { token: {} }, at } as unknown as Service;
const subject: RouteSubject = { gateway: 'kong', service, route, name: 'kong orders.list', origin: at };
const spoof = 'authctl-spoofed';

interface World {
  readonly status?: number;
  /** What the upstream records of a request. */
  readonly calls?: (attack: Attack) => readonly Partial<RecordedCall>[];
  /** What it records of bytes sent as they are. */
  readonly rawCalls?: readonly Partial<RecordedCall>[];
  readonly journal?: readonly Partial<JournalEntry>[];
}

const verdictOf = async (id: string, { status = 200, calls = () => [{}], rawCalls = [], journal = [] }: World): Promise<readonly unknown[]> => {
  const answer = (label: string, upstream: readonly Partial<RecordedCall>[]): Answer => ({
    status, headers: {}, setCookies: [], body: '', milliseconds: 1, evidence: { request: label, status },
    upstream: upstream.map((call) => ({ method: 'GET', path: '/orders', headers: {}, ...call })),
  });
  const kit = {
    blueprint: { issuers: {}, personas: { alice: {}, bob: {} }, expect: { alice: { orders: ['list'] }, bob: { orders: ['list'] } } } as unknown as Blueprint,
    good: () => Promise.resolve(new Secret('good')),
    whoPasses: () => 'alice',
    tokenOf: () => Promise.resolve(new Secret('good')),
    call: (_subject: unknown, attack: Attack) => Promise.resolve(answer(attack.label, calls(attack))),
    callAll: (_subject: unknown, attacks: readonly Attack[]) => Promise.resolve(attacks.map((attack) => answer(attack.label, calls(attack)))),
    sendAll: (_subject: unknown, attacks: readonly Attack[]) => Promise.resolve(() => Promise.resolve(attacks.map((attack) => answer(attack.label, calls(attack))))),
    callBytes: (_subject: unknown, label: string) => Promise.resolve(answer(label, rawCalls)),
    journal,
  } as unknown as Kit;
  const found = checks.find((check) => check.id === id);
  if (!found) throw new Error(`there is no ${id}`);
  const { status: verdict, why } = await outcomeOf(found, subject, kit);
  return [verdict, why];
};

describe('a check about what arrives', () => {
  it.each(['HDR-01', 'HDR-02', 'HDR-03', 'PRE-07'])('is not passed in %s by a request that went nowhere', async (id) => {
    expect((await verdictOf(id, { status: 404, calls: () => [] }))[0]).toBe('inconclusive');
    expect((await verdictOf(id, {}))[0]).toBe('passed');
  });

  it('fails when a spoofed header arrives, and when another method does', async () => {
    const echo = { calls: ({ headers = [] }: Attack) => [{ headers: Object.fromEntries(headers.slice(-1)) }] };
    for (const id of ['HDR-01', 'HDR-02', 'HDR-03']) expect((await verdictOf(id, echo))[0]).toBe('failed');
    expect((await verdictOf('PRE-07', { calls: () => [{ method: 'DELETE' }] }))[0]).toBe('failed');
  });

  it('fails when a second request was smuggled in, or waits for the next', async () => {
    expect(await verdictOf('HDR-07', {})).toEqual(['passed', undefined]);
    expect(await verdictOf('HDR-07', { rawCalls: [{}, { path: `/orders?${spoof}=1` }] })).toEqual(['failed', 'the upstream received the second request, which had no token']);
    expect((await verdictOf('HDR-07', { calls: () => [{}, { path: `/orders?${spoof}=1` }] }))[0]).toBe('failed');
    expect((await verdictOf('HDR-07', { calls: () => [] }))[0]).toBe('failed');
  });

  it('fails when the answer to one person comes out of a cache', async () => {
    expect(await verdictOf('ERR-09', {})).toEqual(['passed', undefined]);
    let asked = 0;
    expect(await verdictOf('ERR-09', { calls: () => ((asked += 1) > 1 ? [] : [{}]) })).toEqual(['failed', 'the answer to bob came out of a cache']);
  });
});

describe('a claim about the whole run', () => {
  const entry = { subject: 'kong orders.list', label: 'a bad token', status: 401, presented: true, hostile: true, milliseconds: 1, body: '', echoed: false, setsCookie: false };

  it.each(['ERR-01', 'ERR-02', 'ERR-04', 'ERR-05', 'ERR-06', 'ERR-07', 'ERR-08', 'ERR-10', 'ERR-11'])('is skipped as %s when no answer is about it', async (id) => {
    const good = { ...entry, status: 200, label: 'a good token', presented: false, hostile: false };
    expect(await verdictOf(id, { journal: [good] })).toEqual(['skipped', 'no answer of this run is about it']);
  });

  it('fails by one bad answer', async () => {
    const bad: readonly (readonly [string, Partial<JournalEntry>])[] = [
      ['ERR-01', { wwwAuthenticate: 'Basic' }],
      ['ERR-02', { presented: false, wwwAuthenticate: 'Bearer error="invalid_token"' }],
      ['ERR-04', { body: 'handler.lua:12: stack traceback' }],
      ['ERR-05', { echoed: true }],
      ['ERR-06', { status: 500 }],
      ['ERR-07', { milliseconds: 900 }],
      ['ERR-08', { cacheControl: 'max-age=60' }],
      ['ERR-10', { setsCookie: true }],
      ['ERR-11', { status: 302 }],
    ];
    for (const [id, change] of bad) expect([id, ...(await verdictOf(id, { journal: [{ ...entry, ...change }] }))]).toEqual([id, 'failed', '1 of 1 answers']);
  });

  const many = (count: number, change: Partial<JournalEntry>): readonly Partial<JournalEntry>[] => Array.from({ length: count }, () => ({ ...entry, ...change }));
  const good = (count: number, milliseconds: number) => many(count, { hostile: false, status: 200, milliseconds });
  it.each<readonly [string, readonly unknown[], readonly Partial<JournalEntry>[]]>([
    ['of which some are slow, when more good ones are', ['passed', undefined], [...many(1, { milliseconds: 900 }), ...good(3, 5000), ...good(198, 10)]],
    ['of which one in a hundred is slow, when fewer good ones are', ['failed', '1 of 1 answers'], [...many(1, { milliseconds: 900 }), ...good(2, 5000), ...good(199, 10)]],
    ['of which fewer than one in a hundred are slow', ['passed', undefined], [...many(2, { milliseconds: 900 }), ...many(199, {}), ...good(1, 10)]],
    ['of which more than one in a hundred are slow', ['failed', '3 of 201 answers'], [...many(3, { milliseconds: 900 }), ...many(198, {}), ...good(1, 10)]],
    ['that are as slow as they may be', ['passed', undefined], many(1, { milliseconds: 250 })],
    ['that are slower than they may be, where no good one is known', ['failed', '1 of 1 answers'], many(1, { milliseconds: 251 })],
    ['that take three times as long as good ones', ['passed', undefined], [...many(1, { milliseconds: 900 }), ...good(1, 300)]],
    ['that take longer still', ['failed', '1 of 1 answers'], [...many(1, { milliseconds: 901 }), ...good(1, 300)]],
  ])('tells hostile requests %s', async (_what, told, journal) => expect(await verdictOf('ERR-07', { journal })).toEqual(told));

  it.each<readonly [string, readonly unknown[], readonly number[]]>([
    ['ERR-04', ['failed', '1 of 1 answers'], [400]],
    ['ERR-04', ['skipped', 'no answer of this run is about it'], [399]],
  ])('is about refusals in %s: %j', async (id, told, statuses) => {
    expect(await verdictOf(id, { journal: statuses.map((status) => ({ ...entry, status, body: 'at handler.lua:12' })) })).toEqual(told);
  });

  it('counts the answers that say too much, and no others', async () => {
    const said = ['no', 'stack traceback', 'handler.lua:12', 'at run (app.js:12:34)', 'BEGIN PUBLIC KEY', '127.0.0.1:8001', '/usr/local/kong', 'no'];
    expect(await verdictOf('ERR-04', { journal: said.map((body) => ({ ...entry, body })) })).toEqual(['failed', '6 of 8 answers']);
  });
});
