/** A JSON Schema (draft 7), as far as a blueprint needs one. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
}

export const object = (description: string, properties: Record<string, Schema>, required: readonly string[] = []): Schema => ({
  type: 'object',
  description,
  additionalProperties: false,
  properties,
  ...(required.length > 0 && { required }),
});
export const named = (description: string, name: Schema, items: Schema): Schema => ({
  type: 'object',
  description,
  propertyNames: name,
  additionalProperties: items,
});
export const text = (description: string, rest: Schema = {}): Schema => ({ type: 'string', minLength: 1, description, ...rest });
export const listOf = (description: string, items: Schema, rest: Schema = {}): Schema => ({
  type: 'array',
  description,
  items,
  uniqueItems: true,
  ...rest,
});
export const oneOf = (description: string, values: readonly string[], rest: Schema = {}): Schema => ({
  type: 'string',
  enum: values,
  description,
  ...rest,
});
export const flag = (description: string, value: boolean): Schema => ({ type: 'boolean', description, default: value });
export const anything = (description: string): Schema => ({ type: 'object', description, additionalProperties: {} });

export const pattern = (title: string, regex: string): Schema => ({ type: 'string', pattern: regex, title });
export const lowerName = (length: number): Schema =>
  pattern('a name of lower-case letters, digits and hyphens', `^[a-z][a-z0-9-]{0,${length - 1}}$`);
export const idName = lowerName(63);
export const roleName = pattern('a role name of letters, digits and . _ -', '^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$');
export const scopeName = pattern('a scope name of letters, digits and : . _ / -', '^[A-Za-z0-9][A-Za-z0-9:._/-]{0,126}$');
export const clientName = pattern('a client id of letters, digits and . _ -', '^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$');
export const userName = pattern('a username of lower-case letters, digits and . _ -', '^[a-z0-9][a-z0-9._-]{0,126}$');
export const rowName = pattern('the name of a persona or a service client, or anonymous', '^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$');
export const url = (description: string): Schema =>
  text(description, { pattern: '^https?://[^\\s]+$', title: 'an http:// or https:// URL' });
export const duration = (description: string, value?: string): Schema =>
  text(description, {
    pattern: '^[1-9][0-9]{0,8}[smhd]$',
    title: 'a duration: a number and s, m, h or d, such as 5m',
    ...(value !== undefined && { default: value }),
  });

/** The one schema of every secret position: found by identity, so that a new secret field cannot be forgotten elsewhere. */
const secrets = new Set<Schema>();
export const secret = (description: string): Schema => {
  const schema = text(description, { title: 'a reference such as ${NAME} or ${file:path}' });
  secrets.add(schema);
  return schema;
};
export const isSecretSchema = (schema: Schema | undefined): boolean => schema !== undefined && secrets.has(schema);
