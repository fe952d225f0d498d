import { createHash } from 'node:crypto';
import { parseDocument, stringify } from 'yaml';
import type { Database } from '../admin/database.ts';
import { present } from '../admin/dao.ts';
import { getPath, isTable } from '../schema/errors.ts';
import type { Row } from '../schema/types.ts';
import { InvalidConfig } from './flatten.ts';
import { foreignFields, KINDS, schemaOf } from './schema.ts';

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const fault = (reason: string): InvalidConfig => new InvalidConfig({ error: `failed parsing declarative configuration: ${reason}` });

/** What libyaml says of the commonest faults, with its place: lines from 1, columns from 0. */
const yamlFault = (text: string, code: string, message: string, at: number): string => {
  const before = text.slice(0, at).split('\n');
  const open = code === 'BAD_INDENT' || code === 'MISSING_CHAR' ? /end with a ([\]}])|sequence|map/.exec(message)?.[0] : undefined;
  const close = /\]|sequence/.test(open ?? '') ? ']' : '}';
  const words = open === undefined ? (message.split(' at line')[0] ?? message) : `did not find expected ',' or '${close}'`;
  return `${before.length}:${before.at(-1)?.length ?? 0}: ${words}`;
};

const parseYaml = (text: string): unknown => {
  const document = parseDocument(text, {
    version: '1.1',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'),
  });
  const [error] = document.errors;
  if (error) throw fault(yamlFault(text, error.code, error.message, error.code === 'BAD_INDENT' ? text.trimEnd().length : error.pos[0]));
  return document.toJS({ mapAsMap: false });
};

/** Reads a configuration that is text: JSON if it can be, YAML otherwise. Throws `InvalidConfig`. */
export const parseConfig = (text: string): { readonly table: Row; readonly hash: string } => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (!isTable(parsed)) parsed = parseYaml(text);
  if (!isTable(parsed)) throw fault('expected an object');
  return { table: parsed as Row, hash: md5(text) };
};

/** Everything that is in force as a declarative configuration. */
export const exportConfig = (db: Database): string => {
  const sections = KINDS.flatMap((kind) => {
    const rows = db.store.rows(kind).map((row) => {
      const shown = present(db, schemaOf(kind), row);
      for (const name of foreignFields(kind).keys()) shown[name] = getPath(shown[name], 'id') ?? null;
      return shown;
    });
    return rows.length > 0 ? [[kind, rows] as const] : [];
  });
  const whole = { _transform: false, _format_version: '3.0', ...Object.fromEntries(sections) };
  return stringify(whole, { nullStr: '~', singleQuote: true, lineWidth: 0 });
};
