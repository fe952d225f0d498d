import type { EntityKind } from '../contract.ts';
import { fieldsOf } from '../schema/lookup.ts';
import { entitySchemas } from '../schema/data.ts';
import type { EntitySchema, Field, NamedField, Schema } from '../schema/types.ts';

/** Every kind after those that it points at, as Kong sorts them before it reads a configuration. */
export const KINDS: readonly EntityKind[] = [
  'consumers', 'certificates', 'services', 'routes', 'snis', 'upstreams', 'targets', 'plugins', 'ca_certificates', 'vaults', 'key_sets',
  'keys', 'acls', 'basicauth_credentials', 'hmacauth_credentials', 'jwt_secrets', 'keyauth_credentials',
];

const byName = new Map(entitySchemas.map((schema) => [schema.name, schema]));

export const schemaOf = (kind: EntityKind): EntitySchema => {
  const schema = byName.get(kind);
  if (!schema) throw new Error(`there is no entity ${kind}`);
  return schema;
};

interface Child {
  readonly kind: EntityKind;
  /** The child's field that points at the parent. */
  readonly field: string;
}

/** The foreign fields of a kind, with what they point at. */
export const foreignFields = (kind: EntityKind): ReadonlyMap<string, EntityKind> =>
  new Map([...fieldsOf(schemaOf(kind))].flatMap(([name, { type, reference }]) =>
    (type === 'foreign' ? [[name, reference as EntityKind]] : [])));

/** The kinds that may be written inside an entity of another kind. */
export const childrenOf = (kind: EntityKind): readonly Child[] =>
  KINDS.flatMap((child) => [...foreignFields(child)].flatMap(([field, reference]) => (reference === kind ? [{ kind: child, field }] : [])));

/**
 * How foreign fields are read: at the top a name or an id as text; inside the parent not at all; and, when the configuration is
 * looked at a second time with everything resolved, as `{ id }`.
 */
type Foreign = 'text' | 'none' | 'resolved';

const foreignField = (field: Field, mode: Foreign): Field => {
  if (mode === 'resolved') return field;
  if (mode === 'none') return { ...field, eq: null, default: null, required: false };
  const { reference: _reference, on_delete: _action, ...rest } = field;
  return { ...rest, type: 'string' };
};

const EXTRA: readonly NamedField[] = [{ _comment: { type: 'string' } }, { _ignore: { type: 'array', elements: { type: 'any' } } }];

const record = (kind: EntityKind, mode: Foreign): Field => {
  const schema = schemaOf(kind);
  const inside: Foreign = mode === 'resolved' ? 'resolved' : 'none';
  const own = [...fieldsOf(schema)].map(([name, field]): NamedField =>
    ({ [name]: field.type === 'foreign' ? foreignField(field, mode) : field }));
  const nested = childrenOf(kind).map((child): NamedField => ({ [child.kind]: { type: 'array', elements: record(child.kind, inside) } }));
  return { ...schema, type: 'record', fields: [...own, ...EXTRA, ...nested] };
};

const whole = (mode: Foreign): Schema => ({
  fields: [
    { _format_version: { type: 'string', required: true, one_of: ['1.1', '2.1', '3.0'] } },
    { _transform: { type: 'boolean', default: true } },
    ...EXTRA,
    ...KINDS.map((kind): NamedField => ({ [kind]: { type: 'array', elements: record(kind, mode) } })),
  ],
});

/** The whole file as one schema: with references as text, and with references resolved. */
export const writtenSchema: Schema = whole('text');
export const resolvedSchema: Schema = whole('resolved');
