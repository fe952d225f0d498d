import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPluginSchema } from '../../../../infra/stand-ins/src/kong/lua/schema.ts';
import { entitySchemas } from '../../../../infra/stand-ins/src/kong/schema/data.ts';
import { toPluginSchema } from '../../../../infra/stand-ins/src/kong/schema/own-plugins.ts';
import type { Field as SchemaField, NamedField } from '../../../../infra/stand-ins/src/kong/schema/types.ts';
import { pluginConfigs } from '../../../../scripts/plugin-configs.js';
import type { Desired } from '../../../../src/core/resource.ts';
import type { Fields, SpecType } from '../../../../src/core/spec.ts';
import { kong } from '../../../../src/providers/kong/specs/index.ts';
import { isPlugin, pluginInOrder } from '../../../../src/providers/kong/specs/plugin-config.ts';
import type { PluginConfig } from '../../../../src/providers/kong/specs/plugin-config.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const origin = { file: 'shop.yaml', line: 1, column: 1 };

/** What every row has, and what a spec leaves out, each with its reason. */
const EVERYWHERE = ['id', 'tags', 'created_at', 'updated_at'];
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  // Made up by Kong for every credential, for RS256 too: no way in.
  'kong.jwt_secret': ['secret'],
  // Kong's own view of rows of another kind.
  'kong.certificate': ['snis'],
};
/** Lists in which the order means nothing, and what only another router has. */
const SETS = ['kong.service.ca_certificates', 'kong.route.hosts', 'kong.route.paths'];
const ELSEWHERE = ['kong.route.expression', 'kong.route.priority'];
/** Kong's schema does not call them encrypted; who reads them is let in all the same. */
const SECRETS = ['kong.keyauth_credential.key', 'kong.hmacauth_credential.secret'];

type Facts = Readonly<Record<string, unknown>>;
const SHAPES: Readonly<Record<string, string>> = { string: 'text', integer: 'number', number: 'number', boolean: 'flag', array: 'list', set: 'list', map: 'map', record: 'record', foreign: 'record' };

/** One line for each field that the schema describes, as far as a spec says the same. */
const described = (fields: readonly NamedField[], prefix: string): readonly (readonly [string, Facts])[] =>
  Object.entries<SchemaField>(Object.assign({}, ...fields))
    .filter(([name]) => !(prefix.split('.').length === 3 && EVERYWHERE.includes(name)))
    .map(([name, field]) => [
      `${prefix}${name}`,
      {
        // What a plugin or vault is configured by is said by its own schema.
        shape: field.abstract ? 'map' : SHAPES[field.type ?? ''],
        set: field.type === 'set' || SETS.includes(`${prefix}${name}`),
        secret: field.encrypted === true || SECRETS.includes(`${prefix}${name}`),
        default: field.type === 'record' ? null : (field.default ?? null),
      },
    ]);
const declared = (fields: Fields, prefix: string): readonly (readonly [string, Facts])[] =>
  Object.entries(fields).flatMap(([name, field]) =>
    (prefix.split('.').length === 3 && name === 'id') || ELSEWHERE.includes(`${prefix}${name}`)
      ? []
      : [[`${prefix}${name}`, { shape: field.shape, set: field.set === true, secret: field.secret === true, default: field.default ?? null }] as const],
  );

describe.each(Object.values(kong).map((spec) => [spec.kind, spec.fields] as const))('%s', (kind, fields) => {
  const schema = entitySchemas.find(({ name }) => name === `${kind.slice('kong.'.length)}s`);
  const known = described(schema?.fields ?? [], `${kind}.`).filter(([path]) => !LEFT_OUT[kind]?.includes(path.slice(kind.length + 1)));

  it('declares what Kong 3.9 has: every field, its shape, sets, secrets and defaults', () => {
    expect(Object.fromEntries(declared(fields, `${kind}.`))).toEqual(Object.fromEntries(known));
  });
});

it('declares records inside by the same schema', () => {
  const upstreams = entitySchemas.find(({ name }) => name === 'upstreams')?.fields ?? [];
  const { healthchecks } = Object.assign({}, ...upstreams) as Record<string, SchemaField>;
  expect(Object.keys(kong.upstream.fields.healthchecks?.fields ?? {}).toSorted()).toEqual(Object.keys(Object.assign({}, ...(healthchecks?.fields ?? []))).toSorted());
  const keys = entitySchemas.find(({ name }) => name === 'keys')?.fields ?? [];
  const { pem } = Object.assign({}, ...keys) as Record<string, SchemaField>;
  expect(Object.fromEntries(declared(kong.key.fields.pem?.fields ?? {}, 'pem.'))).toEqual(Object.fromEntries(described(pem?.fields ?? [], 'pem.')));
});

it('says of each kind how its objects are called', () => {
  expect([kong.route.address('shop.orders.list'), kong.jwtSecret.address('shop.issuer', 'kid-1'), kong.target.address('pool', '10.0.0.1:8000')]).toEqual([
    'kong.route/shop.orders.list', 'kong.jwt_secret/shop.issuer/kid-1', 'kong.target/pool/10.0.0.1:8000',
  ]);
  const immutable = Object.values(kong).flatMap(({ kind, immutable: fields }: Pick<SpecType<never, never>, 'kind' | 'immutable'>) => fields.map((field) => `${kind}.${field}`));
  expect(immutable).toEqual(['kong.vault.name']);
});

describe('the configurations of plugins', () => {
  it('are those of their schemas', async () => {
    const path = 'src/providers/kong/specs/plugin-configs.generated.ts';
    const made = await pluginConfigs(root, { load: loadPluginSchema, toSchema: toPluginSchema });
    expect(readFileSync(`${root}${path}`, 'utf8'), `${path} is not what its sources say: npm run generate`).toBe(made);
  });

  it('are checked by the compiler', () => {
    const guard: PluginConfig<'authctl-token-guard'> = { public: true, relay: 'none', cookie: null };
    // @ts-expect-error a field that schema.lua does not have
    const misspelt: PluginConfig<'authctl-token-guard'> = { publik: true };
    // @ts-expect-error a value that schema.lua does not take
    const wrong: PluginConfig<'authctl-token-guard'> = { relay: 'query' };
    // @ts-expect-error what schema.lua demands and has no default for
    const incomplete: PluginConfig<'authctl-opa'> = { url: 'http://127.0.0.1:8181' };
    expect([guard, misspelt, wrong, incomplete]).toHaveLength(4);
  });

  it('have their types where a plugin is found by its name', () => {
    const plugins: readonly Desired[] = [kong.plugin.desired(['shop.scope'], { spec: { name: 'authctl-scope-guard', config: { scopes: ['a'] } }, origin })];
    const scopes: readonly (readonly string[])[] = plugins.flatMap((plugin) => (isPlugin('authctl-scope-guard', plugin) ? [plugin.spec.config.scopes ?? []] : []));
    expect(scopes).toEqual([['a']]);
    expect(plugins.some((plugin) => isPlugin('jwt', plugin))).toBe(false);
  });

  it('have their sets in order, whoever wrote them', () => {
    expect(pluginInOrder({ name: 'jwt', protocols: ['https', 'http'], config: { claims_to_verify: ['nbf', 'exp'], odd: ['b', 'a'] } })).toEqual({
      name: 'jwt', protocols: ['http', 'https'], config: { claims_to_verify: ['exp', 'nbf'], odd: ['b', 'a'] },
    });
    expect(pluginInOrder({ name: 'of-their-own', config: { claims_to_verify: ['nbf', 'exp'] } })).toEqual({ name: 'of-their-own', config: { claims_to_verify: ['nbf', 'exp'] } });
  });
});
