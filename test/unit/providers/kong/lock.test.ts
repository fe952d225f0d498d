import { expect, it, onTestFinished } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { LOCK_LIFETIME, takeLock } from '../../../../src/core/lock.ts';
import type { Holder } from '../../../../src/core/lock.ts';
import { thisProcess } from '../../../../src/core/this-process.ts';
import { createHttp } from '../../../../src/providers/http.ts';
import type { Http } from '../../../../src/providers/http.ts';
import { createAdmin } from '../../../../src/providers/kong/client.ts';
import { createLock } from '../../../../src/providers/kong/lock.ts';

const holder = (): Holder => ({ run: crypto.randomUUID(), command: 'apply', ...thisProcess(), since: 1, until: 1 + LOCK_LIFETIME });

const open = async (change: (http: Http) => Http = (http) => http) => {
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  onTestFinished(() => kong.close());
  const http = createHttp({ target: 'kong', url: kong.admin.url });
  onTestFinished(() => { http.close(); });
  return { http, lock: createLock(createAdmin(change(http), { url: kong.admin.url, mask: (text) => text }), 'shop') };
};

it('is taken by one request and taken away by one; who comes second is told who has it', async () => {
  const { http, lock } = await open();
  const [first, second] = [holder(), holder()];
  expect(await lock.take(first)).toBeUndefined();
  expect(http.requests()).toEqual({ reads: 0, writes: 1 });
  expect(await lock.take(second)).toEqual(first);
  expect(await lock.renew(second)).toBe(false);
  expect(await lock.renew({ ...first, until: 77 })).toBe(true);
  expect(await lock.held()).toEqual({ ...first, until: 77 });
  const before = http.requests();
  await lock.drop(second);
  expect(await lock.held()).toMatchObject({ run: first.run });
  await lock.drop(first);
  expect(http.requests().writes - before.writes).toBe(2);
  expect(await lock.held()).toBeUndefined();
});

it('knows its own when the answer was lost, and tries again when the other one goes meanwhile', async () => {
  let asked = 0;
  const { lock } = await open((http) => ({
    ...http,
    send: async (method, path, options) => {
      if (method === 'POST' && (asked += 1) === 1) await http.send(method, path, options);
      return http.send(method, path, options);
    },
  }));
  const mine = holder();
  expect(await lock.take(mine)).toBeUndefined();
  let gone = false;
  const { lock: other } = await open((http) => ({
    ...http,
    send: async (method, path, options) => {
      if (method === 'GET' && !gone) {
        gone = true;
        await http.send('DELETE', '/consumers/authctl-lock.shop');
      }
      return http.send(method, path, options);
    },
  }));
  await other.take(holder());
  expect(await other.take(mine)).toBeUndefined();
  expect(gone).toBe(true);
});

it('is not broken by a machine whose clock is far ahead, and its own lives as long as any', async () => {
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  onTestFinished(() => kong.close());
  const wrong = LOCK_LIFETIME + 60_000;
  const at = (clock: () => number) => {
    const http = createHttp({ target: 'kong', url: kong.admin.url, now: clock });
    onTestFinished(() => { http.close(); });
    const place = createLock(createAdmin(http, { url: kong.admin.url, mask: (text) => text }), 'shop', http.ahead);
    const take = () => takeLock({ places: [place], now: clock, timeout: 0, gone: () => false, claim: () => ({ ...holder(), since: clock(), until: clock() + LOCK_LIFETIME }) });
    return { place, take };
  };
  const [right, ahead] = [at(Date.now), at(() => Date.now() + wrong)];
  const lock = await right.take();
  await expect(ahead.take()).rejects.toMatchObject({ code: 'LOCK_HELD' });
  if ('release' in lock) await lock.release();
  const before = Date.now();
  const own = await at(() => Date.now() + wrong).take();
  const { until = 0 } = (await right.place.held()) ?? {};
  expect(until).toBeGreaterThan(before + LOCK_LIFETIME - 5000);
  expect(until).toBeLessThan(Date.now() + LOCK_LIFETIME + 5000);
  if ('release' in own) await own.release();
});

it('is no endless loop where a server refuses it and shows nobody who has it', async () => {
  const { lock, http } = await open((inner) => ({
    ...inner,
    send: (method, path, options) => (method === 'POST' ? Promise.resolve({ status: 409, body: { message: 'Conflict' } }) : inner.send(method, path, options)),
  }));
  await expect(lock.take(holder())).rejects.toMatchObject({ code: 'KONG_REFUSED', message: 'kong refused to take the lock, which nobody holds: Conflict' });
  expect(http.requests().reads).toBe(5);
});
