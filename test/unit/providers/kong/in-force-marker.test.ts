import { beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../../../src/providers/http.ts';
import { createDatabaseStore } from '../../../../src/providers/kong/database-store.ts';
import { createAdmin } from '../../../../src/providers/kong/client.ts';
import { createInForceMarker, hostOfMarker } from '../../../../src/providers/kong/in-force-marker.ts';
import type { FakeKong } from './fake-kong.ts';
import { fakeKong } from './fake-kong.ts';

let kong: FakeKong;
let clock: number;
let asked: number;
beforeEach(() => {
  kong = fakeKong();
  clock = 0;
  asked = 0;
});

/** A marker whose proxy answers by `late`: the real answer, or another one in its place. */
const markerWith = (late: (real: Answer, elapsed: number) => Answer, node = { spread: 0, frequency: 5 }, writesBefore = 0) => {
  const store = createDatabaseStore(createAdmin(kong.admin, { url: 'http://kong:8001', mask: (text) => text }), 'authctl:shop');
  return createInForceMarker({
    name: 'shop',
    store: { ...store, writes: () => writesBefore + store.writes() },
    proxy: {
      ...kong.proxy,
      send: async (method, path, options) => {
        asked += 1;
        return late(await kong.proxy.send(method, path, options), clock);
      },
    },
    proxyUrl: 'http://kong:8000',
    node: () => Promise.resolve(node),
    now: () => clock,
    sleep: (milliseconds) => Promise.resolve((clock += milliseconds)),
  });
};
const old = { status: 404, body: { message: 'no Route matched with those values' } };

describe('the host of the marker', () => {
  const known = (...hosts: readonly string[]) => hostOfMarker({ orders: { routes: [{ hosts }] } } as never, 'https://api.example.com:8443');
  it('is that of the proxy where a route of the blueprint is known by it', () => {
    expect([known(), known('other.example.com'), known('api.example.com'), known('*.example.com')]).toEqual([{}, {}, { host: 'api.example.com' }, { host: 'api.example.com' }]);
  });
  it('is on its route', async () => {
    const named = createInForceMarker({ name: 'shop', host: 'kong', store: createDatabaseStore(createAdmin(kong.admin, { url: 'http://kong:8001', mask: (text) => text }), 'authctl:shop'), proxy: kong.proxy, proxyUrl: 'http://kong:8000', node: () => Promise.resolve({ spread: 0, frequency: 5 }) });
    await named.move();
    expect(kong.row('routes', 'shop.authctl-marker')).toMatchObject({ hosts: ['kong'] });
  });
});

describe('the marker', () => {
  it('is reached when the proxy has answered the revision three times in a row', async () => {
    const marker = markerWith((real) => real);
    await marker.reached(await marker.move());
    expect([asked, clock]).toEqual([3, 0]);
  });

  it('waits out the old router', async () => {
    const marker = markerWith((real, elapsed) => (elapsed < 4800 ? old : real));
    await marker.reached(await marker.move());
    expect(clock).toBe(4800);
  });

  it('waits the longer the more was written before: a worker of a busy Kong has the news of all of it to go through', async () => {
    const late = (real: Answer, elapsed: number) => (elapsed < 75_000 ? old : real);
    const many = markerWith(late, undefined, 2200);
    await many.reached(await many.move());
    expect(clock).toBe(75_000);
    clock = 0;
    const few = markerWith(late, undefined, 20);
    await expect(few.move().then((revision) => few.reached(revision))).rejects.toMatchObject({ code: 'KONG_NOT_IN_FORCE' });
    expect(clock).toBeLessThan(17_000);
  });

  it('begins again when another worker still has the old state', async () => {
    const marker = markerWith((real) => (asked === 2 ? old : real));
    await marker.reached(await marker.move());
    expect(asked).toBe(5);
  });

  it('waits for workers that nobody happened to ask', async () => {
    const marker = markerWith((real) => real, { spread: 5, frequency: 5 });
    await marker.reached(await marker.move());
    expect(clock).toBe(5000);
  });

  it('is reached no earlier than it is told, and no later than that where the spread is less', async () => {
    const marker = markerWith((real) => real, { spread: 1, frequency: 5 });
    await marker.reached(await marker.move(), 1500);
    expect(clock).toBe(1500);
  });

  it.each([
    ['an old catch-all route', { status: 200, body: { message: 'hello' } }, '200 hello'],
    ['the revision before', { status: 200, body: '', header: 'https://0011223344556677.invalid' }, '200'],
    ['what some balancer answers to every preflight', { status: 200, body: '', header: '*' }, '200'],
    ['another plugin', { status: 401, body: { message: 'Unauthorized' } }, '401 Unauthorized'],
    ['an upstream', { status: 200, body: '<html>' }, '200'],
  ])('does not take %s for the new state', async (_what, answer, says) => {
    const marker = markerWith(() => answer);
    const revision = await marker.move();
    await expect(marker.reached(revision)).rejects.toMatchObject({
      code: 'KONG_NOT_IN_FORCE',
      message: `Kong took every write, but its proxy at http://kong:8000 does not answer by them after 15 s (it says: ${says})`,
    });
  });

  it.each([
    ['asks for a key', { status: 401, body: { message: 'No API key found in request' } }],
    ['is not for this address', { status: 403, body: { message: 'IP address not allowed' } }],
    ['has no more requests to give', { status: 429, body: { message: 'API rate limit exceeded' } }],
    ['answers by itself', { status: 418, body: 'short and stout' }],
  ])('is seen where a plugin for everything %s', async (_what, refusal) => {
    const marker = markerWith((real, elapsed) => (elapsed < 4800 ? refusal : { ...real, ...refusal }));
    await marker.reached(await marker.move());
    expect(clock).toBe(4800);
  });

  it('names who may stand in the way when it is not seen, and what to do', async () => {
    kong.hand('services', { name: 'theirs', host: 'theirs' });
    for (const [name, row] of Object.entries({
      'x.early': { name: 'pre-function' },
      'x.off': { name: 'key-auth', enabled: false },
      'x.cors': { name: 'cors' },
      'x.theirs': { name: 'key-auth', service: { name: 'theirs' } },
    }))
      kong.hand('plugins', { instance_name: name, ...row });
    const marker = markerWith(() => ({ status: 401, body: { message: 'Unauthorized' } }));
    const revision = await marker.move();
    kong.hand('plugins', { instance_name: 'x.guest', name: 'key-auth', route: { name: 'shop.authctl-marker' } });
    await expect(marker.reached(revision)).rejects.toMatchObject({
      code: 'KONG_NOT_IN_FORCE',
      hint: expect.stringMatching(/one of these plugins answers before every other: pre-function "x\.early", key-auth "x\.guest"; disable it/) as string,
    });
  });

  it('takes the place of what an older authctl put there', async () => {
    const marker = markerWith((real) => real);
    await marker.move();
    Object.assign(kong.row('plugins', 'shop.authctl-marker'), { name: 'request-termination', config: { status_code: 200, message: 'x' } });
    await marker.reached(await marker.move());
    expect(kong.rows('plugins')).toMatchObject([{ name: 'cors', route: { id: kong.row('routes', 'shop.authctl-marker').id } }]);
  });

  it('has another revision, on another path, at every move', async () => {
    const marker = markerWith((real) => real);
    const [first, second] = [await marker.move(), await marker.move()];
    expect(first).not.toBe(second);
    await expect(marker.reached(first)).rejects.toMatchObject({ code: 'KONG_NOT_IN_FORCE' });
    expect(kong.rows('routes')).toMatchObject([{ name: 'shop.authctl-marker', paths: [`~/\\.well-known/authctl/shop/${second}$`], regex_priority: 1000 }]);
    expect(kong.rows('plugins')).toHaveLength(1);
  });

  it('waits longer for a node that looks for changes more seldom', async () => {
    const marker = markerWith((real, elapsed) => (elapsed < 40_000 ? old : real), { spread: 0, frequency: 30 });
    await marker.reached(await marker.move());
    expect(clock).toBe(40_000);
  });

  it('vanishes with its rows, when the proxy has forgotten it', async () => {
    let revision = '';
    const marker = markerWith((real, elapsed) => (elapsed < 3000 ? { status: 200, body: '', header: `https://${revision}.invalid` } : real));
    revision = await marker.move();
    await marker.vanish();
    expect(clock).toBe(3000);
    expect(['services', 'routes', 'plugins'].flatMap((entity) => kong.rows(entity))).toEqual([]);
    await marker.vanish();
  });

  it('does not take over rows that only have its name', async () => {
    kong.hand('services', { name: 'shop.authctl-marker', host: 'theirs' });
    const marker = markerWith((real) => real);
    await expect(marker.move()).rejects.toMatchObject({ code: 'KONG_NAME_TAKEN' });
    await marker.vanish();
    expect(kong.row('services', 'shop.authctl-marker')).toMatchObject({ host: 'theirs' });
  });
});
