import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundledPluginSchemas, entitySchemas, routeSubschemas, vaultSchemas } from '../../../../infra/stand-ins/src/kong/schema/data.ts';
import { makeFunctions } from '../../../../infra/stand-ins/src/kong/schema/functions.ts';

const files = (folder: string): readonly string[] =>
  readdirSync(new URL(`../../../../infra/stand-ins/data/kong/${folder}/`, import.meta.url)).map((file) => file.replace('.json', ''));

/** Names of functions, by what calls them: a field, a check of the whole entity, a field that stands for others. */
const named = (value: unknown, role: 'value' | 'entity' | 'shorthand' = 'value'): readonly (readonly ['value' | 'entity' | 'shorthand', string])[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => {
        if (key === 'fn') return [[role, String(inner)] as const];
        return named(inner, key === 'custom_entity_check' ? 'entity' : key === 'shorthand_fields' ? 'shorthand' : role);
      });

describe("Kong's schemas as data", () => {
  it('are the files of the folder, each under its own name', () => {
    expect(entitySchemas.map(({ name }) => name).toSorted()).toEqual(files('entities').toSorted());
    expect(bundledPluginSchemas.map(({ name }) => name).toSorted()).toEqual(files('plugins').toSorted());
  });

  it('name no function that is not there', () => {
    const functions = makeFunctions(() => undefined);
    const missing = named([entitySchemas, bundledPluginSchemas, routeSubschemas, vaultSchemas]).filter(([role, name]) => {
      try {
        if (role === 'entity') functions.entity(name, {});
        else functions[role](name, 'x');
        return false;
      } catch (thrown) {
        return String(thrown).includes('does not exist');
      }
    });
    expect(missing).toEqual([]);
    expect(() => functions.value('no such', 'x')).toThrow('does not exist');
  });
});
