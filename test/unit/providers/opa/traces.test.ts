import { expect, it } from 'vitest';
import { createServer } from '../../../../src/providers/opa/client.ts';
import { tracesIn } from '../../../../src/providers/opa/traces.ts';

const asked: string[] = [];
/** An OPA that activated the bundle of the shop then. */
const opa = (at: unknown) =>
  createServer(
    {
      send: (_method, path) => (asked.push(path), Promise.resolve({ status: 200, body: { result: { bundles: { shop: { active_revision: 'r', last_successful_activation: at } } } } })),
      requests: () => ({ reads: 0, writes: 0 }),
      close: () => undefined,
    },
    'http://opa:8181',
    'shop',
  );

it('says of the bundle, and of what is decided by it, when the last server took it; of nothing else, and asks no server then', async () => {
  asked.length = 0;
  const servers = [opa('2026-11-29T12:00:03.5Z'), opa('2026-11-29T11:00:00Z'), opa(undefined)];
  expect([...(await tracesIn(servers, ['opa.policy/opa/theirs', 'opa.data/opa/theirs'])).changed]).toEqual([]);
  expect(asked).toEqual([]);
  const { changed } = await tracesIn(servers, ['opa.bundle/shop', 'opa.policy/opa/theirs', 'opa.decision/opa/yes']);
  expect([...changed]).toEqual(['opa.bundle/shop', 'opa.decision/opa/yes'].map((address) => [address, { at: '2026-11-29T12:00:03.500Z' }]));
});

it.each([undefined, 'yesterday', 7])('says nothing where no server says a moment (%j)', async (at) => {
  expect([...(await tracesIn([opa(at)], ['opa.bundle/shop'])).changed]).toEqual([]);
});
