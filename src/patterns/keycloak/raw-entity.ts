import { nearest } from '../../blueprint/nearest.ts';
import type { Blueprint, JsonFields } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import type { Address, Desired, Spec } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import type { SpecType } from '../../core/spec.ts';

export interface Making {
  readonly blueprint: Blueprint;
  readonly problems: Problem[];
}

export const PATH = 'raw.keycloak.entities';

interface Stated<S extends Spec, Parts extends readonly string[]> {
  readonly type: SpecType<S, Parts>;
  readonly parts: Parts;
  readonly path: string;
  /** What is written. */
  readonly fields: JsonFields;
  /** Fields that become others, or objects of their own. */
  readonly apart?: readonly string[];
  /** Fields that Keycloak knows beside those that the spec knows something of. */
  readonly beside?: readonly string[];
  /** What the name of the entry says, and what the fields apart become. */
  readonly and?: Spec;
  /** What is so unless it is stated. */
  readonly base?: Spec;
  readonly after?: readonly Address[];
}

export const one = <S extends Spec, Parts extends readonly string[]>({ blueprint, problems }: Making, stated: Stated<S, Parts>): Desired => {
  const { type, parts, path, fields, apart = [], beside = [], base = {}, and = {}, after = [] } = stated;
  const isKnown = (name: string): boolean => Object.hasOwn(type.fields, name) && !type.fields[name]?.readOnly && !Object.hasOwn(and, name);
  for (const field of Object.keys(fields)) {
    if (apart.includes(field) || beside.includes(field) || isKnown(field)) continue;
    const at = blueprint.at(`${path}.${field}`);
    const near = nearest(field, [...Object.keys(type.fields).filter(isKnown), ...apart, ...beside]);
    if (Object.hasOwn(and, field) || OWN.has(field) || SAID.has(field) || Object.hasOwn(type.fields, field))
      problems.push(new Problem('RAW_FIELD', `"${field}" cannot be stated here`, { at, hint: OWN.has(field) ? 'Keycloak or authctl sets it' : 'the name of the entry says it' }));
    else problems.push(new Problem('RAW_UNKNOWN_FIELD', `Keycloak knows no "${field}" of ${type.kind}`, { at, hint: near === undefined ? undefined : `did you mean "${near}"?` }));
  }
  const marks = fields.attributes ?? fields.config;
  for (const name of isSpec(marks) ? Object.keys(marks) : [])
    if (name.startsWith('authctl.')) problems.push(new Problem('RAW_FIELD', `"${name}" cannot be stated here`, { at: blueprint.at(path), hint: 'names that begin with authctl. are marks' }));
  const spec = type.read({ ...base, ...Object.fromEntries(Object.entries(fields).filter(([name]) => !apart.includes(name))), ...and });
  return type.desired(parts, { spec, after, origin: blueprint.at(path) });
};

/** The name of the entry. */
const SAID: ReadonlySet<string> = new Set(['name', 'alias', 'clientId', 'username']);
/** Keycloak's own. */
const OWN: ReadonlySet<string> = new Set(['id', 'internalId', 'containerId', 'clientRole', 'composite', 'types', 'path', 'access', 'subGroupCount', 'parentId', 'organizationId']);

export const section = (making: Making, name: Exclude<keyof Blueprint['raw']['keycloak']['entities'], 'clientRoles' | 'authenticationFlows' | 'authenticatorConfig'>): readonly (readonly [name: string, fields: JsonFields, path: string])[] =>
  Object.entries(making.blueprint.raw.keycloak.entities[name] ?? {}).map(([key, fields]) => [key, fields, `${PATH}.${name}.${key}`]);
