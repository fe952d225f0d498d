import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { editorSchema } from '../../../src/blueprint/forms.ts';
import { blueprintSchema } from '../../../src/blueprint/schema.ts';
import { fieldTable } from './field-table.ts';
import { repository } from './loading.ts';

const check = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(editorSchema());
const read = (name: string): Promise<string> => readFile(join(repository, name), 'utf8');

describe('what is published about the format', () => {
  it('is the schema for editors, fresh', async () => {
    await expect(`${JSON.stringify(editorSchema(), null, 2)}\n`).toMatchFileSnapshot(join(repository, 'schema/blueprint.schema.json'));
  });

  it('is the reference of every field, fresh', async () => {
    const document = await read('docs/blueprint.md');
    const fresh = document.replace(
      /(<!-- fields:[^\n]*-->\n)[^]*(<!-- \/fields -->)/,
      (_, start: string, end: string) => `${start}\n${fieldTable(blueprintSchema)}\n\n${end}`,
    );
    await expect(fresh).toMatchFileSnapshot(join(repository, 'docs/blueprint.md'));
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
