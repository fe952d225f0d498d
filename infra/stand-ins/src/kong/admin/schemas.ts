import { vaultSchemas } from '../schema/data.ts';
import { isObject } from '../schema/errors.ts';
import { processFields, ShorthandFault } from '../schema/process.ts';
import type { PluginSchema, Row, Schema } from '../schema/types.ts';
import { validate } from '../schema/validate.ts';
import { unescapeUri } from './arguments.ts';
import type { Database } from './database.ts';
import { plain, schemaViolation } from './errors.ts';
import { ok } from './endpoints.ts';
import type { Call, Endpoint, Reply } from './routing.ts';

/** A schema without the names of its functions, which Kong does not show either. */
const jsonable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(jsonable);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'fn').map(([key, item]) => [key, jsonable(item)]));
};

const shown = (schema: Schema): Row => ({ fields: jsonable(schema.fields), entity_checks: jsonable(schema.entity_checks ?? []) });

const noEntity = (name: string): Error => plain(404, `No entity named '${name}'`);

/** Checks fields against a schema without keeping anything. Query arguments count as fields here. */
const validateOnly = (db: Database, name: string, call: Call): Reply => {
  const schema = db.rules.schemas.entity(name);
  if (!schema) throw noEntity(name);
  try {
    const errors = validate(db.rules, schema, processFields(db.rules, schema, { ...call.query, ...call.post }, 'insert'));
    if (errors) throw schemaViolation(errors);
  } catch (thrown) {
    if (thrown instanceof ShorthandFault) throw schemaViolation(thrown.errors);
    throw thrown;
  }
  return ok({ message: 'schema validation successful' });
};

const param = (call: Call, name: string): string => unescapeUri(call.params[name] ?? '');

/** Field descriptions and validation on their own (`kong/api/routes/kong.lua`). */
export const schemaEndpoints = (db: Database, plugins: ReadonlyMap<string, PluginSchema>): Endpoint[] => {
  const plugin = (call: Call): PluginSchema => {
    const name = param(call, 'name');
    const found = plugins.get(name);
    if (!found) throw plain(404, `No plugin named '${name}'`);
    return found;
  };
  return [
    {
      path: '/schemas/:name',
      methods: {
        GET: (call) => {
          const schema = db.rules.schemas.entity(param(call, 'name'));
          if (!schema) throw noEntity(param(call, 'name'));
          return ok(shown(schema));
        },
      },
    },
    { path: '/schemas/plugins/:name', methods: { GET: (call) => ok(shown(plugin(call))) } },
    {
      path: '/plugins/schema/:name',
      methods: { GET: (call) => ok(shown({ fields: plugin(call).fields.find((field) => field['config'])?.['config']?.fields ?? [] })) },
    },
    {
      path: '/schemas/vaults/:name',
      methods: {
        GET: (call) => {
          const name = param(call, 'name');
          const found = Object.hasOwn(vaultSchemas, name) ? vaultSchemas[name] : undefined;
          if (!found) throw plain(404, `No vault named '${name}'`);
          return ok(shown(found));
        },
      },
    },
    { path: '/schemas/plugins/validate', schema: db.schema('plugins'), methods: { POST: (call) => validateOnly(db, 'plugins', call) } },
    { path: '/schemas/vaults/validate', schema: db.schema('vaults'), methods: { POST: (call) => validateOnly(db, 'vaults', call) } },
    { path: '/schemas/:db_entity_name/validate', methods: { POST: (call) => validateOnly(db, param(call, 'db_entity_name'), call) } },
  ];
};
