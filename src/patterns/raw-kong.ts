import { nearest } from '../blueprint/nearest.ts';
import type { Blueprint, Json, JsonFields } from '../blueprint/types.ts';
import { groupBy } from '../core/collections.ts';
import { Problem, Problems } from '../core/problem.ts';
import type { Position } from '../core/problem.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired, Spec, SpecValue } from '../core/resource.ts';
import { Secret } from '../core/secret.ts';
import { checkFields, kongEntities } from './kong-entities.ts';
import { kongName } from './objects.ts';
import { rawReferences } from './raw-references.ts';

/** Lists whose order means nothing to Kong, sorted on both sides of a comparison. (GET /schemas/routes, /schemas/plugins/jwt, 3.9.3) */
const SETS: Readonly<Record<string, readonly string[]>> = {
  'kong.route': ['paths', 'methods', 'hosts', 'protocols', 'snis'],
  'kong.service': ['ca_certificates'],
  'kong.plugin': ['protocols'],
};
const JWT_SETS = ['claims_to_verify', 'cookie_names', 'header_names', 'uri_param_names'];

/**
 * The last word of an expansion: what `raw.kong` says is laid over the objects that the patterns made, and its own entities are added.
 * Throws `Problems` with the line of each name that nothing has.
 */
export const withRawKong = (blueprint: Blueprint, made: readonly Desired[]): readonly Desired[] => {
  const { services, routes, plugins } = blueprint.raw.kong;
  const problems: Problem[] = [];
  const known = new Map(made.map((object) => [`${object.kind}/${object.id}`, object]));
  const layers = new Map<Desired, { readonly fields: JsonFields; readonly path: string; readonly under?: string }>();
  const lay = (address: string, fields: JsonFields, path: string, under?: string): boolean => {
    const object = known.get(address);
    if (object) layers.set(object, { fields, path, ...(under !== undefined && { under }) });
    return object !== undefined;
  };
  for (const [id, fields] of Object.entries(services))
    for (const name of [kongName(blueprint, id), kongName(blueprint, id, 'public')])
      lay(`kong.service/${name}`, fields, `raw.kong.services.${id}`);
  for (const [id, fields] of Object.entries(routes)) lay(`kong.route/${kongName(blueprint, id)}`, fields, `raw.kong.routes.${id}`);
  for (const [name, fields] of Object.entries(plugins)) {
    const path = `raw.kong.plugins.${name}`;
    if (!lay(`kong.plugin/${name}`, fields, path, 'config')) problems.push(noSuchPlugin(name, made, blueprint.at(path)));
  }

  for (const { fields, path, under } of new Map([...layers.values()].map((layer) => [layer.path, layer])).values())
    if (under === undefined) checkFields(blueprint, fields, path, 'name', problems);
  const references = rawReferences(blueprint, made, problems);
  const merged = made.map((object) => {
    const layer = layers.get(object);
    if (layer === undefined) return object;
    const { fields, path, under } = layer;
    const stated = under === undefined ? references.inService(fields, path) : fields;
    const spec = under === undefined ? { ...object.spec, ...stated } : { ...object.spec, [under]: { ...(object.spec[under] as Spec), ...stated } };
    return sorted({ ...object, spec, fields: positions(blueprint, path, fields, under) });
  });
  const added = kongEntities(blueprint, references, problems).map((object) => ({
    ...sorted(object.desired),
    fields: positions(blueprint, object.path, object.fields),
  }));
  if (problems.length > 0) throw new Problems(problems);
  return waiting([...merged, ...added]);
};

/** A service waits for the upstream that its host names, with its targets, and whatever shows a certificate waits for that. */
const waiting = (objects: readonly Desired[]): readonly Desired[] => {
  const byId = new Map(objects.flatMap((object) => (typeof object.spec.id === 'string' ? [[object.spec.id, addressOf(object)] as const] : [])));
  const pools = groupBy(
    objects.filter(({ kind }) => kind === 'kong.upstream' || kind === 'kong.target'),
    ({ kind, id, spec }) => (kind === 'kong.upstream' ? id : String((spec.upstream as Spec).name)),
  );
  return objects.map((object) => {
    const { kind, spec } = object;
    if (kind !== 'kong.service' && kind !== 'kong.upstream') return object;
    const ids = [(spec.client_certificate as Spec | null | undefined)?.id, ...((spec.ca_certificates ?? []) as readonly SpecValue[])];
    const needed = [
      ...(kind === 'kong.service' ? (pools.get(String(spec.host)) ?? []).map(addressOf) : []),
      ...ids.flatMap((id) => byId.get(String(id)) ?? []),
    ];
    return needed.length > 0 ? { ...object, after: [...object.after, ...needed] } : object;
  });
};

/** Where each stated field stands, by its path in the spec. A list of texts is one field: some are put into order. */
const positions = (blueprint: Blueprint, path: string, value: Json, under = ''): Record<string, Position> => {
  const inside = Array.isArray(value) ? [...(value as readonly Json[]).entries()].filter(([, item]) => isFields(item)) : isFields(value) ? Object.entries(value) : [];
  return Object.assign(
    {},
    ...inside.map(([key, item]) => {
      const [at, field] = [`${path}.${String(key)}`, under === '' ? String(key) : `${under}.${String(key)}`];
      return { [field]: blueprint.at(at), ...positions(blueprint, at, item, field) };
    }),
  ) as Record<string, Position>;
};

const isFields = (value: Json): value is JsonFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);

const sorted = (object: Desired): Desired => {
  const set = (spec: Spec, fields: readonly string[]): Spec =>
    Object.fromEntries(Object.entries(spec).map(([field, value]) => [field, fields.includes(field) ? inOrder(value) : value]));
  const spec = set(object.spec, SETS[object.kind] ?? []);
  const isJwt = object.kind === 'kong.plugin' && spec.name === 'jwt' && spec.config != null;
  return { ...object, spec: isJwt ? { ...spec, config: set(spec.config as Spec, JWT_SETS) } : spec };
};

const inOrder = (value: SpecValue): SpecValue => (Array.isArray(value) ? (value as readonly string[]).toSorted() : value);

const noSuchPlugin = (name: string, made: readonly Desired[], at: Position): Problem => {
  const near = nearest(name, made.filter(({ kind }) => kind === 'kong.plugin').map(({ id }) => id));
  return new Problem('RAW_UNKNOWN_PLUGIN', `no plugin of this blueprint has the instance name "${name}"`, {
    at,
    expected: 'the instance name of a plugin that a pattern makes, as "authctl plan" shows it',
    hint: near === undefined ? 'a plugin of your own goes into raw.kong.entities.plugins' : `did you mean "${near}"?`,
  });
};
