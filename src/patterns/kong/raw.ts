import { nearest } from '../../blueprint/nearest.ts';
import type { Blueprint, Json, JsonFields } from '../../blueprint/types.ts';
import { groupBy } from '../../core/collections.ts';
import { Problem, Problems } from '../../core/problem.ts';
import type { Position } from '../../core/problem.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Desired } from '../../core/resource.ts';
import { isSpec, setsInOrder } from '../../core/spec.ts';
import { fieldsOf, kong } from '../../providers/kong/specs/index.ts';
import { pluginInOrder } from '../../providers/kong/specs/plugin-config.ts';
import { kongName, routeName } from '../objects.ts';
import { checkFields, rawEntities } from './raw-entities.ts';
import { rawReferences } from './raw-references.ts';

/**
 * The last word of an expansion: what `raw.kong` says is laid over the objects that the patterns made, and its own entities are added.
 * Throws `Problems` with the line of each name that nothing has.
 */
export const withRawKong = (blueprint: Blueprint, made: readonly Desired[]): readonly Desired[] => {
  const { services, routes, plugins } = blueprint.raw.kong;
  const problems: Problem[] = [];
  const ofKong = made.filter(({ kind }) => kind.startsWith('kong.'));
  const known = new Map(ofKong.map((object) => [addressOf(object), object]));
  const layers = new Map<Desired, { readonly fields: JsonFields; readonly path: string }>();
  const lay = (address: Address, fields: JsonFields, path: string): boolean => {
    const object = known.get(address);
    if (object) layers.set(object, { fields, path });
    return object !== undefined;
  };
  for (const [id, fields] of Object.entries(services))
    for (const name of [kongName(blueprint, id), kongName(blueprint, id, 'public')])
      lay(kong.service.address(name), fields, `raw.kong.services.${id}`);
  for (const [id, fields] of Object.entries(routes)) {
    refuseConditions(blueprint, fields, `raw.kong.routes.${id}`, problems);
    const its = (blueprint.services[id.split('.')[0] ?? '']?.routes ?? []).filter((route) => `${route.service}.${route.id}` === id);
    for (const route of its) lay(kong.route.address(routeName(blueprint, route)), fields, `raw.kong.routes.${id}`);
  }
  for (const [name, fields] of Object.entries(plugins)) {
    const path = `raw.kong.plugins.${name}`;
    if (!lay(kong.plugin.address(name), fields, path)) problems.push(noSuchPlugin(name, ofKong, blueprint.at(path)));
  }

  const stating = [...layers].flatMap(([object, layer]) => (kong.plugin.is(object) ? [] : [[layer.path, layer] as const]));
  for (const { fields, path } of new Map(stating).values()) checkFields(blueprint, fields, path, 'name', problems);
  const references = rawReferences(blueprint, ofKong, problems);
  const merged = made.map((object) => {
    const layer = layers.get(object);
    if (layer === undefined) return object;
    const { fields, path } = layer;
    return kong.plugin.is(object)
      ? inOrder({ ...object, spec: { ...object.spec, config: { ...object.spec.config, ...fields } }, fields: positions(blueprint, path, fields, 'config') })
      : inOrder({ ...object, spec: { ...object.spec, ...references.inService(fields, path) }, fields: positions(blueprint, path, fields) });
  });
  const added = rawEntities(blueprint, references, problems).map(({ desired, fields, path }) => ({
    ...inOrder(desired),
    fields: positions(blueprint, path, fields),
  }));
  if (problems.length > 0) throw new Problems(problems);
  return waiting([...merged, ...added]);
};

const MATCH = 'say it by "match" of the route';
/** What the blueprint itself has for such a field; for the others it has no word. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  paths: MATCH, methods: MATCH, regex_priority: MATCH, expression: MATCH, priority: MATCH,
  hosts: 'say it by "hosts" of the route or its service',
  headers: 'say it by "headers" of the route',
  service: 'state the route under the other service',
}; // prettier-ignore

/**
 * Matrix, reach and verify know a route of the blueprint by what the blueprint says of it: which requests it takes, and whose guards stand before
 * them, are not changed behind their back. Those fields are the ones that the kind itself calls access.
 */
const refuseConditions = (blueprint: Blueprint, stated: JsonFields, path: string, problems: Problem[]): void => {
  for (const [field, { access }] of Object.entries(fieldsOf(kong.route.kind)))
    if (access !== undefined && field in stated)
      problems.push(
        new Problem('RAW_ROUTE_CONDITION', `"${field}" of a route of the blueprint says ${access}: matrix and verify would not know it`, {
          at: blueprint.at(`${path}.${field}`),
          hint: `${OWN_WORDS[field] === undefined ? '' : `${OWN_WORDS[field]}, or `}write a route of your own under raw.kong.entities.routes`,
        }),
      );
};

/** A service waits for the upstream that its host names, with its targets, and whatever shows a certificate waits for that. */
const waiting = (objects: readonly Desired[]): readonly Desired[] => {
  const byId = new Map(objects.flatMap((object) => (object.kind.startsWith('kong.') && typeof object.spec.id === 'string' ? [[object.spec.id, addressOf(object)] as const] : [])));
  const pools = groupBy(
    objects.filter((object) => kong.upstream.is(object) || kong.target.is(object)),
    (object) => (kong.target.is(object) ? object.spec.upstream.name : object.id),
  );
  return objects.map((object) => {
    if (!kong.service.is(object) && !kong.upstream.is(object)) return object;
    const ids = [object.spec.client_certificate?.id, ...(kong.service.is(object) ? (object.spec.ca_certificates ?? []) : [])];
    const needed = [
      ...(kong.service.is(object) ? (pools.get(object.spec.host) ?? []).map(addressOf) : []),
      ...ids.flatMap((id) => byId.get(id ?? '') ?? []),
    ];
    return needed.length > 0 ? { ...object, after: [...object.after, ...needed] } : object;
  });
};

/** Where each stated field stands, by its path in the spec. A list of texts is one field: some are put into order. */
const positions = (blueprint: Blueprint, path: string, value: Json, under = ''): Readonly<Record<string, Position>> => {
  const inside = Array.isArray(value) ? [...value.entries()].filter(([, item]) => isSpec(item)) : isSpec(value) ? Object.entries(value) : [];
  return Object.assign(
    {},
    ...inside.map(([key, item]: readonly [string | number, Json]): Readonly<Record<string, Position>> => {
      const [at, field] = [`${path}.${String(key)}`, under === '' ? String(key) : `${under}.${String(key)}`];
      return { [field]: blueprint.at(at), ...positions(blueprint, at, item, field) };
    }),
  );
};

/** Somebody wrote it, in an order of their own. */
const inOrder = (object: Desired): Desired => ({
  ...object,
  spec: kong.plugin.is(object) ? pluginInOrder(object.spec) : setsInOrder(fieldsOf(object.kind), object.spec),
});

const noSuchPlugin = (name: string, made: readonly Desired[], at: Position): Problem => {
  const near = nearest(name, made.filter(kong.plugin.is).map(({ id }) => id));
  return new Problem('RAW_UNKNOWN_PLUGIN', `no plugin of this blueprint has the instance name "${name}"`, {
    at,
    expected: 'the instance name of a plugin that a pattern makes, as "authctl plan" shows it',
    hint: near === undefined ? 'a plugin of your own goes into raw.kong.entities.plugins' : `did you mean "${near}"?`,
  });
};
