import { createHash } from 'node:crypto';
import { nearest } from '../../blueprint/nearest.ts';
import type { Blueprint, Json, JsonFields, KongSection } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Desired, Spec, SpecValue } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import { kong } from '../../providers/kong/specs/index.ts';

/** What the raw part may refer to by name. */
export interface RawReferences {
  /** `{ name }` of what a field names, with its address; nothing when the field states none, or a problem was added. */
  readonly to: (target: Target, fields: JsonFields, field: string, path: string) => { readonly spec: Spec; readonly address: Address } | undefined;
  /** A service's or upstream's fields with the names of certificates turned into ids. */
  readonly inService: (fields: JsonFields, path: string) => Spec;
  readonly isMade: (address: Address) => boolean;
}

type Target = 'service' | 'route' | 'consumer' | 'key_set';
const TARGETS = {
  service: { section: 'services', spec: kong.service, key: 'name' },
  route: { section: 'routes', spec: kong.route, key: 'name' },
  consumer: { section: 'consumers', spec: kong.consumer, key: 'username' },
  key_set: { section: 'key_sets', spec: kong.keySet, key: 'name' },
} as const;

/**
 * Names are looked up among the objects of this blueprint, made by a pattern or stated raw: what belongs to somebody else gets no
 * plugin, route or credential of ours.
 */
export const rawReferences = (blueprint: Blueprint, made: readonly Desired[], problems: Problem[]): RawReferences => {
  const { entities } = blueprint.raw.kong;
  const addresses = new Set(made.map(addressOf));
  const madeNames = (kind: string): readonly string[] => made.filter((object) => object.kind === kind).map(({ id }) => id);
  const names = (section: KongSection, kind: string): readonly string[] => [...madeNames(kind), ...Object.keys(entities[section] ?? {})];

  const unknown = (what: string, name: string, known: readonly string[], path: string): void => {
    const near = nearest(name, known);
    problems.push(
      new Problem('RAW_UNKNOWN_NAME', `this blueprint has no ${what} "${name}"`, {
        at: blueprint.at(path),
        expected: known.length === 0 ? `an entry in raw.kong.entities.${what}s` : 'a name as "authctl plan" shows it',
        hint: near === undefined ? undefined : `did you mean "${near}"?`,
      }),
    );
  };
  const nameIn = (value: Json, key: string, path: string): string | undefined => {
    const name = isSpec(value) && key in value ? value[key] : value;
    if (typeof name === 'string') return name;
    problems.push(new Problem('RAW_REFERENCE', 'this does not name anything', { at: blueprint.at(path), expected: 'a name' }));
    return undefined;
  };
  const certificate = (section: 'certificates' | 'ca_certificates', value: Json, path: string): SpecValue => {
    if (value === null || (isSpec(value) && 'id' in value) || (typeof value === 'string' && UUID.test(value))) return value;
    const name = nameIn(value, 'name', path);
    const known = Object.keys(entities[section] ?? {});
    if (name !== undefined && !known.includes(name)) unknown(section.slice(0, -1), name, known, path);
    return rowId(blueprint, section, name ?? '');
  };

  const services = new Map<string, Spec>();
  return {
    to: (target, fields, field, path) => {
      const value = fields[field] ?? null;
      const { section, spec, key } = TARGETS[target];
      const name = value === null ? undefined : nameIn(value, key, `${path}.${field}`);
      if (name === undefined) return undefined;
      const known = names(section, spec.kind);
      if (!known.includes(name)) unknown(target, name, known, `${path}.${field}`);
      return { spec: { [key]: name }, address: spec.address(name) };
    },
    inService: (fields, path) => {
      // One entry is laid over two services, the protected and the public one: what is wrong with it is told once.
      const before = services.get(path);
      if (before) return before;
      const { client_certificate: client, ca_certificates: authorities } = fields;
      const id = client === undefined ? undefined : certificate('certificates', client, `${path}.client_certificate`);
      const spec = {
        ...fields,
        ...(id !== undefined && { client_certificate: typeof id === 'string' ? { id } : id }),
        ...(Array.isArray(authorities) && {
          ca_certificates: authorities.map((item: Json, at) => certificate('ca_certificates', item, `${path}.ca_certificates.${at}`)),
        }),
      };
      services.set(path, spec);
      return spec;
    },
    isMade: (address) => addresses.has(address),
  };
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NAMESPACE = Buffer.from('3f0a1f6d4c0b5d1f9a8e6b7c2d4e5f60', 'hex');

/**
 * The id of a row that Kong knows by no name (a certificate, a key of key-auth): a uuid of version 5 (RFC 9562 section 5.5) made of blueprint,
 * workspace and name, so that it can be referred to before it is there, and a repeated creation meets itself.
 */
export const rowId = ({ name, targets }: Pick<Blueprint, 'name' | 'targets'>, section: string, row: string): string => {
  const text = JSON.stringify([name, targets.kong?.workspace ?? null, section, row]);
  const digest = createHash('sha1').update(NAMESPACE).update(text).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};
