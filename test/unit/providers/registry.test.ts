import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import type { Fields } from '../../../src/core/spec.ts';
import { providers } from '../../../src/providers/index.ts';
import { kindReference } from '../../../src/providers/reference.ts';
import { load, sso } from '../blueprint/loading.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const filesBelow = (path: string): readonly string[] =>
  existsSync(join(root, path)) ? readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).map((name) => join(path, name)) : [];

/** Every field of a kind by its path, those inside records included. */
const pathsOf = (fields: Fields, prefix = ''): readonly string[] =>
  Object.entries(fields).flatMap(([name, field]) => [prefix + name, ...(field.fields ? pathsOf(field.fields, `${prefix}${name}.`) : [])]);

it('holds every folder of a provider, and each once', () => {
  const folders = readdirSync(join(root, 'src/providers'), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() && entry.name !== '_template' ? [entry.name] : [],
  );
  expect(providers.map(({ name }) => name).toSorted()).toEqual(folders.toSorted());
});

describe.each(providers.map((provider) => [provider.name, provider] as const))('the provider %s', (name, provider) => {
  const kinds = provider.specs.map(({ kind }) => kind);

  it('declares its kinds, and the fields of each', () => {
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds.filter((kind) => !kind.startsWith(`${name}.`))).toEqual([]);
    expect(provider.specs.filter(({ fields }) => pathsOf(fields).length === 0)).toEqual([]);
  });

  it('brings a kind for each, with what cannot change as it is declared, and says what of others is a danger', async () => {
    const connected = await provider.connect(await load(await sso()), {});
    const brought = connected.kinds.map((kind) => [kind.name, [...kind.immutable].toSorted()]);
    expect(connected.name).toBe(name);
    expect(Object.fromEntries(brought)).toEqual(Object.fromEntries(provider.specs.map(({ kind, immutable }) => [kind, [...immutable].toSorted()])));
    // Nothing is protected, so nothing is in reach, and nothing is asked.
    expect(await connected.reach([], [])).toEqual({ dangers: [], unseen: [] });
    await connected.close?.();
  });

  it('says what a login needs for each of its kinds, and for no other', () => {
    expect(Object.keys(provider.permissions.kinds).toSorted()).toEqual([...kinds].toSorted());
    expect(Object.entries(provider.permissions.kinds).filter(([, { look, write }]) => look.length === 0 || write.length === 0)).toEqual([]);
  });

  it('is attacked by checks', () => {
    const groups = checks.map(({ id }) => id.replace(/-\d+$/, ''));
    expect(provider.attackedBy.filter((group) => !groups.includes(group))).toEqual([]);
    expect(provider.attackedBy).not.toEqual([]);
  });

  it('has a page that names every kind with its fields, and is current (npm run generate)', () => {
    const [, made] = /<!-- kinds -->\n([^]*)<!-- \/kinds -->/.exec(text(`docs/providers/${name}.md`)) ?? [];
    expect(made?.trim()).toBe(kindReference(provider));
    expect(text('README.md')).toContain(`(docs/providers/${name}.md)`);
  });

  it('has a fake that is held to the real server, or says why it cannot be', () => {
    const tests = filesBelow('test').filter((path) => path.endsWith('.ts'));
    const recordings = filesBelow(`test/data/${name}`).filter((path) => path.endsWith('.json'));
    if (provider.fake === 'recorded') {
      expect(recordings).not.toEqual([]);
      expect(tests.filter((path) => text(path).includes(`data/${name}/`))).not.toEqual([]);
      return;
    }
    expect([name, provider.fake]).toEqual(['aws', { documented: 'test/stack/ministack.stack.ts' }]);
    expect(text(provider.fake.documented)).toContain(`'${name}`);
  });
});
