import { Problem } from '../../core/problem.ts';
import type { Desired, Spec } from '../../core/resource.ts';
import type { KongAdmin, Refusal } from './client.ts';
import { fieldProblems, lineOf } from './schema-fields.ts';
import type { Field } from './schema-fields.ts';
import { sent } from './kinds/row-write.ts';
import { kong } from './specs/index.ts';

/** Foreign keys are resolved by the store, not by the schema: a schema knows only ids. */
const FOREIGN = new Set(['service', 'route', 'consumer', 'upstream', 'certificate', 'set']);
/** Stands for a row that the schema cannot look up, where it says whether a reference may be there at all. */
const SOME_ROW = { id: '00000000-0000-4000-8000-000000000000' };

const schemaOf = (kind: string): string => `${kind.slice('kong.'.length)}s`;

/** Texts that no Kong refuses in these fields. With 1,000 services they are what differs, and no reason to ask 1,000 times. */
const PLAIN: Readonly<Record<string, RegExp>> = {
  name: /^[\w.~-]+$/,
  instance_name: /^[\w.~-]+$/,
  username: /^[\w.~-]+$/,
  host: /^[a-z\d]+([.-][a-z\d]+)*$/i,
  paths: /^~?(\/([\w.-]|\\[.-]|\[\^\/\]\+)+)+\$?$/,
  audience: /^[\w.:/-]+$/,
  service: /^[\w.-]+$/,
  route: /^[\w.-]+$/,
  path_template: /^[\w./{}-]+$/,
};

/**
 * Asks the live node, before anything is written, whether it would take the objects: plugin there, every field known and valid.
 * Objects that differ only in plain names and addresses are asked about once. Nothing is changed.
 */
export const refusals = async (admin: KongAdmin, desired: readonly Desired[]): Promise<readonly Problem[]> => {
  const { plugins } = await admin.node();
  const problems: Problem[] = [];
  const missing = new Map<string, readonly Desired[]>();
  const asked = new Map<string, Promise<Refusal | undefined>>();
  const schemas = new Map<string, Promise<Field | undefined>>();
  const schema = (name: string): Promise<Field | undefined> => {
    const known = schemas.get(name) ?? admin.schema(name);
    schemas.set(name, known);
    return known;
  };
  // All are waited for: what is still under way when the connections are closed would be sent again.
  const ended = await Promise.allSettled(
    desired.map(async (object) => {
      const { kind, spec, origin } = object;
      if (kong.jwtSecret.is(object)) return;
      if (kong.plugin.is(object) && !plugins.has(object.spec.name)) {
        const needing = missing.get(object.spec.name) ?? [];
        missing.set(object.spec.name, [...needing, object]);
        return;
      }
      if (object.fields) {
        problems.push(...(await rawProblems(object, admin, schema)));
        return;
      }
      const body = withReferences(spec, () => []);
      const key = `${schemaOf(kind)} ${kong.plugin.is(object) ? object.spec.name : ''} ${JSON.stringify(body, withoutPlain)}`;
      const answer = asked.get(key) ?? admin.validate(schemaOf(kind), body);
      asked.set(key, answer);
      const why = await answer;
      if (why !== undefined) problems.push(refused(object, origin, why.message));
    }),
  );
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  return [...[...missing].map(([name, needing]) => missingPlugin(name, needing)), ...problems];
};

/** An object with fields in Kong's words: names and types against the schema, each by its line, and then the values by the server. */
const rawProblems = async (object: Desired, admin: KongAdmin, schema: (name: string) => Promise<Field | undefined>): Promise<readonly Problem[]> => {
  const { kind, spec, origin } = object;
  const [entity, own] = await Promise.all([schema(schemaOf(kind)), OWN_SCHEMA.has(kind) ? schema(`${schemaOf(kind)}/${String(spec.name)}`) : undefined]);
  if (entity === undefined)
    return [new Problem('KONG_ENTITY_MISSING', `this Kong has no ${schemaOf(kind)}`, { at: origin, hint: 'is its plugin enabled?' })];
  if (kong.vault.is(object) && own === undefined)
    return [new Problem('KONG_VAULT_MISSING', `this Kong has no vault of the sort "${String(spec.name)}"`, { at: lineOf(object, 'name') })];
  const config = own?.fields?.find((field) => 'config' in field) ?? {};
  const wrong = fieldProblems(object, { fields: [...(entity.fields ?? []), config] });
  if (wrong.length > 0) return wrong;
  const why = await admin.validate(schemaOf(kind), withReferences(spec, (field) => [[field, SOME_ROW]]));
  if (why === undefined) return [];
  const leaves = leavesOf(why.fields, '');
  return leaves.length === 0
    ? [refused(object, origin, why.message)]
    : leaves.map(({ path, words }) => refused(object, lineOf(object, path), path === '' ? words : `"${path}": ${words}`));
};

/** Entities whose `config` is described by what their `name` says. */
const OWN_SCHEMA: ReadonlySet<string> = new Set([kong.plugin.kind, kong.vault.kind]);

const withReferences = (spec: Spec, instead: (field: string) => readonly (readonly [string, object])[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(sent(spec)).flatMap(([field, value]): readonly (readonly [string, unknown])[] =>
      FOREIGN.has(field) ? (value === null ? [] : instead(field)) : [[field, value]],
    ),
  );

/** Kong's words about single fields; what is said of several at once belongs to what holds them. */
const leavesOf = (fields: unknown, path: string): readonly { readonly path: string; readonly words: string }[] => {
  if (typeof fields === 'string') return [{ path, words: fields }];
  if (typeof fields !== 'object' || fields === null) return [];
  return Object.entries(fields).flatMap(([name, item]) =>
    name === '@entity' ? [{ path, words: [item].flat().join('; ') }] : leavesOf(item, path === '' ? name : `${path}.${name}`),
  );
};

const refused = ({ kind, id }: Desired, at: Desired['origin'], why: string): Problem =>
  new Problem('KONG_SCHEMA', `${kind} ${id}: ${why}`, {
    at,
    hint: 'look at raw.kong for a field that this Kong does not know',
  });

const withoutPlain = (field: string, value: unknown): unknown => {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return texts.every((text) => typeof text === 'string' && PLAIN[field]?.test(text)) ? 'plain' : value;
};

const missingPlugin = (name: string, needing: readonly Desired[]): Problem => {
  const [first] = needing;
  const others = needing.length > 1 ? ` and ${needing.length - 1} more` : '';
  return new Problem('KONG_PLUGIN_MISSING', `${first?.id ?? ''}${others} ${others === '' ? 'needs' : 'need'} the plugin "${name}", which this Kong does not have`, {
    at: first && lineOf(first, 'name'),
    hint: name.startsWith('authctl-')
      ? 'infra/kong/plugins holds it, with its README: install it and name it in KONG_PLUGINS'
      : 'add it to KONG_PLUGINS',
  });
};
