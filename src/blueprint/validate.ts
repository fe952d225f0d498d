import { blueprint, fieldAt } from './declaration/index.ts';
import { loading } from './declaration/field.ts';
import type { Schema } from './declaration/field.ts';
import type { Findings } from './findings.ts';
import { violations as blueprintViolations } from './generated/blueprint.ts';
import { nearest, suggestion } from './nearest.ts';
import { asksForSeveralIssuers, SEVERAL_ISSUERS } from './one-issuer.ts';
import { nodeAt, plain } from './tree.ts';
import type { MapNode, Node, Path } from './tree.ts';
import type { Violation } from './violation.ts';

interface Form {
  readonly violations: (value: unknown) => readonly Violation[];
  /** What the messages are made of. */
  readonly declared: Schema;
}
const whole: Form = { violations: blueprintViolations, declared: blueprint };

/** Checks the tree against its form; every violation becomes one finding a person can act on. `prefix` is where the tree hangs. */
export const validate = (tree: MapNode, findings: Findings, { violations, declared }: Form = whole, prefix: Path = []): void => {
  const all = violations(plain(tree)).filter(({ propertyName, keyword }) => propertyName === undefined || keyword === 'propertyNames');
  for (const one of all) if (one.keyword !== 'anyOf') report(one, tree, declared, findings, prefix);
  // A choice of forms (a value, or a reference to one) is told by its first form; the choice itself only when that said nothing.
  for (const one of all) if (one.keyword === 'anyOf') report(one, tree, declared, findings, prefix);
};

const pathOf = (pointer: string): Path =>
  pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

const report = ({ instancePath, keyword, params }: Violation, tree: MapNode, declared: Schema, findings: Findings, prefix: Path): void => {
  const inside = pathOf(instancePath);
  const path = [...prefix, ...inside];
  const where = path.length > 0 ? path.join('.') : 'the blueprint';
  const schema = fieldAt(inside, declared) ?? {};
  const node = nodeAt(tree, inside);
  // Made where a message needs it alone: of a mapping with thousands of keys that are wrong each one leads here.
  const data = (): unknown => node && plain(node);
  const text = (name: string): string => String(params[name]);
  const expected = expectation(schema);

  switch (keyword) {
    case 'additionalProperties': {
      const key = text('additionalProperty');
      const known = Object.keys(schema.properties ?? {});
      if (asksForSeveralIssuers([...path, key])) return findings.add('BLUEPRINT_ONE_ISSUER', [...path, key], SEVERAL_ISSUERS.message, { side: 'key', hint: SEVERAL_ISSUERS.hint });
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
      return findings.add('BLUEPRINT_BAD_NAME', [...path, text('propertyName')], `"${text('propertyName')}" cannot be a name here`, {
        side: 'key',
        expected: schema.propertyNames?.title,
      });
    }
    case 'type':
      if (node?.kind === 'list' && asksForSeveralIssuers(path)) return findings.add('BLUEPRINT_ONE_ISSUER', path, SEVERAL_ISSUERS.message, { hint: SEVERAL_ISSUERS.hint });
      return findings.add('BLUEPRINT_WRONG_TYPE', path, `${where} cannot be ${kindOf(data())}`, {
        expected: schema.title ?? article(schema),
      });
    case 'enum': {
      const values = (schema.enum ?? []).map(String);
      const value = data();
      const near = typeof value === 'string' ? nearest(value, values) : undefined;
      return findings.add('BLUEPRINT_WRONG_VALUE', path, `${shown(node)} is not a value of ${where}`, {
        expected: `one of ${values.join(', ')}`,
        hint: near !== undefined ? `did you mean "${near}"?` : undefined,
      });
    }
    case 'minItems':
    case 'minProperties':
      return findings.add('BLUEPRINT_WRONG_VALUE', path, `${where} must not be empty`, { expected });
    case 'uniqueItems':
      return findings.add('BLUEPRINT_WRONG_VALUE', [...path, text('i')], `${where} says the same twice`, { hint: 'keep one of the two' });
    default: {
      const value = data();
      return findings.add('BLUEPRINT_WRONG_VALUE', path, `${shown(node)} is not right for ${where}`, { expected, hint: typeof value === 'string' ? schema[loading]?.instead?.(value) : undefined });
    }
  }
};

/** The value, unless it came from a reference: what a variable holds is not for the screen. */
const shown = (node: Node | undefined): string => {
  if (node?.kind === 'scalar' && node.from !== undefined) return `the value of ${node.from}`;
  return JSON.stringify(node && plain(node)).slice(0, 80);
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

/** What belongs there, in a few words. */
export const expectation = (schema: Schema): string | undefined => {
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  return schema.title ?? schema.description;
};
