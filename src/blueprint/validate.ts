import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Findings } from './findings.ts';
import { nearest, suggestion } from './nearest.ts';
import type { Schema } from './shapes.ts';
import { nodeAt, plain } from './tree.ts';
import type { MapNode, Path } from './tree.ts';

const compiled = new WeakMap<Schema, ValidateFunction>();
const compile = (schema: Schema): ValidateFunction => {
  const known = compiled.get(schema);
  if (known) return known;
  const made = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true }).compile(schema);
  compiled.set(schema, made);
  return made;
};

/** Checks the tree against the schema; every violation becomes one finding a person can act on. `prefix` is where the tree hangs. */
export const validate = (tree: MapNode, schema: Schema, findings: Findings, prefix: Path = []): void => {
  const check = compile(schema);
  if (check(plain(tree))) return;
  const told = (error: ErrorObject): boolean => error.propertyName !== undefined && error.keyword !== 'propertyNames';
  for (const error of check.errors ?? []) if (!told(error) && error.keyword !== 'anyOf') report(error, tree, findings, prefix);
  // A choice of forms (a value, or a reference to one) is told by its first form; the choice itself only when that said nothing.
  for (const error of check.errors ?? []) if (error.keyword === 'anyOf') report(error, tree, findings, prefix);
};

const pathOf = (pointer: string): Path =>
  pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

const report = (error: ErrorObject, tree: MapNode, findings: Findings, prefix: Path): void => {
  const inside = pathOf(error.instancePath);
  const path = [...prefix, ...inside];
  const where = path.length > 0 ? path.join('.') : 'the blueprint';
  const schema = error.parentSchema as Schema;
  const params = error.params as Record<string, unknown>;
  const text = (name: string): string => String(params[name]);
  const expected = expectation(schema);

  switch (error.keyword) {
    case 'additionalProperties': {
      const key = text('additionalProperty');
      const known = Object.keys(schema.properties ?? {});
      return findings.add('BLUEPRINT_UNKNOWN_KEY', [...path, key], `${where} has no key "${key}"`, {
        side: 'key',
        hint: suggestion(key, known) ?? `known: ${known.join(', ')}`,
      });
    }
    case 'required': {
      const key = text('missingProperty');
      return findings.add('BLUEPRINT_MISSING_KEY', [...path, key], `${where} must state "${key}"`, {
        side: 'key',
        expected: expectation(schema.properties?.[key] ?? {}),
      });
    }
    case 'propertyNames': {
      const names = (schema['propertyNames'] as Schema | undefined) ?? {};
      return findings.add('BLUEPRINT_BAD_NAME', [...path, text('propertyName')], `"${text('propertyName')}" cannot be a name here`, {
        side: 'key',
        expected: names.title,
      });
    }
    case 'type':
      return findings.add('BLUEPRINT_WRONG_TYPE', path, `${where} cannot be ${kindOf(error.data)}`, {
        expected: schema.title ?? article(schema),
      });
    case 'enum': {
      const values = (schema.enum ?? []).map(String);
      const near = typeof error.data === 'string' ? nearest(error.data, values) : undefined;
      return findings.add('BLUEPRINT_WRONG_VALUE', path, `${shown(error, tree, inside)} is not a value of ${where}`, {
        expected: `one of ${values.join(', ')}`,
        hint: near !== undefined ? `did you mean "${near}"?` : undefined,
      });
    }
    case 'minItems':
    case 'minProperties':
      return findings.add('BLUEPRINT_WRONG_VALUE', path, `${where} must not be empty`, { expected });
    case 'uniqueItems':
      return findings.add('BLUEPRINT_WRONG_VALUE', [...path, text('i')], `${where} says the same twice`, { hint: 'keep one of the two' });
    default:
      return findings.add('BLUEPRINT_WRONG_VALUE', path, `${shown(error, tree, inside)} is not right for ${where}`, { expected });
  }
};

/** The value, unless it came from a reference: what a variable holds is not for the screen. */
const shown = (error: ErrorObject, tree: MapNode, path: Path): string => {
  const node = nodeAt(tree, path);
  if (node?.kind === 'scalar' && node.from !== undefined) return `the value of ${node.from}`;
  return JSON.stringify(error.data).slice(0, 80);
};

const kindOf = (value: unknown): string => {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? 'a mapping'
    : typeof value === 'string'
      ? 'text'
      : typeof value === 'boolean'
        ? 'true or false'
        : 'a number';
};

const articles: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
};
const article = (schema: Schema): string => {
  const type = [schema.type ?? []].flat()[0];
  return (type !== undefined ? articles[type] : undefined) ?? 'another kind of value';
};

const expectation = (schema: Schema): string | undefined => {
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  return schema.title ?? schema.description;
};
