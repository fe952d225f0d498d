import { nearest } from '../blueprint/nearest.ts';
import type { Blueprint, JsonFields } from '../blueprint/types.ts';
import { Problem, Problems } from '../core/problem.ts';
import type { Position } from '../core/problem.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired, Spec } from '../core/resource.ts';
import { setsInOrder } from '../core/spec.ts';
import type { Fields } from '../core/spec.ts';
import { routeKey } from '../access/index.ts';
import { aws } from '../providers/aws/specs/index.ts';

/**
 * What decides who passes, where requests go and what an object is known by is said by the blueprint's own fields, and by nothing beside them: a matrix that
 * is worked out of `expect` holds as long as nobody says otherwise here.
 */
const SAID_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  [aws.api.kind]: ['Name', 'ProtocolType'],
  [aws.integration.kind]: ['Description', 'IntegrationType', 'IntegrationUri'],
  [aws.stage.kind]: ['Deployment', 'StageName'],
};

interface Layer {
  readonly objects: readonly Desired[];
  readonly fields: JsonFields;
  readonly path: string;
}

/** The objects of API Gateway with what `raw.aws` says laid over them. Throws `Problems` with the line of each name that nothing has. */
export const withRawAws = (blueprint: Blueprint, made: readonly Desired[]): readonly Desired[] => {
  const { raw, name: api } = blueprint;
  if (raw.aws === undefined) return made;
  const problems: Problem[] = [];
  const layers: Layer[] = [];
  const lay = (path: string, fields: JsonFields, objects: readonly Desired[], known: readonly string[]): void => {
    if (objects.length === 0) problems.push(unknownName(path, known, blueprint.at(path)));
    else layers.push({ path, fields, objects });
  };
  if (raw.aws.api !== undefined) lay('raw.aws.api', raw.aws.api, made.filter(aws.api.is), [api]);
  const integrations = made.filter(aws.integration.is);
  const routes = Object.values(blueprint.services).flatMap((service) => service.routes);
  for (const [id, fields] of Object.entries(raw.aws.integrations)) {
    const keys = routes.filter((route) => `${route.service}.${route.id}` === id).map((route) => aws.integration.id(api, `${route.service}.${routeKey(route)}`));
    lay(`raw.aws.integrations.${id}`, fields, integrations.filter((one) => keys.includes(one.id)), integrations.map((one) => one.id.slice(api.length + 1)));
  }
  const stages = made.filter(aws.stage.is);
  for (const [name, fields] of Object.entries(raw.aws.stages)) lay(`raw.aws.stages.${name}`, fields, stages.filter(({ spec }) => spec.StageName === name), stages.map(({ spec }) => spec.StageName));

  const over = new Map<string, Layer>();
  for (const layer of layers) {
    for (const object of layer.objects) over.set(addressOf(object), layer);
    const [object] = layer.objects;
    if (object) problems.push(...refusals(object, layer, blueprint));
  }
  if (problems.length > 0) throw new Problems(problems);
  return made.map((object) => {
    const layer = over.get(addressOf(object));
    if (layer === undefined) return object;
    const { fields, path } = layer;
    // What nobody states is not in a spec: a server's own value is no difference then.
    const stated = Object.fromEntries(Object.entries<Spec[string]>({ ...object.spec, ...fields }).filter(([field]) => fields[field] !== null));
    return { ...object, spec: setsInOrder(declared(object.kind), stated), fields: Object.fromEntries(Object.keys(fields).map((field) => [field, blueprint.at(`${path}.${field}`)])) };
  });
};

const declared = (kind: string): Fields => Object.values(aws).find((spec) => spec.kind === kind)?.fields ?? {};

const refusals = ({ kind }: Desired, { fields, path }: Layer, blueprint: Blueprint): readonly Problem[] =>
  Object.keys(fields).flatMap((field) => {
    const at = blueprint.at(`${path}.${field}`);
    const known = Object.entries(declared(kind)).flatMap(([name, { readOnly }]) => (readOnly === true || SAID_ELSEWHERE[kind]?.includes(name) ? [] : [name]));
    if (known.includes(field)) return [];
    if (field in declared(kind)) return [new Problem('RAW_FIELD', `"${field}" cannot be stated here`, { at, hint: "API Gateway, authctl or a field of the blueprint's own sets it" })];
    const near = nearest(field, known);
    return [new Problem('RAW_UNKNOWN_FIELD', `API Gateway knows no field "${field}" there`, { at, expected: `one of ${known.join(', ')}`, ...(near !== undefined && { hint: `did you mean "${near}"?` }) })];
  });

const unknownName = (path: string, known: readonly string[], at: Position): Problem => {
  const near = nearest(path.slice(path.indexOf('.', 'raw.aws.'.length) + 1), known);
  return new Problem('RAW_UNKNOWN_NAME', `${path} names nothing that this blueprint makes at API Gateway`, {
    at,
    expected: known.length === 0 ? 'a service behind aws' : `one of ${known.slice(0, 20).join(', ')}`,
    ...(near !== undefined && { hint: `did you mean "${near}"?` }),
  });
};
