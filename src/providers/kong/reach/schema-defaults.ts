import type { Spec, SpecValue } from '../../../core/resource.ts';
import type { Field as Declared, Fields } from '../../../core/spec.ts';
import { isSpec } from '../../../core/spec.ts';
import type { Field } from '../schema-fields.ts';

/** The fields of an entity (`upstreams`) or a plugin (`plugins/cors`) with what the live server has there when nobody states them. */
export type SchemaOf = (name: string) => Promise<Fields | undefined>;

/** A schema as `GET /schemas/…` shows it, in the words in which all specs are compared. */
export const fieldsOfSchema = (schema: Field): Fields => ({
  ...Object.fromEntries((schema.fields ?? []).flatMap((named) => Object.entries(named).map(([name, field]) => [name, declared(field)]))),
  // Old names of fields, which are shown beside the new ones and say the same.
  ...Object.fromEntries((schema.shorthand_fields ?? []).flatMap((named) => Object.entries(named).map(([name, field]) => [name, { shape: 'any', readOnly: true, meant: meantBy(field) } satisfies Shorthand]))),
});

interface Shorthand extends Declared<SpecValue> {
  /** The field whose old name it is. */
  readonly meant: readonly string[];
}

const declared = (field: Field): Declared<SpecValue> => {
  const usual = field.default === undefined ? {} : { default: field.default as SpecValue };
  if (field.auto === true) return { shape: 'any', readOnly: true };
  switch (field.type) {
    case 'record': {
      const fields = fieldsOfSchema(field);
      const stated = isSpec(field.default as SpecValue) ? (field.default as Spec) : {};
      // What the record as a whole says of a member goes before what the member says of itself.
      return { shape: 'record', fields: Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, Object.hasOwn(stated, name) ? { ...one, default: stated[name] ?? null } : one])) };
    }
    case 'set':
      return { shape: 'list', set: true, ...usual, ...(Array.isArray(field.default) && { default: [...(field.default as string[])].toSorted() }) };
    case 'map':
      return { shape: 'map', ...(field.values && { items: declared(field.values) }), ...usual };
    default:
      return { shape: 'any', ...usual };
  }
};

const meantBy = (field: Field): readonly string[] => field.deprecation?.replaced_with?.[0]?.path ?? [];
const isShorthand = (field: Declared<SpecValue> | undefined): field is Shorthand => field !== undefined && 'meant' in field;

/** The fields without those that the blueprint states by an old name. */
export const stillMeant = (fields: Fields, stated: Spec): Fields =>
  Object.keys(stated).reduce<Fields>((left, name) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return isShorthand(field) ? hidden(left, field.meant) : left;
  }, fields);

const hidden = (fields: Fields, [name, ...rest]: readonly string[]): Fields => {
  const field = name === undefined ? undefined : fields[name];
  if (name === undefined || field === undefined) return fields;
  return { ...fields, [name]: rest.length === 0 || field.fields === undefined ? { shape: 'any', readOnly: true } : { ...field, fields: hidden(field.fields, rest) } };
};
