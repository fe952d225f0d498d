import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import type { Fields } from '../../../src/core/spec.ts';
import { providers } from '../../../src/providers/index.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

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

  it('is attacked by checks', () => {
    for (const group of provider.attackedBy) expect(checks.map(({ id }) => id.replace(/-\d+$/, ''))).toContain(group);
    expect(provider.attackedBy).not.toEqual([]);
  });
});
