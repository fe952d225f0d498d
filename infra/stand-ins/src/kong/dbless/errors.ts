import type { EntityKind } from '../contract.ts';
import { isObject } from '../schema/errors.ts';
import { prettyLine } from '../schema/pretty.ts';
import type { ErrorTree, FieldErrors, Row } from '../schema/types.ts';
import { isUuid } from '../schema/validators.ts';
import { childrenOf, foreignFields, KINDS } from './schema.ts';

/** Kong's table for a configuration that cannot be loaded. */
export const invalidConfig = (fields: FieldErrors): Row => ({
  code: 14, name: 'invalid declarative configuration', message: `declarative config is invalid: ${prettyLine(fields)}`, fields,
});

interface Line {
  readonly type: 'entity' | 'field';
  readonly field?: string;
  readonly message: string;
}

const keysDown = (errors: Readonly<Record<string, unknown>> | readonly unknown[]): string[] => {
  const keys = Object.keys(errors);
  return Array.isArray(errors) ? keys.reverse() : keys.sort().reverse();
};

const texts = (error: ErrorTree): string[] => (typeof error === 'string' ? [error] : Object.values(error).flatMap(texts));

/** One line per fault, fields from the last to the first; a list's places count from 1. */
const linesOf = (errors: FieldErrors | ErrorTree[], above = ''): Line[] =>
  keysDown(errors).flatMap((key): Line[] => {
    const error = (errors as FieldErrors)[key] ?? '';
    const name = Array.isArray(errors) ? String(Number(key) + 1) : key;
    const path = above === '' ? name : `${above}.${name}`;
    if (key === '@entity') return texts(error).map((message) => ({ type: 'entity', message }));
    return typeof error === 'string' ? [{ type: 'field', field: path, message: error }] : linesOf(error as FieldErrors, path);
  });

const isKind = (name: string): name is EntityKind => (KINDS as readonly string[]).includes(name);

const singular = (kind: string): string => kind.replace(/s$/, '');

const about = (kind: EntityKind, entity: Row, errors: readonly Line[]): Row => {
  const { name, id, tags } = entity;
  return {
    entity_type: singular(kind),
    ...(typeof name === 'string' && name !== '' && { entity_name: name }),
    ...(isUuid(id) && { entity_id: id }),
    ...(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') && { entity_tags: tags }),
    entity,
    errors,
  };
};

/** The faults of one entity, those of what is nested in it first and each by itself. */
const flattenEntity = (kind: EntityKind, given: Row, raw: ErrorTree | undefined): Row[] => {
  if (raw === undefined) return [];
  const errors: FieldErrors = typeof raw === 'string' ? { '@entity': [raw] } : { ...(raw as FieldErrors) };
  const entity = { ...given };
  const key = isUuid(entity['id']) ? { id: entity['id'] } : undefined;
  const flat: Row[] = [];
  for (const [name, reference] of foreignFields(kind)) {
    const value = entity[name];
    if (!isObject(value)) continue;
    flat.push(...flattenEntity(reference, value, errors[name]));
    entity[name] = isUuid(value['id']) ? { id: value['id'] } : undefined;
    delete errors[name];
  }
  for (const child of [...childrenOf(kind)].reverse()) {
    const list = entity[child.kind];
    if (!Array.isArray(list)) continue;
    const own = errors[child.kind];
    delete entity[child.kind];
    delete errors[child.kind];
    list.forEach((item: unknown, index) => {
      const fault = own === undefined || typeof own === 'string' ? undefined : (own as ErrorTree[])[index];
      if (isObject(item)) flat.push(...flattenEntity(child.kind, { ...(key && { [child.field]: key }), ...item }, fault));
    });
  }
  const lines = linesOf(errors);
  return lines.length === 0 ? flat : [...flat, about(kind, entity, lines)];
};

/**
 * The same with every fault beside the entity that has it (`flatten_errors`). As in Kong, a fault that belongs to no entity of the
 * input stays in `fields` when its section is missing there, and is lost when the section is there but the entity is not.
 */
export const flattenedErrors = (errors: FieldErrors, input: Row): Row => {
  const left: FieldErrors = {};
  const flat: Row[] = [];
  for (const section of keysDown(errors)) {
    const fault = errors[section] ?? '';
    const list = input[section];
    if (typeof fault === 'string' || !Array.isArray(list) || !isKind(section)) {
      left[section] = fault;
      continue;
    }
    for (const index of keysDown(fault)) {
      const entity: unknown = list[Number(index)];
      if (isObject(entity)) flat.push(...flattenEntity(section, entity, (fault as FieldErrors)[index]));
    }
  }
  return { ...invalidConfig(left), flattened_errors: flat.length > 0 ? flat : {} };
};
