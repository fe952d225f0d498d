import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  anything,
  baseUrl,
  duration,
  flag,
  integer,
  listOf,
  loading,
  named,
  object,
  oneOf,
  optional,
  path,
  pattern,
  required,
  secret,
  text,
} from '../../../src/blueprint/declaration/field.ts';
import type { Loaded, Schema } from '../../../src/blueprint/declaration/field.ts';
import { blueprint } from '../../../src/blueprint/declaration/index.ts';
import { fill } from '../../../src/blueprint/fill.ts';
import type { JsonFields } from '../../../src/blueprint/json.ts';
import { parse } from '../../../src/blueprint/parse.ts';
import { Secret } from '../../../src/core/secret.ts';

const house = object('A house.', {
  street: required(text('Its street.')),
  colour: oneOf('Its colour.', ['white', 'blue'], { default: 'white' }),
  owner: text('Whose it is.'),
  warm: flag('It is heated.', { default: true }),
  floors: integer('Its floors.', { minimum: 1, maximum: 9, default: 2 }),
  lease: duration('How long it is let.', { default: '2h' }),
  notice: duration('How long before.'),
  page: baseUrl('Its page.'),
  plan: path('Its plan.'),
  doors: listOf('Its doors.', oneOf('A door.', ['front', 'back']), { default: ['front'] }),
  windows: listOf('Its windows.', text('A window.')),
  rooms: named('Its rooms.', pattern('a name', '^[a-z]+$'), object('A room.', { beds: listOf('Beds.', text('A bed.'), { default: [] }) })),
  cellar: optional(named('Its cellar.', pattern('a name', '^[a-z]+$'), text('A thing.'))),
  garden: object('Its garden.', { trees: integer('Trees.', { minimum: 0, maximum: 9, default: 0 }) }),
  garage: object('Its garage.', { key: required(secret('Its key.')), wide: flag('Two cars.') }),
  more: anything('What else.'),
});
const filled = (yaml: string): Loaded<typeof house> => fill(house, parse('/street/house.yaml', yaml).root);

describe('what a declared field becomes', () => {
  it('is its default where it is not stated, and nothing where it has none', () => {
    expect(filled('street: Elm')).toEqual({
      street: 'Elm',
      colour: 'white',
      warm: true,
      floors: 2,
      lease: 7200,
      doors: ['front'],
      rooms: {},
      garden: { trees: 0 },
      more: {},
    });
  });

  it('is what is stated, in the form that is declared', () => {
    const stated = filled(
      'colour: blue\nwarm: false\nnotice: 3d\npage: "http://x.example/a//"\nplan: ../plan.pdf\ndoors: [back]\nwindows: []\nrooms: { hall: {} }\ncellar: { a: wine }\nmore: { a: [1, { b: null }] }',
    );
    expect(stated).toMatchObject({ colour: 'blue', warm: false, notice: 259_200, page: 'http://x.example/a', plan: resolve('/plan.pdf') });
    expect(stated).toMatchObject({ doors: ['back'], windows: [], rooms: { hall: { beds: [] } }, cellar: { a: 'wine' }, more: { a: [1, { b: null }] } });
  });

  it('reads what is of the wrong type as absent, and what must be there as empty', () => {
    const { street, warm, lease, doors, rooms, garden, garage, more } = filled(
      'street: 7\nwarm: soon\nlease: long\ndoors: [1, back]\nrooms: { hall: 3 }\ngarden: none\ngarage: none\nmore: 1',
    );
    expect({ street, warm, lease, doors, rooms, garden, more }).toEqual({
      street: '',
      warm: true,
      lease: 7200,
      doors: ['back'],
      rooms: { hall: { beds: [] } },
      garden: { trees: 0 },
      more: {},
    });
    expect(garage?.key).toBeInstanceOf(Secret);
  });

  it('has the type that the declaration gives it', () => {
    expectTypeOf<Loaded<typeof house>>().toEqualTypeOf<{
      readonly street: string;
      readonly colour: 'white' | 'blue';
      readonly owner?: string;
      readonly warm: boolean;
      readonly floors: number;
      readonly lease: number;
      readonly notice?: number;
      readonly page?: string;
      readonly plan?: string;
      readonly doors: readonly ('front' | 'back')[];
      readonly windows?: readonly string[];
      readonly rooms: Readonly<Record<string, { readonly beds: readonly string[] }>>;
      readonly cellar?: Readonly<Record<string, string>>;
      readonly garden: { readonly trees: number };
      readonly garage?: { readonly key: Secret; readonly wide?: boolean };
      readonly more: JsonFields;
    }>();
  });
});

describe('the declaration of the blueprint', () => {
  const fields = (schema: Schema, at: string): readonly (readonly [string, Schema])[] => [
    [at, schema],
    ...Object.entries(schema.properties ?? {}).flatMap(([key, field]) => fields(field, `${at}.${key}`)),
    ...[schema.items, schema.additionalProperties].flatMap((inside) => (typeof inside === 'object' && loading in inside ? fields(inside, `${at}.*`) : [])),
  ];
  const all = fields(blueprint, '');

  it('says of every field what it is for', () => {
    expect(all.length).toBeGreaterThan(150);
    expect(all.filter(([, { description }]) => !description?.endsWith('.')).map(([at]) => at)).toEqual([]);
  });

  it('has no default that it would refuse itself', () => {
    const ajv = new Ajv({ strict: true });
    const wrong = all.filter(([, field]) => field.default !== undefined && !ajv.validate(field, field.default));
    expect(wrong.map(([at]) => at)).toEqual([]);
  });
});
