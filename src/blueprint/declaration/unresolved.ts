import { listOf, text } from './field.ts';
import type { Schema } from './field.ts';
import { blueprint, overlay } from './index.ts';
import { environmentName } from './names.ts';

/** What one environment may say before references are resolved: nothing is required, and `null` removes. */
export const environmentSchema: Schema = partial(overlay);

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
  const { title, description, default: value, examples, ...rest } = schema;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(value !== undefined && { default: value }),
    ...(examples !== undefined && { examples }),
    anyOf: [rest, { type: 'string', pattern: '\\$\\{' }],
  };
}

function mapValues(schemas: Readonly<Record<string, Schema>>, change: (schema: Schema) => Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, change(schema)]));
}

/** What editors check a file against: before references are resolved, with `include` and `environments`, nothing required in a fragment. */
export const editorSchema = (): Schema => {
  const whole = referable(blueprint);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'authctl blueprint',
    description: 'Keycloak, Kong, OPA and AWS API Gateway in one file. See docs/blueprint.md.',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...whole.properties,
      include: listOf('Files to merge in, relative to this one. A value stated in two files is an error.', text('A path.')),
      environments: { type: 'object', description: 'Overlays chosen by --env.', propertyNames: environmentName, additionalProperties: environmentSchema },
    },
  };
};
