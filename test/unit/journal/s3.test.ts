import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Holder } from '../../../src/core/lock.ts';
import { thisProcess } from '../../../src/core/this-process.ts';
import { openPlace } from '../../../src/journal/index.ts';
import type { JournalPlace } from '../../../src/journal/index.ts';
import { startS3 } from '../s3-stand-in.ts';
import type { Fate } from '../s3-stand-in.ts';

const KEYS = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG' };
const MOST = { '.jsonl': 3 };
const NAME = '20261129T020011.408Z-k3f9.jsonl';
const KEY = `/policies/shop/${NAME}`;

let s3: Awaited<ReturnType<typeof startS3>>;
let state: string;
beforeEach(async () => {
  s3 = await startS3(KEYS, { page: 2 });
  state = mkdtempSync(join(tmpdir(), 'authctl-journal-'));
  return async () => {
    await s3.close();
    rmSync(state, { recursive: true, force: true });
  };
});
const env = (more: Readonly<Record<string, string>> = {}) => ({ AUTHCTL_JOURNAL: 's3://policies/shop/', AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_S3: s3.url, AWS_ACCESS_KEY_ID: KEYS.id, AWS_SECRET_ACCESS_KEY: KEYS.secret, ...more });
const open = async (more: Readonly<Record<string, string>> = {}, directory = state): Promise<JournalPlace> => {
  const place = await openPlace(env(more), directory);
  onTestFinished(place.close);
  return place;
};
const prepare = (place: JournalPlace, keep: readonly (readonly [string, string])[] = [], isUnderWay = (_text: string): boolean => false) => place.prepare({ keep, most: MOST, isUnderWay });
const unsent = (): readonly string[] => (existsSync(join(state, 'unsent')) ? readdirSync(join(state, 'unsent', 'policies%2Fshop')) : []);
const copy = (name = NAME): string => join(state, 'unsent', 'policies%2Fshop', name);
const text = (key = KEY): string | undefined => s3.objects.get(key)?.toString();
const thrown = async (work: Promise<unknown>): Promise<unknown> => work.then((value) => expect.fail(`it gave ${JSON.stringify(value)}`), (problem: unknown) => problem);

describe('a bucket for what runs did', () => {
  it('takes lines as they come, each time under the condition that it replaces its own, and says nothing of how they are encrypted', async () => {
    const place = await open();
    expect([place.where, place.pathOf(NAME), await place.names(), await place.read(NAME)]).toEqual(['s3://policies/shop', `s3://policies/shop/${NAME}`, [], undefined]);
    expect(await prepare(place, [['a.plan', 'plan']])).toEqual([]);
    const lines = place.begin(NAME);
    lines.add('one\n');
    expect(await lines.settled()).toBe(false);
    expect([text(), statSync(copy()).mode & 0o777, readFileSync(copy(), 'utf8')]).toEqual(['one\n', 0o600, 'one\n']);
    lines.add('two\n');
    lines.add('three\n');
    expect(await lines.end()).toBeUndefined();
    expect([text(), unsent()]).toEqual(['one\ntwo\nthree\n', []]);
    const puts = s3.asked.filter(({ method }) => method === 'PUT').map(({ headers }) => headers);
    expect(puts.map((headers) => [headers['if-none-match'], headers['if-match'] !== undefined])).toEqual([['*', false], ['*', false], ...puts.slice(2).map(() => [undefined, true])]);
    expect(puts.flatMap((headers) => Object.keys(headers)).filter((name) => /encrypt|acl|tagging/.test(name))).toEqual([]);
    expect(await place.write('a.state', 'state')).toBeUndefined();
    expect([(await place.names()).toSorted(), await place.read('a.state'), unsent()]).toEqual([[NAME, 'a.plan', 'a.state'], 'state', []]);
    await place.remove('a.plan');
    expect(await place.read('a.plan')).toBeUndefined();
  });

  it('keeps the newest, and minds nothing of others beside them', async () => {
    for (let at = 0; at < 6; at += 1) s3.objects.set(`/policies/shop/2026010${at}T000000.000Z-aaaa.jsonl`, Buffer.from('x'));
    for (const other of ['/policies/shop/20200101.jsonl', ...['a', 'b', 'c', 'd'].map((name) => `/policies/shop/logs-${name}.jsonl`), '/policies/shop/deeper/20250101.jsonl', '/policies/20250101.jsonl', '/policies/shopping/20250101.jsonl', '/policies/shop/notes.txt']) s3.objects.set(other, Buffer.from('theirs'));
    const place = await open();
    expect(await prepare(place)).toEqual([]);
    expect((await place.names()).toSorted()).toEqual(['20200101.jsonl', ...[3, 4, 5].map((at) => `2026010${at}T000000.000Z-aaaa.jsonl`), 'logs-a.jsonl', 'logs-b.jsonl', 'logs-c.jsonl', 'logs-d.jsonl', 'notes.txt']);
    expect([...s3.objects.values()].filter((body) => body.toString() === 'theirs')).toHaveLength(9);
  });

  it('says that the oldest stay where they may not be deleted', async () => {
    for (let at = 0; at < 4; at += 1) s3.objects.set(`/policies/shop/2026010${at}T000000.000Z-aaaa.jsonl`, Buffer.from('x'));
    s3.decide(({ method }) => (method === 'DELETE' ? [403, 'AccessDenied'] : 'pass'));
    expect(await prepare(await open())).toEqual(['the oldest runs stay, 1 files of them: S3 does not let this login delete 20260100T000000.000Z-aaaa.jsonl in s3://policies/shop: AccessDenied']);
  });

  it.each<readonly [fate: Fate, code: string, nature: string]>([
    [[403, 'AccessDenied'], 'JOURNAL_FORBIDDEN', 'fixable'],
    [[403, 'InvalidAccessKeyId'], 'JOURNAL_FORBIDDEN', 'fixable'],
    [[403, 'SignatureDoesNotMatch'], 'JOURNAL_FORBIDDEN', 'fixable'],
    [[403, 'RequestTimeTooSkewed'], 'JOURNAL_FORBIDDEN', 'fixable'],
    [[400, 'ExpiredToken'], 'JOURNAL_FORBIDDEN', 'fixable'],
    [[404, 'NoSuchBucket'], 'JOURNAL_NO_BUCKET', 'fixable'],
    [[301, 'PermanentRedirect'], 'JOURNAL_PLACE', 'fixable'],
    [[400, 'AuthorizationHeaderMalformed'], 'JOURNAL_PLACE', 'fixable'],
    [[503, 'SlowDown'], 'JOURNAL_UNREACHABLE', 'unreachable'],
    [[500, 'InternalError'], 'JOURNAL_UNREACHABLE', 'unreachable'],
    ['reset', 'JOURNAL_UNREACHABLE', 'unreachable'],
    [{ status: 200, body: '<html><body>Sign in to this network</body></html>' }, 'JOURNAL_ANSWER', 'fixable'],
    [{ status: 200, body: '' }, 'JOURNAL_ANSWER', 'fixable'],
    [{ status: 200, body: '{}' }, 'JOURNAL_ANSWER', 'fixable'],
    [{ status: 418, body: '<html>no' }, 'JOURNAL_ANSWER', 'fixable'],
    [[400, 'InvalidArgument'], 'JOURNAL_ANSWER', 'fixable'],
  ])('is never empty because of %j, and no run begins: %s', async (fate, code, nature) => {
    s3.objects.set(KEY, Buffer.from('there'));
    s3.decide(() => fate);
    const place = await open();
    for (const problem of await Promise.all([thrown(place.read(NAME)), thrown(place.names()), thrown(prepare(place, [['a.plan', 'plan']]))])) {
      expect(problem).toMatchObject({ code, nature, hint: expect.stringMatching(/\w/) as string });
      expect(String(problem)).not.toContain(KEYS.secret);
    }
  });

  it.each<readonly [more: Readonly<Record<string, string>>, code: string, words: RegExp]>([
    [{ AUTHCTL_JOURNAL: 'https://policies.s3.amazonaws.com/shop' }, 'JOURNAL_PLACE', /is no bucket/],
    [{ AUTHCTL_JOURNAL: 's3://' }, 'JOURNAL_PLACE', /is no bucket/],
    [{ AUTHCTL_JOURNAL: 's3://Policies/shop' }, 'JOURNAL_PLACE', /is no bucket/],
    [{ AUTHCTL_JOURNAL: '/var/lib/authctl' }, 'JOURNAL_PLACE', /is no bucket/],
    [{ AWS_ENDPOINT_URL_S3: 'http://s3.example' }, 'JOURNAL_PLACE', /plain http to another machine/],
    [{ AWS_ENDPOINT_URL_S3: 's3.example' }, 'JOURNAL_PLACE', /no http or https URL/],
    [{ AWS_REGION: '' }, 'JOURNAL_PLACE', /no region/],
    [{ AUTHCTL_JOURNAL: 's3://elsewhere/shop' }, 'JOURNAL_NO_BUCKET', /not there/],
    [{ AWS_SECRET_ACCESS_KEY: 'another-secret-key' }, 'JOURNAL_FORBIDDEN', /SignatureDoesNotMatch/],
    [{ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, 'JOURNAL_UNREACHABLE', /ECONNREFUSED/],
  ])('is refused by what is wrong with it: %j', async (more, code, words) => {
    const problem = await thrown(open(more).then((place) => place.names()));
    expect(problem).toMatchObject({ code, message: expect.stringMatching(words) as string });
    expect(JSON.stringify(problem)).not.toContain('another-secret-key');
  });

  it('finds again what it wrote and was never told of, of lines and of whole files', async () => {
    const place = await open();
    const lines = place.begin(NAME);
    const lost = new Set<string>();
    s3.decide(({ method, path, headers }) => {
      const one = `${path} ${headers['if-match'] ?? ''}`;
      if (method !== 'PUT' || lost.has(one)) return 'pass';
      lost.add(one);
      return 'lost';
    });
    for (const line of ['one\n', 'two\n', 'three\n']) {
      lines.add(line);
      await lines.settled();
    }
    expect([await lines.end(), await place.write('a.state', 'state')]).toEqual([undefined, undefined]);
    expect([text(), text('/policies/shop/a.state'), unsent(), lost.size]).toEqual(['one\ntwo\nthree\n', 'state', [], 4]);
  });

  it('writes again what is gone, and what met somebody else at the same moment', async () => {
    const lines = (await open()).begin(NAME);
    lines.add('one\n');
    await lines.settled();
    s3.objects.delete(KEY);
    let conflicts = 1;
    s3.decide(({ method }) => (method === 'PUT' && conflicts-- > 0 ? [409, 'ConditionalRequestConflict'] : 'pass'));
    lines.add('two\n');
    expect([await lines.end(), text(), unsent()]).toEqual([undefined, 'one\ntwo\n', []]);
  });

  it('leaves what somebody else wrote, and says where its own is', async () => {
    const lines = (await open()).begin(NAME);
    lines.add('one\n');
    await lines.settled();
    s3.objects.set(KEY, Buffer.from('another\n'));
    lines.add('two\n');
    const unwritten = await lines.end();
    expect(unwritten).toMatchObject({ lost: false, words: expect.stringMatching(/on this machine alone, in ".*k3f9\.jsonl", and not in s3:\/\/policies\/shop: JOURNAL_OVERTAKEN: /) as string });
    expect([text(), readFileSync(copy(), 'utf8')]).toEqual(['another\n', 'one\ntwo\n']);
    // Nor does the next run write over it.
    expect(await prepare(await open())).toEqual([`${NAME} in s3://policies/shop is another one than "${copy()}", which was left here`]);
    expect([text(), unsent()]).toEqual(['another\n', [NAME]]);
  });

  it('is written without conditions by a server that has none', async () => {
    s3.decide(({ headers }) => (headers['if-none-match'] !== undefined || headers['if-match'] !== undefined ? [501, 'NotImplemented'] : 'pass'));
    const lines = (await open()).begin(NAME);
    lines.add('one\n');
    await lines.settled();
    lines.add('two\n');
    expect([await lines.end(), text()]).toEqual([undefined, 'one\ntwo\n']);
  });

  it.each<readonly [fate: Fate, code: string]>([['reset', 'JOURNAL_UNREACHABLE'], [[403, 'AccessDenied'], 'JOURNAL_FORBIDDEN'], [[503, 'SlowDown'], 'JOURNAL_UNREACHABLE'], [{ status: 200, body: '<html>' }, 'JOURNAL_ANSWER']])(
    'keeps a copy where it goes away in the middle (%j), and the next run sends it',
    async (fate, code) => {
      const place = await open();
      const lines = place.begin(NAME);
      lines.add('one\n');
      await lines.settled();
      s3.decide(() => fate);
      lines.add('two\n');
      lines.add('three\n');
      const unwritten = await lines.end();
      expect(unwritten).toEqual({ lost: false, words: expect.stringMatching(new RegExp(`^it is on this machine alone, in "${copy()}", and not in s3://policies/shop: ${code}: .*; the next run on this machine that writes sends it$`)) as string });
      expect(await place.write('a.state', 'state')).toMatchObject({ lost: false, words: expect.stringContaining(`"${copy('a.state')}"`) as string });
      expect([text(), readFileSync(copy(), 'utf8'), statSync(copy()).mode & 0o777, statSync(copy('a.state')).mode & 0o777]).toEqual(['one\n', 'one\ntwo\nthree\n', 0o600, 0o600]);
      s3.decide(() => 'pass');
      const next = await open();
      // What is here counts until then, and for this machine alone.
      expect([await next.read(NAME), await next.read('a.state'), (await next.names()).toSorted(), await (await open({}, join(state, 'another'))).read(NAME)]).toEqual(['one\ntwo\nthree\n', 'state', [NAME, 'a.state'], 'one\n']);
      expect(await prepare(next, [], (lines_) => lines_.startsWith('one'))).toEqual(['what this machine had kept of a.state is in s3://policies/shop now']);
      expect(await prepare(next)).toEqual([`what this machine had kept of ${NAME} is in s3://policies/shop now`]);
      expect([text(), text('/policies/shop/a.state'), unsent()]).toEqual(['one\ntwo\nthree\n', 'state', []]);
    },
    60_000,
  );

  it('says that it is noted nowhere where neither the bucket nor the machine takes it', async () => {
    s3.decide(() => [403, 'AccessDenied']);
    writeFileSync(join(state, 'unsent'), '');
    const place = await open();
    const lines = place.begin(NAME);
    lines.add('one\n');
    expect(await lines.settled()).toBe(true);
    expect(await lines.end()).toMatchObject({ lost: true, words: expect.stringMatching(/JOURNAL_FORBIDDEN: .*; ".*" is not there: a part of its path is a file$/) as string });
    expect(await place.write('a.state', 'state')).toMatchObject({ lost: true });
  });

  it.runIf(process.getuid)('goes by no copy that others may have written', async () => {
    mkdirSync(join(state, 'unsent', 'policies%2Fshop'), { recursive: true, mode: 0o700 });
    writeFileSync(copy('a.state'), 'state', { mode: 0o600 });
    const place = await open();
    expect(await place.inOtherHands('a.state')).toBeUndefined();
    chmodSync(copy('a.state'), 0o622);
    expect(await place.inOtherHands('a.state')).toBe(copy('a.state'));
  });
});

describe('the lock of a blueprint in a bucket', () => {
  const LOCK = '/policies/shop/authctl-lock.shop';
  const claim = (run: string): Holder => ({ run, command: 'apply', ...thisProcess(), since: 1, until: Date.parse('2027-01-01') });
  const lockOf = (place: JournalPlace) => place.lock?.('shop') ?? expect.fail('it keeps one');

  it('is of one run, says who has it, and is taken away by that run alone', async () => {
    const [one, other] = [lockOf(await open()), lockOf(await open())];
    expect([one.where, await one.held(), await one.take(claim('a'))]).toEqual(['s3://policies/shop/authctl-lock.shop', undefined, undefined]);
    expect(await other.take(claim('b'))).toEqual(claim('a'));
    expect([await other.renew(claim('b')), await one.renew({ ...claim('a'), until: Date.parse('2028-01-01') }), (await other.held())?.until]).toEqual([false, true, Date.parse('2028-01-01')]);
    await other.drop(claim('b'));
    expect(await one.held()).toMatchObject({ run: 'a' });
    await one.drop(claim('a'));
    expect([await one.held(), await one.renew(claim('a')), await other.take(claim('b')), Math.abs(one.ahead?.() ?? Infinity) < 5_000]).toEqual([undefined, false, undefined, true]);
    // It is no run, and none that is too old.
    expect((await (await open()).names()).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
  });

  it.each([['nothing at all', ''], ['how ours begins', 'run=a']])('is not taken over where somebody has written %s', async (_what, words) => {
    s3.objects.set(LOCK, Buffer.from(words));
    const lock = lockOf(await open());
    expect(await lock.take(claim('a1'))).toMatchObject({ until: Infinity });
    expect(text(LOCK)).toBe(words);
  });

  it('is not put back by a renewal where it was taken away meanwhile', async () => {
    const lock = lockOf(await open());
    await lock.take(claim('a'));
    s3.decide(({ method }) => {
      if (method === 'PUT') s3.objects.delete(LOCK);
      return 'pass';
    });
    expect([await lock.renew(claim('a')), text(LOCK)]).toEqual([false, undefined]);
  });

  it('is held though the answer was lost, and taken by one of two at once', async () => {
    let lost = 1;
    s3.decide(({ method, headers }) => (method === 'PUT' && headers['if-none-match'] !== undefined && lost-- > 0 ? 'lost' : 'pass'));
    expect(await lockOf(await open()).take(claim('a'))).toBeUndefined();
    s3.objects.delete(LOCK);
    const taken = await Promise.all(['a', 'b', 'c', 'd'].map(async (run) => lockOf(await open()).take(claim(run))));
    expect(taken.filter((holder) => holder === undefined)).toHaveLength(1);
    expect(new Set(taken.map((holder) => holder?.run)).size).toBe(2);
  });

  it('is kept by no server that has no conditions, or does not mind them, and what is there is left there', async () => {
    const lock = lockOf(await open());
    s3.decide(({ headers }) => (headers['if-none-match'] !== undefined ? [501, 'NotImplemented'] : 'pass'));
    expect(await thrown(lock.take(claim('a')))).toMatchObject({ code: 'JOURNAL_ANSWER', nature: 'fixable', message: expect.stringContaining('no conditional writes') as string });
    expect(s3.objects.size).toBe(0);
    s3.decide(() => 'unconditional');
    expect(await thrown(lock.take(claim('a')))).toMatchObject({ code: 'JOURNAL_ANSWER', message: expect.stringContaining('in spite of its condition') as string });
    expect(s3.objects.size).toBe(0);
  });
});

describe('a directory for what runs did', () => {
  it('that cannot be read is not empty', async () => {
    const runs = join(state, 'runs');
    const place = await openPlace({}, state);
    expect(await place.names()).toEqual([]);
    mkdirSync(join(runs, NAME), { recursive: true });
    expect(await place.names()).toEqual([NAME]);
    expect(await thrown(place.read(NAME))).toMatchObject({ code: 'JOURNAL_UNREADABLE', message: expect.stringContaining('is a directory') as string });
  });
});

describe('a bucket that has to be of one account', () => {
  const OWNER = '123456789012';
  const owned = (): Promise<JournalPlace> => open({ AUTHCTL_JOURNAL: `s3://policies/shop/?owner=${OWNER}` });

  it('is told so by each request, and is called by its name alone', async () => {
    const place = await owned();
    expect([place.where, place.pathOf(NAME)]).toEqual(['s3://policies/shop', `s3://policies/shop/${NAME}`]);
    await prepare(place, [['a.plan', 'plan']]);
    const lines = place.begin(NAME);
    lines.add('one\n');
    expect(await lines.end()).toBeUndefined();
    await place.write('a.state', 'state');
    expect([await place.names(), await place.read('a.state')]).toEqual([[NAME, 'a.plan', 'a.state'], 'state']);
    await place.remove('a.state');
    expect(new Set(s3.asked.map(({ method }) => method))).toEqual(new Set(['GET', 'PUT', 'DELETE']));
    expect(s3.asked.filter(({ headers }) => headers['x-amz-expected-bucket-owner'] !== OWNER)).toEqual([]);
  });

  it('that is of another is refused, and the account is named', async () => {
    s3.decide(({ headers }) => (headers['x-amz-expected-bucket-owner'] === OWNER ? [403, 'AccessDenied'] : 'pass'));
    expect(await thrown((await owned()).names())).toMatchObject({ code: 'JOURNAL_FORBIDDEN', hint: expect.stringContaining(`is the bucket one of the account ${OWNER}?`) as string });
    expect(await (await open()).names()).toEqual([]);
  });

  it.each(['s3://policies/shop?owner=12345', 's3://policies/shop?owner=', 's3://policies/shop?other=123456789012', `s3://policies/shop?owner=${OWNER}&x=1`])('%s names no account', async (stated) => {
    expect(await thrown(open({ AUTHCTL_JOURNAL: stated }).then((place) => place.names()))).toMatchObject({ code: 'JOURNAL_PLACE' });
  });
});
