import { getPath, isNonEmpty, quotedList, REQUIRED, setPath } from './errors.ts';
import { entry, fieldAt } from './lookup.ts';
import type { Rules } from './rules.ts';
import type { EntityCheck, ErrorTree, Field, FieldErrors, Row, Schema } from './types.ts';
import { isVaultReference, validateField } from './validate.ts';

interface Mode {
  readonly full: boolean;
  readonly updating: boolean;
}

interface Scope {
  readonly rules: Rules;
  readonly field: (path: string) => Field | undefined;
  readonly errors: FieldErrors;
  readonly mode: Mode;
}

/** A check's argument: a list of fields, or a table that names them. */
type Argument = Readonly<Record<string, unknown>> | readonly string[];

interface Checker {
  /** Keys of the argument that name fields; without, the argument is the list itself. */
  readonly sources?: readonly string[];
  /** Sources whose fields must be there for the check to run at all. */
  readonly needs?: readonly string[];
  readonly onMissing?: boolean;
  readonly onInvalid?: boolean;
  readonly run: (values: Row, argument: Argument, scope: Scope) => string | undefined;
}

const names = (argument: unknown): readonly string[] =>
  typeof argument === 'string' ? [argument] : Array.isArray(argument) ? argument.map(String) : [];

const filled = (values: Row, argument: unknown): readonly string[] =>
  names(argument).filter((name) => isNonEmpty(getPath(values, name)));

/** A condition holds when the value passes the field's own rules with the condition's laid over them. */
const holds = ({ rules, field }: Scope, path: string, condition: Field, value: unknown): ErrorTree | undefined =>
  validateField(rules, { ...field(path), ...condition }, value);

const text = (argument: Argument, key: string): string => String((argument as Row)[key]);
const part = (argument: Argument, key: string): Field => ((argument as Row)[key] ?? {}) as Field;

const conditional = (values: Row, argument: Argument, scope: Scope): string | undefined => {
  const condition = text(argument, 'if_field');
  const path = text(argument, 'then_field');
  if (holds(scope, condition, part(argument, 'if_match'), getPath(values, condition)) !== undefined) return undefined;
  const value = getPath(values, path) ?? null;
  const match = part(argument, 'then_match');
  const fault = match.required === true && value === null ? REQUIRED : holds(scope, path, match, value);
  if (fault === undefined) return undefined;
  setPath(scope.errors, path, fault);
  const own = (argument as Row)['then_err'];
  return typeof own === 'string' ? own.replace('%s', () => condition) : `failed conditional validation given value of field '${condition}'`;
};

const conditionalAtLeastOne = (values: Row, argument: Argument, scope: Scope): string | undefined => {
  const condition = text(argument, 'if_field');
  const value = getPath(values, condition);
  if (value === undefined) return undefined;
  const given = argument as Row;
  const branch = holds(scope, condition, part(argument, 'if_match'), value) === undefined
    ? { list: given['then_at_least_one_of'], err: given['then_err'] }
    : given['else_match'] !== undefined && holds(scope, condition, part(argument, 'else_match'), value) === undefined
      ? { list: given['else_then_at_least_one_of'], err: given['else_then_err'] }
      : undefined;
  if (!branch || filled(values, branch.list).length > 0) return undefined;
  const list = quotedList(names(branch.list));
  return typeof branch.err === 'string' ? branch.err.replace('%s', () => list) : atLeastOne(scope, names(branch.list));
};

const atLeastOne = ({ mode }: Scope, list: readonly string[]): string =>
  `${mode.updating ? 'when updating, ' : ''}at least one of these fields must be non-empty: ${quotedList(list)}`;

const CHECKERS: Readonly<Record<string, Checker>> = {
  at_least_one_of: {
    onMissing: true,
    onInvalid: true,
    run: (values, argument, scope) => (filled(values, argument).length > 0 ? undefined : atLeastOne(scope, names(argument))),
  },
  conditional_at_least_one_of: {
    sources: ['if_field', 'then_at_least_one_of', 'else_then_at_least_one_of'],
    onMissing: true,
    onInvalid: true,
    run: conditionalAtLeastOne,
  },
  only_one_of: {
    onInvalid: true,
    run: (values, argument) =>
      filled(values, argument).length === 1 ? undefined : `exactly one of these fields must be non-empty: ${quotedList(names(argument))}`,
  },
  distinct: {
    onInvalid: true,
    run: (values, argument) => {
      const given = filled(values, argument).map((name) => getPath(values, name));
      return new Set(given).size === given.length ? undefined : `values of these fields must be distinct: ${quotedList(names(argument))}`;
    },
  },
  conditional: { sources: ['if_field', 'then_field'], needs: ['if_field'], onInvalid: true, run: conditional },
  custom_entity_check: {
    sources: ['field_sources'],
    needs: ['field_sources'],
    run: (values, argument, { rules }) => rules.functions.entity(text(argument, 'fn'), values),
  },
  mutually_required: {
    onMissing: true,
    run: (values, argument) => {
      const count = filled(values, argument).length;
      return count === 0 || count === names(argument).length
        ? undefined
        : `all or none of these fields must be set: ${quotedList(names(argument))}`;
    },
  },
  mutually_exclusive: {
    onMissing: true,
    run: (values, argument) =>
      filled(values, argument).length <= 1 ? undefined : `only one or none of these fields must be set: ${quotedList(names(argument))}`,
  },
};

const report = (errors: FieldErrors, message: string): void => {
  const before = errors['@entity'];
  errors['@entity'] = [...(Array.isArray(before) ? before : []), message];
};

const runCheck = (check: EntityCheck, input: Row, scope: Scope): void => {
  const [name, raw] = entry(check);
  const checker = CHECKERS[name];
  if (!checker) throw new Error(`a schema asks for the check "${name}", which does not exist`);
  const argument = raw as Argument;
  const own = argument as Row;
  const needed = new Set(checker.sources ? checker.needs?.flatMap((source) => names(own[source])) : names(argument));
  const wanted = checker.sources ? checker.sources.flatMap((source) => names(own[source])) : names(argument);
  const values: Row = {};
  const missing: string[] = [];
  let given = false;
  for (const path of wanted) {
    const value = getPath(input, path);
    if (value === undefined) {
      if (!checker.onMissing && own['run_with_missing_fields'] !== true && needed.has(path)) missing.push(path);
      continue;
    }
    given = true;
    const field = scope.field(path);
    if (field?.type === 'string' && field.referenceable && isVaultReference(value)) return;
    setPath(values, path, value);
  }
  const invalid = wanted.some((path) => scope.errors[path] !== undefined);
  if (invalid && !checker.onInvalid && own['run_with_invalid_fields'] !== true) return;
  if (!given && !(checker.onMissing && scope.mode.full)) return;
  if (missing.length > 0) {
    const message = `field required for entity check${scope.mode.updating ? ' when updating' : ''}`;
    for (const path of missing) setPath(scope.errors, path, message);
    return;
  }
  const fault = checker.run(values, argument, scope);
  if (fault !== undefined) report(scope.errors, fault);
};

/** Runs the checks that look at several fields at once; what they find is added to `errors`. */
export const runEntityChecks = (
  rules: Rules, schema: Schema, subschema: Schema | undefined, input: Row, errors: FieldErrors, mode: Mode,
): void => {
  const own = (path: string): Field | undefined => fieldAt(schema, undefined, path);
  for (const check of schema.entity_checks ?? []) runCheck(check, input, { rules, field: own, errors, mode });
  const both = (path: string): Field | undefined => fieldAt(schema, subschema, path);
  for (const check of subschema?.entity_checks ?? []) runCheck(check, input, { rules, field: both, errors, mode });
};
