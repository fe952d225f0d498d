import type { EntitySchema, Row } from '../schema/types.ts';
import { isObject } from '../schema/errors.ts';
import { inferArguments, nestArguments, parseMultipart, parsePairs, type Pairs } from './arguments.ts';
import type { Database } from './database.ts';
import { Answer, crashed, plain } from './errors.ts';

/** A request as it came in. `target` is the path with the query, as sent. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly contentType: string | undefined;
  readonly hasBody: boolean;
  readonly body: Buffer;
}

/** A request with its arguments read. */
export interface Arguments {
  readonly query: Row;
  /** The fields of the body; empty when there is none. */
  readonly post: Row;
  /** The body's text as it came; empty for a form. */
  readonly text: string;
  /** The fields came as text and were brought to the schema's types. */
  readonly isForm: boolean;
}

const NGINX_415 =
  '<html>\r\n<head><title>415 Unsupported Media Type</title></head>\r\n<body>\r\n<center><h1>415 Unsupported Media Type</h1></center>\r\n' +
  '</body>\r\n</html>\r\n';

/** nginx's own page: Kong refuses a type before it looks at anything else. */
export const unsupportedMedia = (): Answer => new Answer(415, NGINX_415);

const TAKEN = ['application/json', 'multipart/form-data', 'application/x-www-form-urlencoded'];
const YAML = ['application/yaml', 'text/yaml'];

const needsBody = (method: string): boolean => method === 'PUT' || method === 'POST' || method === 'PATCH';

/** Refuses a body of a type that the Admin API does not read; YAML is read by `/config` only (`kong/api/api_helpers.lua`). */
export const checkContentType = ({ method, contentType, hasBody }: RawRequest, takesYaml: boolean): void => {
  if (!needsBody(method)) return;
  if (contentType === undefined) {
    if (hasBody) throw unsupportedMedia();
    return;
  }
  const taken = takesYaml ? [...TAKEN, ...YAML] : TAKEN;
  if (!taken.some((type) => contentType.startsWith(type))) throw unsupportedMedia();
};

/** JSON fields. Anything but an object stops Kong's own code, for which it says 500. */
const jsonFields = (text: string): Row => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw plain(400, 'Cannot parse JSON body');
  }
  if (parsed === false) throw plain(400, 'Cannot parse JSON body');
  if (Array.isArray(parsed) && parsed.length === 0) return {};
  if (!isObject(parsed)) throw crashed();
  return parsed;
};

const formPairs = ({ body, contentType = '' }: RawRequest): Pairs | undefined => {
  const type = contentType.toLowerCase();
  if (type.startsWith('application/x-www-form-urlencoded')) return parsePairs(body.toString('utf8'));
  return type.startsWith('multipart/form-data') ? parseMultipart(body, contentType) : undefined;
};

/** Reads the query and the body. Forms are turned into the schema's types, JSON is taken as it is. */
export const readArguments = (db: Database, raw: RawRequest, schema: EntitySchema | undefined): Arguments => {
  const mark = raw.target.indexOf('?');
  const infer = (fields: Row): Row => (schema ? inferArguments(db.rules, fields, schema) : fields);
  const query = infer(nestArguments(mark < 0 ? [] : parsePairs(raw.target.slice(mark + 1))));
  const pairs = formPairs(raw);
  if (pairs) return { query, post: infer(nestArguments(pairs)), text: '', isForm: true };
  const text = raw.body.toString('utf8');
  const isJson = raw.contentType?.toLowerCase().includes('application/json') ?? false;
  return { query, post: isJson && needsBody(raw.method) ? jsonFields(text) : {}, text, isForm: false };
};
