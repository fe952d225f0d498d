import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { diffSpec } from '../../../../src/core/diff.ts';
import { packBundle, textsOf, unpackBundle } from '../../../../src/providers/opa/archive.ts';
import { buildArchives } from '../../../../src/providers/opa/build.ts';
import { buildBundle } from '../../../../src/providers/opa/bundle.ts';
import { opaCommand } from '../../../../src/providers/opa/command.ts';
import { bundle as kind } from '../../../../src/providers/opa/kinds/bundle.ts';
import type { OpaClient } from '../../../../src/providers/opa/kinds/bundle.ts';
import { opa as specs } from '../../../../src/providers/opa/specs/index.ts';
import { loadPolicy } from '../../../../src/service/decision/policy.ts';
import { opa as binary } from '../../service/support/fixture.ts';

const shop = fileURLToPath(new URL('../../../../policies/shop/', import.meta.url));
const policyFiles = Object.fromEntries(['authz', 'caller', 'inventory'].map((name) => [`${name}.rego`, readFileSync(`${shop}${name}.rego`, 'utf8')]));
const decisions = ['shop/authz'];
const bundle = buildBundle({ name: 'shop', policyFiles, data: { issuer: 'https://id.example/<shop>', services: {} }, decisions });
const opa = opaCommand(binary ?? '');
const build = (what = bundle) => buildArchives({ bundle: what, decisions, service: true, opa });

it('needs opa for a module, and says where it looked', async () => {
  await expect(buildArchives({ bundle, decisions, service: true, opa: undefined })).rejects.toMatchObject({
    code: 'OPA_MISSING',
    expected: expect.stringContaining('AUTHCTL_OPA_BIN') as string,
  });
});

it('makes the bundle for servers without opa, when nobody needs a module', async () => {
  expect(await buildArchives({ bundle, decisions, service: false, opa: undefined })).toEqual({ server: bundle.files });
});

describe.skipIf(binary === undefined)('built by opa', () => {
  it('the bundle for servers holds what the sources say, the one for services a module of the same revision', async () => {
    const { server, service = {} } = await build();
    expect(textsOf(server)).toEqual(bundle.files);
    expect(Object.keys(service).toSorted()).toEqual(['.manifest', 'data.json', 'policy.wasm']);
    const policy = await loadPolicy(new Map(Object.entries(service).map(([path, content]) => [path, Buffer.from(content)])), {
      entrypoint: decisions[0] ?? '',
      builtins: {},
      clock: Date.now,
    });
    expect(policy.revision).toBe(bundle.revision);
    expect(policy.evaluate('{}')).toMatchObject({ allow: false });
  });

  it('the module answers every decision, each by its name', async () => {
    const two = ['shop/authz', 'shop/authz/allow'];
    const { service = {} } = await buildArchives({ bundle: buildBundle({ name: 'shop', policyFiles, data: {}, decisions: two }), decisions: two, service: true, opa });
    const files = new Map(Object.entries(service).map(([path, content]) => [path, Buffer.from(content)]));
    const answers = await Promise.all(two.map(async (entrypoint) => (await loadPolicy(files, { entrypoint, builtins: {}, clock: Date.now })).evaluate('{}')));
    expect(answers).toEqual([expect.objectContaining({ allow: false }), false]);
  });

  it('has the same bytes every time, with opa or without', async () => {
    const [one, two] = [await build(), await build()];
    for (const part of ['server', 'service'] as const) expect((await packBundle(one[part] ?? {})).equals(await packBundle(two[part] ?? {}))).toBe(true);
    const plain = textsOf((await buildArchives({ bundle, decisions, service: false, opa: undefined })).server);
    expect(plain).toEqual(textsOf(one.server));
  });

  it('is refused in the words of opa when it does not compile', async () => {
    const wrong = buildBundle({ name: 'shop', policyFiles: { 'authz.rego': 'package shop.authz\nallow if nothing.here\n' }, data: {}, decisions });
    await expect(build(wrong)).rejects.toMatchObject({ code: 'OPA_BUILD', message: expect.stringContaining('authz.rego:2') as string });
  });

  describe('in the store', () => {
    const world = () => {
      const stored = new Map<string, Buffer>();
      const client: OpaClient = {
        name: 'shop', modules: true, bound: 1, signer: undefined, signature: null, servers: [], services: [],
        canBuild: () => Promise.resolve(true),
        build: (wanted, decisions) => buildArchives({ bundle: wanted, decisions, service: true, opa }),
        store: {
          where: (name) => name,
          read: (name) => Promise.resolve(stored.get(name)),
          write: (name, archive) => Promise.resolve(void stored.set(name, archive)),
          remove: (name) => Promise.resolve(void stored.delete(name)),
          requests: () => ({ reads: 0, writes: 0 }),
        },
      };
      return { stored, client };
    };
    const desired = specs.bundle.desired(['shop'], {
      origin: { file: 'shop.yaml', line: 1, column: 1 },
      spec: { revision: bundle.revision, files: { ...bundle.files }, active: {}, module: bundle.revision },
    });
    const differences = async (client: OpaClient) =>
      diffSpec(desired.spec, (await kind.list(client))[0]?.spec ?? {}).map(({ path, before }) => [path, before]);

    it('both are published, and nothing differs afterwards', async () => {
      const { stored, client } = world();
      await kind.put(client, desired, undefined);
      expect([...stored.keys()].toSorted()).toEqual(['server', 'server, last good', 'service', 'service, last good']);
      expect(await differences(client)).toEqual([]);
    });

    it.each([
      ['is gone', () => undefined, null],
      ['is no archive', () => Buffer.from('x'), 'not a bundle'],
    ])('a module that %s is drift', async (_what, change, found) => {
      const { stored, client } = world();
      await kind.put(client, desired, undefined);
      const changed = change();
      if (changed) stored.set('service', changed);
      else stored.delete('service');
      expect(await differences(client)).toEqual([['module', found]]);
    });

    it('a module that was swapped under the same revision is drift', async () => {
      const { stored, client } = world();
      await kind.put(client, desired, undefined);
      const open = buildBundle({ name: 'shop', policyFiles: { 'authz.rego': 'package shop.authz\nallow := true\n' }, data: {}, decisions });
      const files = await unpackBundle(stored.get('service') as Buffer);
      stored.set('service', await packBundle({ ...files, 'policy.wasm': (await build(open)).service?.['policy.wasm'] ?? '' }));
      expect(await differences(client)).toEqual([['module', `${bundle.revision} (not what its sources build to)`]]);
    });

    it('the bundle of a blueprint that is called like the archive for services is not overwritten', async () => {
      const { stored, client } = world();
      const other = buildBundle({ name: 'shop-service', policyFiles: {}, data: {} });
      stored.set('service', await packBundle(other.files));
      await expect(kind.put(client, desired, undefined)).rejects.toMatchObject({ code: 'PLAN_BLOCKED' });
      expect(stored.size).toBe(1);
    });
  });
});
