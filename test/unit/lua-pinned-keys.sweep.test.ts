import { afterEach, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { startEmbeddedKong } from '../../infra/stand-ins/src/kong/index.ts';
import { exchange, issuer, mint, publicPem, startUpstream, stranger } from '../lua/gateway.ts';

const pluginDir = fileURLToPath(new URL('../../infra/kong/plugins', import.meta.url));
const started: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0)) await stop();
});

const jwt = { key_claim_name: 'kid', claims_to_verify: ['exp'], header_names: ['authorization'], cookie_names: [], uri_param_names: [] };
const credential = (key: string): object => ({ key, algorithm: 'RS256', rsa_public_key: publicPem });

/** Kong with pinned keys of an issuer and of a partner's own, with its database or without; the clock is the test's. */
const start = async (store: 'database' | 'off', pinned: string | null) => {
  const clock = { now: Date.now() / 1000 };
  const upstream = await startUpstream();
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir, dbless: store === 'off', clock: () => clock.now });
  started.push(() => kong.close(), () => new Promise((done) => { upstream.server.close(done); upstream.server.closeAllConnections(); }));
  const plugins = [
    { name: 'authctl-token-guard', config: { issuer, audience: 'orders', pinned_consumer: pinned } },
    { name: 'jwt', config: jwt },
    { name: 'authctl-scope-guard', config: { consumer_username: 'shop.issuer', scopes: ['orders:read'] } },
  ];
  const service = { name: 'orders', url: `http://127.0.0.1:${upstream.port}` };
  const send = async (method: string, path: string, body: object): Promise<void> => {
    const answer = await exchange(`${kong.admin.url}${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect([path, answer.status, answer.body]).toEqual([path, expect.toSatisfy((status: number) => status < 300), expect.any(String)]);
  };
  let made = false;
  const keys = new Map([['shop.issuer', ['k1']], ['partner', ['theirs']]]);
  const write = async (): Promise<void> => {
    if (store === 'off')
      return send('POST', '/config', {
        _format_version: '3.0',
        services: [{ ...service, plugins, routes: [{ name: 'orders', paths: ['/orders'] }] }],
        consumers: [...keys].map(([username, kids]) => ({ username, jwt_secrets: kids.map(credential) })),
      });
    await send('PUT', '/services/orders', service);
    for (const { name, config } of made ? [] : plugins) await send('POST', '/services/orders/plugins', { name, config });
    made = true;
    await send('PUT', '/services/orders/routes/orders', { paths: ['/orders'] });
    for (const [username, kids] of keys) {
      await send('PUT', `/consumers/${username}`, {});
      for (const kid of kids) await send('PUT', `/consumers/${username}/jwt/${kid}`, credential(kid));
    }
  };
  await write();
  const asked = () => Object.values(kong.lookups()).reduce((sum, count) => sum + count, 0);
  return {
    clock,
    /** What is pinned from now on. */
    pin: (username: string, kids: readonly string[]) => {
      keys.set(username, [...kids]);
      return write();
    },
    ask: async (kid: string, key = stranger) => (await exchange(`${kong.proxy.url}/orders`, { headers: { authorization: `Bearer ${mint({}, { kid }, key)}` } })).status,
    good: async (kid: string) => (await exchange(`${kong.proxy.url}/orders`, { headers: { authorization: `Bearer ${mint({}, { kid })}` } })).status,
    /** How often Kong would have asked its database meanwhile. */
    cost: async (work: () => Promise<void>): Promise<number> => {
      const before = asked();
      await work();
      return asked() - before;
    },
  };
};

const FORGED = 100;

describe.each(['database', 'off'] as const)('forged tokens with key ids that nobody has pinned, store: %s', (store) => {
  const flood = (gateway: Awaited<ReturnType<typeof start>>) => gateway.cost(async () => {
    for (let at = 0; at < FORGED; at += 1) expect(await gateway.ask(`forged-${at}`)).toBe(401);
  });

  it('cost one look at the pinned keys in a cool-down', async () => {
    const gateway = await start(store, 'shop.issuer');
    expect(await flood(gateway)).toBe(2);
    gateway.clock.now += 1.1;
    expect(await flood(gateway)).toBe(2);
  });

  it('cost a look each where no consumer is named: what jwt does by itself', async () => {
    expect(await flood(await start(store, null))).toBe(FORGED);
  });

  it('leave the old key and the new one alone while keys are rotated', async () => {
    const gateway = await start(store, 'shop.issuer');
    expect([await gateway.good('k1'), await gateway.good('k2')]).toEqual([200, 401]);
    await gateway.pin('shop.issuer', ['k1', 'k2']);
    gateway.clock.now += 1.1;
    expect(await flood(gateway)).toBe(2);
    expect([await gateway.good('k1'), await gateway.good('k2')]).toEqual([200, 200]);
  });

  it('open nothing that a key of another consumer has signed', async () => {
    const gateway = await start(store, 'shop.issuer');
    expect(await gateway.good('theirs')).toBe(401);
  });
});
