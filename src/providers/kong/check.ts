import { Problem } from '../../core/problem.ts';
import type { Desired, Spec } from '../../core/resource.ts';
import type { KongAdmin } from './client.ts';
import { wire } from './kinds/rows.ts';

/** Foreign keys are resolved by the store, not by the schema: a schema knows only ids. */
const FOREIGN = new Set(['service', 'route', 'consumer']);
const SCHEMAS: Readonly<Record<string, string>> = {
  'kong.service': 'services',
  'kong.route': 'routes',
  'kong.consumer': 'consumers',
  'kong.plugin': 'plugins',
};

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
export const checkAgainst = async (admin: KongAdmin, desired: readonly Desired[]): Promise<readonly Problem[]> => {
  const { plugins } = await admin.node();
  const problems: Problem[] = [];
  const asked = new Map<string, Promise<string | undefined>>();
  await Promise.all(
    desired.map(async ({ kind, id, spec, origin }) => {
      const schema = SCHEMAS[kind];
      if (schema === undefined) return;
      if (kind === 'kong.plugin' && !plugins.has(String(spec.name))) {
        problems.push(missingPlugin(String(spec.name), id, origin));
        return;
      }
      const body = Object.fromEntries(Object.entries(wire(spec) as Spec).filter(([field]) => !FOREIGN.has(field)));
      const key = `${schema} ${kind === 'kong.plugin' ? String(spec.name) : ''} ${JSON.stringify(body, withoutPlain)}`;
      const answer = asked.get(key) ?? admin.validate(schema, body);
      asked.set(key, answer);
      const why = await answer;
      if (why !== undefined)
        problems.push(
          new Problem('KONG_SCHEMA', `${kind} ${id}: ${why}`, {
            at: origin,
            hint: 'look at raw.kong for a field that this Kong does not know',
          }),
        );
    }),
  );
  return problems;
};

const withoutPlain = (field: string, value: unknown): unknown => {
  const texts = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return texts.every((text) => typeof text === 'string' && PLAIN[field]?.test(text)) ? 'plain' : value;
};

const missingPlugin = (name: string, id: string, at: Desired['origin']): Problem =>
  new Problem('KONG_PLUGIN_MISSING', `${id} needs the plugin "${name}", which this Kong does not have`, {
    at,
    hint: name.startsWith('authctl-')
      ? 'infra/kong/plugins holds it, with its README: install it and name it in KONG_PLUGINS'
      : 'add it to KONG_PLUGINS',
  });
