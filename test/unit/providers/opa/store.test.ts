import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore, createHttpStore, placeOf } from '../../../../src/providers/opa/store.ts';

describe('a directory of bundles', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bundles-'))));
  afterEach(() => rm(directory, { recursive: true }));

  it('keeps one archive per blueprint, and no half-written file beside it', async () => {
    const store = createFileStore(`file:${directory}/deep`, 'shop');
    expect(await store.read('server')).toBe(undefined);
    await store.write('server', Buffer.from('one'));
    await store.write('server', Buffer.from('two'));
    expect(String(await store.read('server'))).toBe('two');
    expect(await readdir(`${directory}/deep`)).toEqual(['shop.tar.gz']);
    expect((await stat(`${directory}/deep/shop.tar.gz`)).mode & 0o777).toBe(0o644);
    await store.remove('server');
    await store.remove('server');
    expect(await store.read('server')).toBe(undefined);
    expect(store.requests()).toEqual({ reads: 3, writes: 4 });
  });

  it('is a problem, not an absent bundle, when it cannot be read', async () => {
    await writeFile(join(directory, 'file'), '');
    const store = createFileStore(`file://${directory}/file`, 'shop');
    await expect(store.read('server')).rejects.toMatchObject({ code: 'OPA_STORE' });
    await expect(store.write('server', Buffer.from('x'))).rejects.toMatchObject({ code: 'OPA_STORE' });
  });
});

describe('a server of bundles', () => {
  const serverOf = (statuses: Record<string, number>) => {
    const log: string[] = [];
    return {
      log,
      http: {
        send: (method: string, path: string) => {
          log.push(`${method} ${path}`);
          return Promise.resolve({ status: statuses[method] ?? 404, body: Buffer.from('archive') });
        },
        requests: () => ({ reads: 0, writes: 0 }),
        close: () => undefined,
      },
    };
  };

  it('is asked for each archive by its name', async () => {
    const named = serverOf({ GET: 200, PUT: 201, DELETE: 204 });
    const store = createHttpStore(named.http, 'https://bundles.example/v1', 'shop');
    expect(String(await store.read('server'))).toBe('archive');
    await store.write('service', Buffer.from('x'));
    await store.write('service, last good', Buffer.from('x'));
    await store.remove('server, last good');
    expect(named.log).toEqual(['GET /shop.tar.gz', 'PUT /shop-service.tar.gz', 'PUT /shop-service.last-good.tar.gz', 'DELETE /shop.last-good.tar.gz']);
    expect(store.where('service')).toBe('https://bundles.example/v1/shop-service.tar.gz');
  });

  it.each([
    ['https://bundles.example/v1/', { base: 'https://bundles.example/v1', name: 'shop' }],
    ['https://bundles.example/v1/other.tar.gz', { base: 'https://bundles.example/v1', name: 'other' }],
  ])('is named by its URL, which may name the archive: %s', (url, place) => {
    expect(placeOf(url, 'shop')).toEqual(place);
  });

  it('has no bundle on 404, and refuses by status', async () => {
    expect(await createHttpStore(serverOf({}).http, 'https://b.example', 'shop').read('server')).toBe(undefined);
    await expect(createHttpStore(serverOf({ GET: 403 }).http, 'https://b.example', 'shop').read('server')).rejects.toMatchObject({
      code: 'OPA_FORBIDDEN',
    });
    await expect(createHttpStore(serverOf({ PUT: 400 }).http, 'https://b.example', 'shop').write('server', Buffer.from(''))).rejects.toMatchObject({
      code: 'OPA_REFUSED',
    });
  });
});
