import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { Expansion } from '../../../../src/core/plan.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { createHttp } from '../../../../src/providers/http.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import { EXAMPLES, loadExample } from '../../checks/worlds/examples.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;

describe.each(['database', 'dbless'] as const)('a gateway that apply has just made (%s)', (store) => {
  let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
  beforeEach(async () => {
    kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', dbless: store === 'dbless' });
  });
  afterEach(() => kong.close());

  it.each(EXAMPLES)('of blueprints/%s.yaml has nothing to be told', async (example) => {
    const blueprint = await loadExample(example);
    const ours = (address: string): boolean => address.startsWith('kong.');
    const { desired, deferred } = expand(blueprint);
    const keys = deferred.filter(({ kind }) => ours(kind)).flatMap((object) => object.expand([{ kid: 'kid-1', alg: 'RS256', pem }]));
    const wanted: Expansion = { name: blueprint.name, deferred: [], desired: [...desired, ...keys].filter(({ kind }) => ours(kind)).map((object) => ({ ...object, after: object.after.filter(ours) })) };
    const provider = createKongProvider(blueprint, { admin: { url: kong.admin.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store }, {
      admin: createHttp({ target: 'kong', url: kong.admin.url }),
      proxy: createHttp({ target: 'kong', url: kong.proxy.url, freshConnections: true, tries: 1 }),
    });
    const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], wanted), options: {} });
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    const made = await makePlan([provider], wanted);
    await provider.close?.();
    expect(changesOf(made).filter(({ action }) => action !== 'keep')).toEqual([]);
    expect(made.unseen).toEqual([]);
  });
});
