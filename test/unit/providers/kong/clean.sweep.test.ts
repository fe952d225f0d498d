import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { Expansion, PlanOptions } from '../../../../src/core/plan.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
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

  const connect = (blueprint: Blueprint) =>
    createKongProvider(blueprint, { admin: { url: kong.admin.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store }, {
      admin: createHttp({ target: 'kong', url: kong.admin.url }),
      proxy: createHttp({ target: 'kong', url: kong.proxy.url, freshConnections: true, tries: 1 }),
    });
  /** What a blueprint wants of Kong, with a key of its issuer. */
  const wanted = (blueprint: Blueprint): Expansion => {
    const ours = (address: string): boolean => address.startsWith('kong.');
    const { desired, deferred } = expand(blueprint);
    const keys = deferred.filter(({ kind }) => ours(kind)).flatMap((object) => object.expand([{ kid: 'kid-1', alg: 'RS256', pem }]));
    return { name: blueprint.name, deferred: [], desired: [...desired, ...keys].filter(({ kind }) => ours(kind)).map((object) => ({ ...object, after: object.after.filter(ours) })) };
  };
  const applied = async (blueprint: Blueprint, expansion = wanted(blueprint), options: PlanOptions = {}): Promise<readonly string[]> => {
    const provider = connect(blueprint);
    const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], expansion, options), options });
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    await provider.close?.();
    return results.map(({ action, address }) => `${action} ${address}`);
  };
  const left = async (blueprint: Blueprint) => {
    const provider = connect(blueprint);
    const plan = await makePlan([provider], wanted(blueprint));
    await provider.close?.();
    return { unseen: plan.unseen, told: changesOf(plan).filter(({ action }) => action !== 'keep') };
  };

  it.each(EXAMPLES)('of blueprints/%s.yaml has nothing to be told', async (example) => {
    const blueprint = await loadExample(example);
    await applied(blueprint);
    expect(await left(blueprint)).toEqual({ unseen: [], told: [] });
  });

  /** One service as a blueprint of its own, in a realm that others own, too. */
  const team = async (name: string, service: string): Promise<Blueprint> => {
    const whole = await loadExample('routes');
    const services = Object.fromEntries(Object.entries(whole.services).filter(([id]) => id === service));
    return { ...whole, name, realm: { ...whole.realm, name: 'company', shared: true }, authorization: { pattern: 'none', input: 'authctl', fields: {}, roots: [], policyFiles: {} }, services };
  };

  it('holds the keys of a realm once for the blueprints that share it, until the last of them goes', async () => {
    const [first, second] = await Promise.all([team('first', 'catalogue'), team('second', 'files')]);
    const shared = ['kong.consumer/company.issuer', 'kong.jwt_secret/company.issuer/kid-1'];
    const marked = async (): Promise<readonly (readonly string[])[]> => {
      const { data } = (await (await fetch(`${kong.admin.url}/jwts`)).json()) as { data: readonly { tags: readonly string[] }[] };
      return data.map(({ tags }) => tags.toSorted());
    };
    expect(await applied(first)).toEqual(expect.arrayContaining(shared.map((address) => `create ${address}`)));
    expect(await applied(second)).toEqual(expect.arrayContaining(shared.map((address) => `adopt ${address}`)));
    expect(await marked()).toEqual([['authctl:first', 'authctl:second']]);
    for (const one of [first, second]) expect(await left(one)).toEqual({ unseen: [], told: [] });
    const nothing = { name: 'first', desired: [], deferred: [] };
    expect(await applied(first, nothing, { prune: true })).toEqual(expect.arrayContaining(shared.map((address) => `release ${address}`)));
    expect([await marked(), await left(second)]).toEqual([[['authctl:second']], { unseen: [], told: [] }]);
    expect(await applied(second, { ...nothing, name: 'second' }, { prune: true })).toEqual(expect.arrayContaining(shared.map((address) => `delete ${address}`)));
    expect(await marked()).toEqual([]);
  });

  it('is not made to believe another key under the same name', async () => {
    const [first, second] = await Promise.all([team('first', 'catalogue'), team('second', 'files')]);
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const wants = wanted(first);
    await applied(first, { ...wants, desired: wants.desired.map((object) => (object.kind === 'kong.jwt_secret' ? { ...object, spec: { ...object.spec, rsa_public_key: other } } : object)) });
    const blocked = (await left(second)).told.flatMap((change) => (change.action === 'blocked' && 'desired' in change ? [change.desired.id] : []));
    expect(blocked).toContain('company.issuer/kid-1');
  });
});
