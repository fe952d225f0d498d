import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { fieldTable } from '../../../scripts/generate/field-table.ts';
import { validatorSource } from '../../../scripts/generate/validator.ts';
import type { Schema } from '../../../src/blueprint/declaration/field.ts';
import { blueprint } from '../../../src/blueprint/declaration/index.ts';
import { editorSchema, environmentSchema } from '../../../src/blueprint/declaration/unresolved.ts';
import { repository } from './loading.ts';

const check = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(editorSchema());
const read = (name: string): Promise<string> => readFile(join(repository, name), 'utf8');

const written = (name: string, text: string): Promise<void> => expect(text).toMatchFileSnapshot(join(repository, name));

describe('what is made from the declaration', () => {
  it('is the validator of a blueprint, fresh', () => written('src/blueprint/generated/blueprint.ts', validatorSource(blueprint)));
  it('is the validator of an environment, fresh', () => written('src/blueprint/generated/environment.ts', validatorSource(environmentSchema)));
});

describe('what is published about the format', () => {
  it('is the schema for editors, fresh', async () => {
    await written('schema/blueprint.schema.json', `${JSON.stringify(editorSchema(), null, 2)}\n`);
  });

  it('is the reference of every field, fresh', async () => {
    const document = await read('docs/blueprint.md');
    const fresh = document.replace(
      /(<!-- fields:[^\n]*-->\n)[^]*(<!-- \/fields -->)/,
      (_, start: string, end: string) => `${start}\n${fieldTable(blueprint)}\n\n${end}`,
    );
    await written('docs/blueprint.md', fresh);
  });

  it('says of a list of mappings what stands in each', () => {
    const about = (field: string): string | undefined => fieldTable(blueprint).split('\n').find((row) => row.startsWith(`| \`${field}\``));
    expect([about('waivers'), about('accept')]).toEqual([expect.stringContaining('| list of mappings |'), expect.stringContaining('| list of mappings |')]);
    expect(about('waivers[].check')).toContain('| required |');
    expect(about('accept[].effects')).toContain('list of `opens`');
  });

  it('tells editors of every field what it means, and offers only examples and defaults that hold', () => {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true });
    const seen = { fields: 0, examples: 0, defaults: 0 };
    const wrong: string[] = [];
    const walk = (schema: Schema, at: string): void => {
      const { examples = [], default: filled } = schema;
      const holds = examples.length > 0 || filled !== undefined ? ajv.compile(schema) : () => false;
      for (const one of examples) if (!holds(one)) wrong.push(`${at}: the example ${JSON.stringify(one)}`);
      if (filled !== undefined && !holds(filled)) wrong.push(`${at}: the default ${JSON.stringify(filled)}`);
      seen.examples += examples.length;
      if (filled !== undefined) seen.defaults += 1;
      for (const [name, field] of Object.entries(schema.properties ?? {})) {
        seen.fields += 1;
        if ((field.description ?? '').trim() === '') wrong.push(`${at}.${name}: no description`);
        walk(field, `${at}.${name}`);
      }
      for (const inner of [schema.items, schema.propertyNames, schema.additionalProperties]) if (typeof inner === 'object') walk(inner, `${at}[]`);
    };
    walk(editorSchema(), '');
    expect(wrong).toEqual([]);
    expect(seen.fields).toBeGreaterThan(300);
    expect(Math.min(seen.examples, seen.defaults)).toBeGreaterThan(100);
  });

  it('accepts the good example as it is written, references and all', async () => {
    check(parseYaml(await read('blueprints/sso.yaml')));
    expect(check.errors ?? []).toEqual([]);
  });

  it('accepts a reference where a number, a duration or one of several words is asked for', () => {
    check({
      authentication: { pattern: '${PATTERN}', client: 'storefront', token: { leeway: '${LEEWAY}', in: ['${PLACE}'] } },
      realm: { tokens: { accessTokenLifespan: '${LIFESPAN:-5m}', algorithm: '${ALGORITHM}' } },
      environments: { production: { realm: { sslRequired: null, bruteForceProtection: '${BRUTE}' } } },
    });
    expect(check.errors ?? []).toEqual([]);
  });

  it('refuses a key that does not exist, in an environment as well', () => {
    check({ nmae: 'shop', environments: { production: { realm: { clients: { storefront: { redirectUri: 'x' } } } } } });
    expect(check.errors?.map(({ keyword, params }) => [keyword, (params as { additionalProperty?: string }).additionalProperty])).toEqual([
      ['additionalProperties', 'nmae'],
      ['additionalProperties', 'redirectUri'],
    ]);
  });
});
