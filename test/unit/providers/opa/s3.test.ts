import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadBlueprint } from '../../../../src/blueprint/index.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { grantsOf } from '../../../../src/providers/grants.ts';
import { connectOpa } from '../../../../src/providers/opa/index.ts';
import { createS3Store } from '../../../../src/providers/opa/s3.ts';
import { shopEnv } from '../../../cli/run.ts';
import { startS3 } from '../../s3-stand-in.ts';

const KEYS = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG' };
let s3: Awaited<ReturnType<typeof startS3>>;
beforeEach(async () => (s3 = await startS3(KEYS)));
afterEach(() => s3.close());

const storeOf = ({ publish = 's3://policies/prod', secret = KEYS.secret as string | undefined, endpoint = s3.url } = {}) => {
  const credentials = secret === undefined ? {} : { credentials: { accessKeyId: new Secret(KEYS.id), secretAccessKey: new Secret(secret) } };
  const store = createS3Store(publish, { region: 'eu-central-1', endpoint, pathStyle: true, ...credentials }, 'shop');
  onTestFinished(store.close);
  return store;
};

describe('a bucket', () => {
  it('keeps archives below its prefix, every request signed, and gives them back as they were', async () => {
    const store = storeOf();
    const archive = Buffer.from([0, 255, 31, 139, 10]);
    expect(await store.read('server')).toBe(undefined);
    await store.write('server', archive);
    await store.write('service', Buffer.from('module'));
    expect(await store.read('server')).toEqual(archive);
    await store.remove('service');
    await store.remove('service');
    expect([...s3.objects]).toEqual([['/policies/prod/shop.tar.gz', archive]]);
    expect(store.where('service')).toBe('s3://policies/prod/shop-service.tar.gz');
    expect(store.requests()).toEqual({ reads: 2, writes: 4 });
  });

  it('may be without a prefix', async () => {
    await storeOf({ publish: 's3://policies' }).write('server, last good', Buffer.from('x'));
    expect([...s3.objects.keys()]).toEqual(['/policies/shop.last-good.tar.gz']);
  });

  it('that has to be of one account is told so by each request, and is called by its name alone', async () => {
    const owned = storeOf({ publish: 's3://policies/prod/?owner=123456789012' });
    expect(owned.where('server')).toBe('s3://policies/prod/shop.tar.gz');
    await owned.write('server', Buffer.from('x'));
    expect(await owned.read('server')).toEqual(Buffer.from('x'));
    await owned.remove('server');
    expect(s3.asked.map(({ method, path, headers }) => [method, path, headers['x-amz-expected-bucket-owner']])).toEqual(['PUT', 'GET', 'DELETE'].map((method) => [method, '/policies/prod/shop.tar.gz', '123456789012']));
    await storeOf().read('server');
    expect(s3.asked.at(-1)?.headers).not.toHaveProperty('x-amz-expected-bucket-owner');
    await storeOf({ publish: 's3://policies?owner=123456789012' }).write('server', Buffer.from('x'));
    expect([...s3.objects.keys()]).toEqual(['/policies/shop.tar.gz']);
  });

  it('that is of another account is refused, and the account is named', async () => {
    s3.decide(({ headers }) => (headers['x-amz-expected-bucket-owner'] === undefined ? 'pass' : [403, 'AccessDenied']));
    await expect(storeOf({ publish: 's3://policies/prod?owner=123456789012' }).write('server', Buffer.from('x'))).rejects.toMatchObject({ code: 'OPA_FORBIDDEN', hint: expect.stringContaining('is the bucket one of the account 123456789012?') as string });
  });

  it('that does not know the key, or is not there, is a problem that shows no secret', async () => {
    const wrong = storeOf({ secret: 'another-secret-key' });
    const refused = await wrong.write('server', Buffer.from('x')).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'OPA_FORBIDDEN', message: expect.stringContaining('SignatureDoesNotMatch') as string });
    expect(String(refused)).not.toContain('another-secret-key');
    expect(s3.objects.size).toBe(0);
    await expect(storeOf({ publish: 's3://elsewhere' }).read('server')).rejects.toMatchObject({ code: 'OPA_STORE' });
  });

  it('that does not answer is unreachable', async () => {
    await expect(storeOf({ endpoint: 'http://127.0.0.1:9' }).read('server')).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', nature: 'unreachable' });
  });

  it('takes the keys of the usual environment when none are stated', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', KEYS.id);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEYS.secret);
    onTestFinished(() => void vi.unstubAllEnvs());
    await storeOf({ secret: undefined }).write('server', Buffer.from('x'));
    expect(s3.objects.size).toBe(1);
  });
});

it('a blueprint publishes to one, with its own keys and endpoint', async () => {
  const text = readFileSync('blueprints/sso.yaml', 'utf8').replace('../policies/shop', resolve('policies/shop'));
  const place = 'bundle: { publish: "s3://policies/prod?owner=123456789012", s3: { endpoint: "${S3_URL}", accessKeyId: "${S3_ID}", secretAccessKey: "${S3_SECRET}" } }';
  const file = join(mkdtempSync(join(tmpdir(), 'authctl-s3-')), 'shop.yaml');
  onTestFinished(() => { rmSync(dirname(file), { recursive: true }); });
  writeFileSync(file, text.replace('bundle: { publish: "${BUNDLE_STORE:-file:.authctl/bundles}" }', place));
  const status = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"result":{}}'));
  await new Promise<void>((done) => status.listen(0, '127.0.0.1', done));
  onTestFinished(() => void status.close());
  const OPA_URL = `http://127.0.0.1:${String((status.address() as AddressInfo).port)}`;
  const blueprint = await loadBlueprint(file, { env: { ...shopEnv, OPA_URL, S3_URL: s3.url, S3_ID: KEYS.id, S3_SECRET: KEYS.secret } });
  const provider = connectOpa(blueprint, () => Promise.resolve(undefined));
  expect(await Promise.all(provider.kinds.map((kind) => kind.list()))).toEqual([[]]);
  expect(s3.log).toEqual(['GET /policies/prod/shop.tar.gz']);
  expect(s3.asked[0]?.headers['x-amz-expected-bucket-owner']).toBe('123456789012');
  // What its login may do there is said of the bucket, whosever it has to be.
  const [, policy] = grantsOf('opa', ['bundle:read'], blueprint, 'drift');
  expect([policy?.text.includes('arn:aws:s3:::policies/prod/*'), policy?.text.includes('owner')]).toEqual([true, false]);
  writeFileSync(file, text.replace('bundle: { publish: "${BUNDLE_STORE:-file:.authctl/bundles}" }', place.replace('123456789012', '12345')));
  await expect(loadBlueprint(file, { env: { ...shopEnv, OPA_URL, S3_URL: s3.url, S3_ID: KEYS.id, S3_SECRET: KEYS.secret } })).rejects.toMatchObject({ problems: [{ message: expect.stringContaining('publish') as string }] });
  await provider.close?.();
});
