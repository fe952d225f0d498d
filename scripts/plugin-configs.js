// The configurations of the plugins that patterns use, as declarations in TypeScript: what a schema.lua says is said nowhere else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const BUNDLED = ['cors', 'jwt', 'rate-limiting', 'request-size-limiting', 'request-transformer'];
const ENTERPRISE = ['opa', 'openid-connect'];
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * The file src/providers/kong/specs/plugin-configs.generated.ts: of our plugins by their schema.lua, which the stand-in's own loader
 * runs (`load`, `toSchema`), of the bundled ones by a genuine Kong's schemas, of Enterprise's by the documented ones.
 */
export const pluginConfigs = async (root, { load, toSchema }) => {
  const plugins = join(root, 'infra/kong/plugins');
  const own = readdirSync(plugins).filter((name) => name.startsWith('authctl-')).toSorted();
  const schemas = [
    ...(await Promise.all(own.map(async (name) => toSchema(name, await load(plugins, name), readFileSync(join(plugins, name, 'handler.lua'), 'utf8'))))),
    ...BUNDLED.map((name) => readJson(join(root, `infra/stand-ins/data/kong/plugins/${name}.json`))),
  ];
  const entries = [
    ...schemas.map(({ name, priority, fields }) => entry(name, priority, fields.find((field) => 'config' in field).config)),
    ...ENTERPRISE.map((name) => readJson(join(root, `test/data/kong/enterprise/${name}.json`))).map((reference) => entry(reference.plugin, 0, documented(reference))),
  ];
  const used = ['flag', 'list', 'map', 'number', 'record', 'secret', 'set', 'text'].filter((word) => entries.some((text) => text.includes(`${word}(`) || text.includes(`${word}<`)));
  return `/* eslint max-lines: off */
// Made by "npm run generate" from infra/kong/plugins/*/schema.lua, Kong 3.9's schemas of bundled plugins and Enterprise's reference; a test holds it to them.
import { ${used.join(', ')} } from '../../../core/spec.ts';

export const pluginConfigs = {
${entries.join('\n')}
} as const;
`;
};

/** `always`: what Kong demands and has no default for. `priority`: higher runs first; 0 where it is not known. */
const entry = (name, priority, config) => {
  const fields = Object.entries(Object.assign({}, ...config.fields));
  const demanded = ([, field]) => field.required === true && field.default === undefined && field.type !== 'record';
  const section = (title, some) => `    ${title}: {${some.length > 0 ? `\n${some.map(([field, schema]) => `      ${key(field)}: ${declared(schema)},\n`).join('')}    ` : ''}},`;
  return [
    `  ${key(name)}: {`,
    `    priority: ${priority ?? 0},`,
    section('always', fields.filter(demanded)),
    section('fields', fields.filter((one) => !demanded(one))),
    '  },',
  ].join('\n');
};

const key = (name) => (/^[a-z_]\w*$/i.test(name) ? name : quoted(name));
const quoted = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const literal = (value) =>
  Array.isArray(value) ? `[${value.map(literal).join(', ')}]` : typeof value === 'string' ? quoted(value) : JSON.stringify(value);

/** A field of a schema as the call that declares it. */
const declared = (schema) => {
  const { type, description } = schema;
  const facts = [
    ...(schema.default === undefined || type === 'record' ? [] : [`default: ${literal(schema.default)}`]),
    ...(description === undefined ? [] : [`about: ${quoted(description)}`]),
  ];
  const last = facts.length > 0 ? `{ ${facts.join(', ')} }` : '';
  const call = (word, inside) => `${word}(${[inside, last].filter((part) => part).join(', ')})`;
  if (type === 'string') return schema.encrypted ? call('secret') : call(`text${schema.one_of ? `<${schema.one_of.map(quoted).join(' | ')}>` : ''}`);
  if (type === 'number' || type === 'integer') return call('number');
  if (type === 'boolean') return call('flag');
  if (type === 'array' || type === 'set') return call(type === 'set' ? 'set' : 'list', declared(schema.elements));
  if (type === 'map') return call('map', declared(schema.values));
  if (type === 'record') return call('record', `{ ${Object.entries(Object.assign({}, ...schema.fields)).map(([name, field]) => `${key(name)}: ${declared(field)}`).join(', ')} }`);
  throw new Error(`a plugin's schema has a field of the type "${type}", for which nothing is declared`);
};

/** Enterprise's reference in the form of a schema. */
const documented = ({ config, required = [], sets = [], encrypted = [] }) => {
  const field = (form, path) => {
    const facts = { ...(required.includes(path) && { required: true }), ...(encrypted.includes(path) && { encrypted: true }) };
    if (typeof form === 'string') return { type: form, ...facts };
    if ('one' in form) return { type: 'string', one_of: form.one, ...facts };
    if ('integer' in form) return { type: 'integer', ...facts };
    if ('list' in form) return { type: sets.includes(path) ? 'set' : 'array', elements: { ...field(form.list, path), required: false }, ...(required.includes(path) && { required: true }) };
    return { type: 'record', fields: fieldsOf(form.record, `${path}.`) };
  };
  const fieldsOf = (forms, prefix) => Object.entries(forms).map(([name, form]) => ({ [name]: field(form, prefix + name) }));
  return { fields: fieldsOf(config, '') };
};
