import { blueprintSchema, sections } from './schema.ts';
import { listOf, named, object, pattern, text } from './shapes.ts';
import type { Schema } from './shapes.ts';

export const environmentName = pattern('an environment name', '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$');

/** What one environment may say: any part of a blueprint but its identity, `null` to remove. */
export const environmentSchema: Schema = partial(object('Laid over the blueprint by --env; `null` removes.', sections));

function partial(schema: Schema): Schema {
  const { required: _required, minProperties: _minProperties, ...rest } = schema;
  if (schema.type !== 'object')
    return referable({ ...rest, type: [...[schema.type ?? []].flat(), 'null'], ...(schema.enum && { enum: [...schema.enum, null] }) });
  return {
    ...rest,
    type: ['object', 'null'],
    ...(schema.properties && { properties: mapValues(schema.properties, partial) }),
    ...(typeof schema.additionalProperties === 'object' &&
      'type' in schema.additionalProperties && { additionalProperties: partial(schema.additionalProperties) }),
  };
}

/** The same value before references are resolved: any string with `${` in it will do. */
function referable(schema: Schema): Schema {
  const types = [schema.type ?? []].flat();
  if (types.includes('array') && schema.items) return { ...schema, items: referable(schema.items) };
  if (types.includes('object'))
    return {
      ...schema,
      ...(schema.properties && { properties: mapValues(schema.properties, referable) }),
      ...(typeof schema.additionalProperties === 'object' && { additionalProperties: referable(schema.additionalProperties) }),
    };
  if (types.length === 0 || (!schema.enum && !schema['pattern'] && types.includes('string'))) return schema;
  const { title, description, default: value, ...rest } = schema;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(value !== undefined && { default: value }),
    anyOf: [rest, { type: 'string', pattern: '\\$\\{' }],
  };
}

function mapValues(schemas: Readonly<Record<string, Schema>>, change: (schema: Schema) => Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, change(schema)]));
}

/** The schema of the value at a path of a blueprint; `undefined` where there is none. */
export const schemaAt = (path: readonly string[]): Schema | undefined => {
  let schema: Schema | undefined = blueprintSchema;
  for (const key of path) {
    const inside: Schema | undefined = schema?.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    schema = inside ?? (typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : schema?.items);
  }
  return schema;
};

/** What editors check a file against: before references are resolved, with `include` and `environments`, nothing required in a fragment. */
export const editorSchema = (): Schema => {
  const whole = referable(blueprintSchema);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'authctl blueprint',
    description: 'Keycloak, Kong, OPA and AWS API Gateway in one file. See docs/blueprint.md.',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...whole.properties,
      include: listOf('Files to merge in, relative to this one. A value stated in two files is an error.', text('A path.')),
      environments: named('Overlays chosen by --env.', environmentName, environmentSchema),
    },
  };
};
