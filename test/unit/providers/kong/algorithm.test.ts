import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { Provider } from '../../../../src/core/provider.ts';
import type { Deferred } from '../../../../src/core/resource.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { providerAt } from './embedded.ts';
import { kongHand } from '../../../stack/sabotages/kong-hand.ts';
import { fakeProvider, held, wanted } from '../../core/build.ts';
import { env, load, sso } from '../../blueprint/loading.ts';

let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
beforeAll(async () => {
  kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
});
afterAll(() => kong.close());

const pemOf = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
const KEYS = [{ kid: 'rsa-0', alg: 'RS512', pem: pemOf() }, { kid: 'rsa-1', alg: 'RS256', pem: pemOf() }];

it('a guard takes tokens of both algorithms, with the keys for them, from before the issuer switches until the last token has ended', async () => {
  const hand = kongHand(kong.admin.url);
  const seen: (readonly [string, unknown, readonly string[]])[] = [];
  const look = async (when: string): Promise<void> => {
    const { config } = (await hand.get('/plugins/shop.orders.guard')) as unknown as { config: { algorithms: unknown } };
    const { data } = (await hand.get('/jwts')) as unknown as { data: { key: string }[] };
    seen.push([when, config.algorithms, data.map(({ key }) => key).toSorted()]);
  };
  const run = async (algorithm: 'RS512' | 'RS256', published: string[], now: string) => {
    const blueprint = await load(await sso(['algorithm: RS256', `algorithm: ${algorithm}`]), { env: { ...env, ORDERS_URL: 'http://127.0.0.1:19101' } });
    const provider = providerAt(kong, blueprint);
    const fake = fakeProvider('keycloak', [{ name: 'keycloak.realm' }], [held('keycloak.realm', 'shop', { algorithm: now })], { output: () => Promise.resolve(KEYS.filter(({ kid }) => published.includes(kid))) });
    const keycloak: Provider = {
      ...fake.provider,
      kinds: fake.provider.kinds.map((kind) => ({
        ...kind,
        announce: () => Promise.resolve('later' as const),
        put: async (...written) => {
          await look('the issuer switches');
          await kind.put(...written);
        },
      })),
    };
    const { desired, deferred } = expand(blueprint);
    const ours = (address: string): boolean => address.startsWith('kong.');
    const part = <Object extends { readonly kind: string; readonly after: readonly string[] }>(objects: readonly Object[]): readonly Object[] =>
      objects.filter(({ kind }) => ours(kind)).map((object) => ({ ...object, after: object.after.filter(ours) }));
    const keys: readonly Deferred[] = part(deferred);
    const expansion = { name: 'shop', desired: [wanted('keycloak.realm', 'shop', { algorithm }), ...part(desired)], deferred: keys };
    const waits: number[] = [];
    const plan = await makePlan([keycloak, provider], expansion);
    const results = await applyPlan({ providers: [keycloak, provider], plan, sleep: async (milliseconds) => {
      waits.push(milliseconds);
      await look('tokens end');
    } });
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(changesOf(await makePlan([keycloak, provider], expansion)).filter(({ action }) => action !== 'keep')).toEqual([]);
    await provider.close?.();
    return { waits, lifespan: provider.drain };
  };
  expect((await run('RS512', ['rsa-0'], 'RS512')).waits).toEqual([]);
  await look('before');
  const { waits, lifespan } = await run('RS256', ['rsa-0', 'rsa-1'], 'RS512');
  await look('after');
  expect(waits).toEqual([lifespan]);
  expect(lifespan).toBeGreaterThanOrEqual(300_000);
  expect(seen).toEqual([
    ['before', ['RS512'], ['rsa-0']],
    ['the issuer switches', ['RS256', 'RS512'], ['rsa-0', 'rsa-1']],
    ['tokens end', ['RS256', 'RS512'], ['rsa-0', 'rsa-1']],
    ['after', ['RS256'], ['rsa-1']],
  ]);
});
