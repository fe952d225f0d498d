import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore, createHttpStore } from '../../../../src/providers/opa/store.ts';

describe('a directory of bundles', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bundles-'))));
  afterEach(() => rm(directory, { recursive: true }));

  it('keeps one archive per blueprint, and no half-written file beside it', async () => {
    const store = createFileStore(`file:${directory}/deep`, 'shop');
    expect(await store.read()).toBe(undefined);
    await store.write(Buffer.from('one'));
    await store.write(Buffer.from('two'));
    expect(String(await store.read())).toBe('two');
    expect(await readdir(`${directory}/deep`)).toEqual(['shop.tar.gz']);
    expect((await stat(`${directory}/deep/shop.tar.gz`)).mode & 0o777).toBe(0o644);
    await store.remove();
    await store.remove();
    expect(await store.read()).toBe(undefined);
    expect(store.requests()).toEqual({ reads: 3, writes: 4 });
  });

  it('is a problem, not an absent bundle, when it cannot be read', async () => {
    await writeFile(join(directory, 'file'), '');
    const store = createFileStore(`file://${directory}/file`, 'shop');
    await expect(store.read()).rejects.toMatchObject({ code: 'OPA_STORE' });
    await expect(store.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'OPA_STORE' });
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

  it('is asked for the blueprint by name, or for the archive its URL names', async () => {
    const named = serverOf({ GET: 200, PUT: 201, DELETE: 204 });
    const store = createHttpStore(named.http, 'https://bundles.example/v1/', 'shop');
    expect(String(await store.read())).toBe('archive');
    await store.write(Buffer.from('x'));
    await store.remove();
    await createHttpStore(named.http, 'https://bundles.example/other.tar.gz', 'shop').read();
    expect(named.log).toEqual(['GET /shop.tar.gz', 'PUT /shop.tar.gz', 'DELETE /shop.tar.gz', 'GET ']);
  });

  it('has no bundle on 404, and refuses by status', async () => {
    expect(await createHttpStore(serverOf({}).http, 'https://b.example', 'shop').read()).toBe(undefined);
    await expect(createHttpStore(serverOf({ GET: 403 }).http, 'https://b.example', 'shop').read()).rejects.toMatchObject({
      code: 'OPA_FORBIDDEN',
    });
    await expect(createHttpStore(serverOf({ PUT: 400 }).http, 'https://b.example', 'shop').write(Buffer.from(''))).rejects.toMatchObject({
      code: 'OPA_REFUSED',
    });
  });
});
