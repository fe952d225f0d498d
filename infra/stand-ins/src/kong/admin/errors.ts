import { isTable } from '../schema/errors.ts';
import { prettyBlock, prettyLine } from '../schema/pretty.ts';
import type { ErrorTree, FieldErrors, Row } from '../schema/types.ts';

/** An answer that ends the handling of a request at once: Kong's error tables (`kong/db/errors.lua`) and plain messages. */
export class Answer extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

const sortedEntries = <Value>(table: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(table).sort(([left], [right]) => (left < right ? -1 : 1));

/** The parts of an error by name, or by place from 1. */
const partsOf = (error: ErrorTree[] | Readonly<Record<string, ErrorTree>>): (readonly [string, ErrorTree | undefined])[] =>
  Array.isArray(error) ? Object.keys(error).map((key) => [String(Number(key) + 1), error[Number(key)]]) : sortedEntries(error);

/** `field: text`, or `field.part: text` one level down; deeper levels are printed as Lua tables. */
const describe = (field: string, error: ErrorTree): string[] =>
  isTable(error)
    ? partsOf(error).map(([part, inner]) => `${field}.${part}: ${isTable(inner) ? prettyBlock(inner) : inner}`)
    : [`${field}: ${error}`];

const listFields = (fields: FieldErrors): string[] => {
  const general = fields['@entity'];
  return [
    ...(Array.isArray(general) ? general.map(String) : general === undefined ? [] : [String(general)]),
    ...sortedEntries(fields).filter(([name]) => name !== '@entity').flatMap(([name, error]) => describe(name, error)),
  ];
};

const counted = (lines: readonly string[], one: string, many: string): string =>
  lines.length === 1 ? `${one} (${lines[0]})` : `${lines.length} ${many} (${lines.join('; ')})`;

export const violationTable = (fields: FieldErrors): Row => ({
  code: 2, name: 'schema violation', message: counted(listFields(fields), 'schema violation', 'schema violations'), fields,
});

export const schemaViolation = (fields: FieldErrors): Answer => new Answer(400, violationTable(fields));

export const invalidPrimaryKey = (errors: FieldErrors): Answer =>
  new Answer(400, { code: 1, name: 'invalid primary key', message: `invalid primary key: '${prettyLine(errors)}'`, fields: errors });

export const primaryKeyViolation = (key: Row): Answer =>
  new Answer(400, { code: 3, name: 'primary key violation', message: `primary key violation on key '${prettyLine(key)}'`, fields: key });

export const foreignKeyMissing = (key: Row, field: string, parent: string): Answer =>
  new Answer(400, {
    code: 4,
    name: 'foreign key violation',
    message: `the foreign key '${prettyLine(key)}' does not reference an existing '${parent}' entity.`,
    fields: { [field]: key },
  });

export const stillReferenced = (parent: string, child: string): Answer =>
  new Answer(400, {
    code: 4,
    name: 'foreign key violation',
    message: `an existing '${child}' entity references this '${parent}' entity`,
    fields: { '@referenced_by': child },
  });

export const uniqueViolation = (key: Row): Answer =>
  new Answer(409, {
    code: 5,
    name: 'unique constraint violation',
    message: `UNIQUE violation detected on '${prettyLine(key).replaceAll('"userdata: NULL"', 'null')}'`,
    fields: key,
  });

export const notFound = (key: Row): Answer =>
  new Answer(404, {
    code: 6, name: 'not found', message: `could not find the entity with primary key '${prettyLine(key)}'`, fields: key,
  });

export const notFoundBy = (filter: Row): Answer =>
  new Answer(404, { code: 6, name: 'not found', message: `could not find the entity with '${prettyLine(filter)}'`, fields: filter });

export const invalidOffset = (offset: string, reason: string): Answer =>
  new Answer(400, { code: 7, name: 'invalid offset', message: `'${offset}' is not a valid offset: ${reason}` });

export const invalidSize = (message: string): Answer => new Answer(400, { code: 9, name: 'invalid size', message });

export const invalidUnique = (name: string, message: ErrorTree): Answer =>
  new Answer(400, { code: 10, name: `invalid unique ${name}`, message });

export const invalidOptions = (options: Readonly<Record<string, string>>): Answer =>
  new Answer(400, {
    code: 11,
    name: 'invalid options',
    message: counted(sortedEntries(options).map(([name, reason]) => `${name}: ${reason}`), 'invalid option', 'option violations'),
    options,
  });

export const unsupported = (message: string): Answer => new Answer(405, { code: 12, name: 'operation unsupported', message });

export const unresolvedForeign = (unresolved: Readonly<Record<string, Row>>): Answer => {
  const fields = unresolved as unknown as FieldErrors;
  const lines = sortedEntries(fields).flatMap(([name, error]) => describe(name, error));
  return new Answer(400, {
    code: 13, name: 'foreign keys unresolved', message: counted(lines, 'foreign key unresolved', 'foreign keys unresolved'), fields,
  });
};

export const unresolvedText = (name: string, value: unknown, parent: string): string =>
  `the foreign key cannot be resolved with '${prettyLine({ [name]: value })}' for an existing '${parent}' entity`;

export const plain = (status: number, message: string): Answer => new Answer(status, { message });

export const missing = (): Answer => plain(404, 'Not found');

export const crashed = (): Answer => plain(500, 'An unexpected error occurred');
