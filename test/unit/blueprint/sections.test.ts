import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blueprint } from '../../../src/blueprint/declaration/index.ts';
import type { Schema } from '../../../src/blueprint/declaration/field.ts';

const isSection = (field: Schema): boolean => field.type === 'object';
const isNamed = (field: Schema): boolean => typeof field.additionalProperties === 'object' && field.propertyNames !== undefined;
/** What a blueprint has at its top, and the mappings of names in these: `realm`, `realm.groups`. */
const sections = Object.entries(blueprint.properties ?? {})
  .filter(([, field]) => isSection(field))
  .flatMap(([name, field]) => [name, ...Object.entries(field.properties ?? {}).flatMap(([inside, one]) => (isNamed(one) ? [`${name}.${inside}`] : []))]);

/** Those that a blueprint had before the changelog began. */
const FIRST = [
  ...['targets', 'realm', 'realm.roles', 'realm.scopes', 'realm.clients', 'authentication', 'authorization'],
  ...['services', 'personas', 'expect', 'raw'],
];
/** What a person wrote of a page, without what is made. */
const written = (page: string): string => readFileSync(page, 'utf8').replaceAll(/<!-- fields[^]*?<!-- \/fields -->/g, '');

describe.each(sections)('the section %s', (section) => {
  it('is told about in docs/blueprint.md, beside the table of all fields', () => {
    expect(written('docs/blueprint.md')).toContain(`\`${section}\``);
  });
  it('is in the changelog when it is new', () => {
    if (!FIRST.includes(section)) expect(written('CHANGELOG.md')).toContain(`\`${section}\``);
  });
});
