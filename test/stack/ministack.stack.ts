import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisProcess } from '../../src/core/this-process.ts';
import { openPlace } from '../../src/journal/index.ts';
import { findMinistack, startMinistack } from './ministack.ts';
import { ownStack } from './own.ts';

const LOGIN = { AWS_REGION: 'ap-northeast-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const bucketsOf = (endpoint: string): S3Client => new S3Client({ endpoint, region: LOGIN.AWS_REGION, forcePathStyle: true, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
const BLUEPRINT = 'blueprints/aws.yaml';
const found = findMinistack();

/** What the emulator does otherwise than AWS documents, by check. Whoever is not in this list must agree. */
const KNOWN = {
  'AWS-16': 'puts the path of a request behind the URI of the integration, which is whole',
  'ERR-06': 'follows from STR-10 and TIM-03: it crashes on them',
  'HDR-08': 'agrees to HTTP/2 by itself, with 101',
  'PRE-11': 'answers an upgrade by itself, with 403',
  'PRE-16': 'closes the connection on an absolute target',
  'PRE-17': 'closes the connection on a doubled slash',
  'STR-10': 'crashes on a token whose header is no JSON object',
  'TIM-03': 'lets a token without an expiry pass',
};

/** The same blueprint, provider and checks as against the stand-in, in front of somebody else's emulator. */
describe.skipIf('missing' in found)(`API Gateway by ministack${'missing' in found ? `, which cannot be had: ${found.missing}` : ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-ministack-'));
  let emulator: Awaited<ReturnType<typeof startMinistack>>;
  let stack: ReturnType<typeof ownStack>;

  beforeAll(async () => {
    emulator = await startMinistack('command' in found ? found.command : '', directory);
    const s3 = bucketsOf(emulator.url);
    await s3.send(new CreateBucketCommand({ Bucket: 'runs', CreateBucketConfiguration: { LocationConstraint: 'ap-northeast-1' } }));
    s3.destroy();
    stack = ownStack(BLUEPRINT, { ...LOGIN, AWS_ENDPOINT: emulator.url, AWS_ENDPOINT_URL_S3: emulator.url, AUTHCTL_JOURNAL: 's3://runs/night' });
    await stack.succeed('stack', 'up', BLUEPRINT, '--only', 'keycloak,upstreams');
    await stack.succeed('apply', BLUEPRINT, '--yes');
  });
  afterAll(async () => {
    await stack.down();
    await emulator.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('has nothing to do after an apply', async () => {
    expect(await stack.succeed('plan', BLUEPRINT, '--exit-code')).toContain('no changes');
  });

  it('has noted the apply in a bucket, for whoever asks from another machine', async () => {
    expect(await stack.succeed('history')).toMatch(/^\S+ {2}done {7}apply {5}parcels {2}\d+ done, 0 failed, 0 skipped {2}by .*\n$/);
    const s3 = bucketsOf(emulator.url);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'runs', Prefix: 'night/' }));
    s3.destroy();
    expect(Contents.map(({ Key = '' }) => Key.replace(/^night\/[\w.-]+\./, ''))).toEqual(['jsonl', 'state']);
  });

  it('writes to a bucket under conditions: its own lines alone, again after a lost answer, and nothing over what others wrote', async () => {
    const s3 = bucketsOf(emulator.url);
    const write = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: 'runs', Key, Body }));
    const place = await openPlace({ ...LOGIN, AWS_ENDPOINT_URL_S3: emulator.url, AUTHCTL_JOURNAL: 's3://runs/beside' }, directory);
    const noted = place.begin('a.jsonl');
    noted.add('one\n');
    expect(await noted.settled()).toBe(false);
    // What was written and never answered: the object is another one than the last answer said.
    await write('beside/a.jsonl', 'one\ntwo\n');
    noted.add('two\n');
    noted.add('three\n');
    expect([await noted.end(), await place.read('a.jsonl')]).toEqual([undefined, 'one\ntwo\nthree\n']);
    const overtaken = place.begin('b.jsonl');
    overtaken.add('one\n');
    await overtaken.settled();
    await write('beside/b.jsonl', 'another\n');
    overtaken.add('two\n');
    expect(await overtaken.end()).toMatchObject({ lost: false, words: expect.stringContaining('JOURNAL_OVERTAKEN') as string });
    const gone = place.begin('c.jsonl');
    gone.add('one\n');
    await gone.settled();
    await s3.send(new DeleteObjectCommand({ Bucket: 'runs', Key: 'beside/c.jsonl' }));
    gone.add('two\n');
    expect([await gone.end(), await place.read('c.jsonl'), (await place.names()).toSorted()]).toEqual([undefined, 'one\ntwo\n', ['a.jsonl', 'b.jsonl', 'c.jsonl']]);
    expect(await place.read('never.jsonl')).toBeUndefined();
    const lock = place.lock?.('parcels') ?? expect.fail('it keeps one');
    const claim = (run: string) => ({ run, command: 'apply', ...thisProcess(), since: 1, until: Date.parse('2099-01-01') });
    expect([await lock.take(claim('a')), await lock.take(claim('b')), await lock.renew(claim('b'))]).toEqual([undefined, claim('a'), false]);
    await lock.drop(claim('b'));
    expect(await lock.held()).toEqual(claim('a'));
    await lock.drop(claim('a'));
    expect([await lock.held(), await lock.take(claim('b'))]).toEqual([undefined, undefined]);
    place.close();
    s3.destroy();
    const elsewhere = await openPlace({ ...LOGIN, AWS_ENDPOINT_URL_S3: emulator.url, AUTHCTL_JOURNAL: 's3://no-such-bucket/runs' }, directory);
    await expect(elsewhere.names()).rejects.toMatchObject({ code: 'JOURNAL_NO_BUCKET' });
    elsewhere.close();
  });

  it('passes every check but those in which it is known to differ', async () => {
    const { idsOf } = await stack.verify();
    expect(idsOf('failed', 'crashed', 'inconclusive')).toEqual(Object.keys(KNOWN));
    expect(idsOf('passed')).toEqual(expect.arrayContaining(['POS-01', 'SIG-03', 'CLM-01', 'AWS-01', 'AWS-05', 'AWS-09', 'AZ-06']));
  });

  it('is left empty by destroy', async () => {
    await stack.succeed('destroy', BLUEPRINT, '--yes');
    expect(JSON.parse((await stack.authctl('plan', BLUEPRINT, '--json')).stdout)).toMatchObject({
      changes: expect.arrayContaining([expect.objectContaining({ action: 'create', address: 'aws.api/parcels' })]) as unknown,
    });
  });
});
