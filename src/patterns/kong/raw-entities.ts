import type { Blueprint, Json, JsonFields, KongSection } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Desired, Spec } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import { textsOf } from '../../core/json.ts';
import { rowId } from './raw-references.ts';
import type { RawReferences } from './raw-references.ts';

/** An object that `raw.kong.entities` asks for, with the fields and the place that it is made of. */
interface RawObject {
  readonly desired: Desired;
  readonly fields: JsonFields;
  readonly path: string;
}

interface Making {
  readonly blueprint: Blueprint;
  readonly references: RawReferences;
  readonly problems: Problem[];
}

type Maker = (making: Making, name: string, fields: JsonFields, path: string) => readonly RawObject[];

/** Everything that `raw.kong.entities` asks for, as objects like any other: marked, planned, pruned. */
export const rawEntities = (blueprint: Blueprint, references: RawReferences, problems: Problem[]): readonly RawObject[] =>
  Object.entries(makers).flatMap(([section, make]) =>
    Object.entries(stated(blueprint)[section] ?? {}).flatMap(([name, fields]) => {
      const path = `raw.kong.entities.${section}.${name}`;
      const objects = make({ blueprint, references, problems }, name, fields, path);
      for (const made of objects) checkObject(made, { blueprint, references, problems });
      return objects;
    }),
  );

const stated = ({ raw }: Blueprint): Readonly<Record<string, Readonly<Record<string, JsonFields>> | undefined>> => raw.kong.entities;

/** A kind and how it calls its objects. What is stated raw has the types of nobody's spec until the live schema has seen it. */
interface RawKind<Parts extends readonly string[]> {
  readonly kind: string;
  readonly id: (...parts: Parts) => string;
}

const one = <Parts extends readonly string[]>(
  { blueprint }: Making,
  { kind, id }: RawKind<Parts>,
  parts: Parts,
  spec: Spec,
  from: { readonly fields: JsonFields; readonly path: string },
  after: readonly Address[] = [],
): RawObject => ({ desired: { kind, id: id(...parts), spec, after, origin: blueprint.at(from.path) }, ...from });

/** The entries of a mapping inside an entity, and the entity's fields without it. */
const split = (fields: JsonFields, nested: readonly string[]): readonly [JsonFields, (field: string) => readonly (readonly [string, JsonFields])[]] => [
  Object.fromEntries(Object.entries(fields).filter(([field]) => !nested.includes(field))),
  (field) => Object.entries(fields[field] ?? {}).map(([name, inside]: readonly [string, Json]) => [name, isSpec(inside) ? inside : {}]),
];

const named =
  (kind: RawKind<[name: string]>, key: string): Maker =>
  (making, name, fields, path) => [one(making, kind, [name], { ...fields, [key]: name }, { fields, path })];

const certificates: Maker = (making, name, given, path) => {
  const [fields] = split(given, ['snis']);
  const id = rowId(making.blueprint, 'certificates', name);
  return [
    one(making, kong.certificate, [name], { id, ...fields }, { fields, path }),
    ...textsOf(given.snis).map((sni, index) =>
      one(making, kong.sni, [sni], { name: sni, certificate: { id } }, { fields: {}, path: `${path}.snis.${index}` }, [kong.certificate.address(name)]),
    ),
  ];
};

const caCertificates: Maker = (making, name, fields, path) => [
  one(making, kong.caCertificate, [name], { id: rowId(making.blueprint, 'ca_certificates', name), ...fields }, { fields, path }),
];

const keys: Maker = (making, name, fields, path) => {
  const set = making.references.to('key_set', fields, 'set', path);
  return [one(making, kong.key, [name], { ...fields, name, set: set?.spec ?? null }, { fields, path }, set ? [set.address] : [])];
};

const upstreams: Maker = (making, name, given, path) => {
  const [fields, inside] = split(given, ['targets']);
  return [
    one(making, kong.upstream, [name], { ...making.references.inService(fields, path), name }, { fields, path }),
    ...inside('targets').map(([address, target]) => {
      const stated = withPort(address);
      const from = { fields: target, path: `${path}.targets.${address}` };
      const spec = { ...target, upstream: { name }, target: stated };
      return one(making, kong.target, [name, stated], spec, from, [kong.upstream.address(name)]);
    }),
  ];
};

/** Kong keeps a target with its port stated; 8000 is its default. (https://developer.konghq.com/gateway/entities/target/) */
const withPort = (address: string): string => (/(^[^:[\]]+|\])$/.test(address) ? `${address}:8000` : address);

const services: Maker = (making, name, fields, path) => [
  one(making, kong.service, [name], { ...making.references.inService(fields, path), name }, { fields, path }),
];

const consumers: Maker = (making, username, given, path) => {
  const { blueprint } = making;
  const [fields, inside] = split(given, ['acls', 'jwt_secrets', 'keyauth_credentials', 'basicauth_credentials', 'hmacauth_credentials']);
  const after = [kong.consumer.address(username)];
  const consumer = { username };
  const place = (section: string, name: string, own: JsonFields): { fields: JsonFields; path: string } => ({
    fields: own,
    path: `${path}.${section}.${name}`,
  });
  return [
    one(making, kong.consumer, [username], { ...fields, username }, { fields, path }),
    ...textsOf(given.acls).map((group, index) =>
      one(making, kong.acl, [username, group], { consumer, group }, place('acls', String(index), {}), after),
    ),
    ...inside('jwt_secrets').flatMap(([name, own]) => {
      const from = place('jwt_secrets', name, own);
      if (!isPublicKey(own)) {
        making.problems.push(noPublicKey(blueprint, name, from.path));
        return [];
      }
      return [one(making, kong.jwtSecret, [username, own.key], { ...own, consumer }, from, after)];
    }),
    ...inside('keyauth_credentials').map(([name, own]) => {
      const spec = { ...own, id: rowId(blueprint, 'keyauth_credentials', `${username}/${name}`), consumer };
      return one(making, kong.keyAuth, [username, name], spec, place('keyauth_credentials', name, own), after);
    }),
    ...Object.entries({ basicauth_credentials: kong.basicAuth, hmacauth_credentials: kong.hmacAuth }).flatMap(([section, kind]) =>
      inside(section).map(([login, own]) => {
        const from = place(section, login, own);
        return one(making, kind, [username, login], { ...own, username: login, consumer }, from, after);
      }),
    ),
  ];
};

/** A shared secret (HS256) would let the gateway sign, too, and Kong shows what it keeps: only keys that verify are taken. */
const isPublicKey = (fields: JsonFields): fields is JsonFields & { readonly key: string } =>
  typeof fields.key === 'string' && typeof fields.algorithm === 'string' && /^(RS|ES|PS)(256|384|512)$|^EdDSA$/.test(fields.algorithm) && typeof fields.rsa_public_key === 'string' && fields.rsa_public_key.includes('-----BEGIN PUBLIC KEY-----') && !('secret' in fields);

const noPublicKey = (blueprint: Blueprint, name: string, path: string): Problem =>
  new Problem('RAW_FIELD', `"${name}" is no public key of the jwt plugin`, {
    at: blueprint.at(path),
    expected: 'key (iss or kid), algorithm (RS256, ES256, EdDSA, …) and rsa_public_key (PEM, BEGIN PUBLIC KEY), and no secret',
  });

/** A route comes after the plugins on its service, so that it is written once, when they are in force. */
const routes: Maker = (making, name, fields, path) => {
  const service = making.references.to('service', fields, 'service', path);
  const stated = fields.service ?? null;
  const before = Object.entries(making.blueprint.raw.kong.entities.plugins ?? {}).filter(
    ([, plugin]) => stated !== null && (plugin.route ?? null) === null && JSON.stringify(plugin.service) === JSON.stringify(stated),
  );
  return [
    one(making, kong.route, [name], { ...fields, name, service: service?.spec ?? null }, { fields, path }, [
      ...(service ? [service.address] : []),
      ...before.map(([plugin]) => kong.plugin.address(plugin)),
    ]),
  ];
};

const plugins: Maker = (making, name, fields, path) => {
  const { blueprint, references, problems } = making;
  const scopes = (['service', 'route', 'consumer'] as const).map((scope) => [scope, references.to(scope, fields, scope, path)] as const);
  if (typeof fields.name !== 'string')
    problems.push(
      new Problem('RAW_PLUGIN_UNNAMED', `"${name}" does not say which plugin it is`, {
        at: blueprint.at(path),
        expected: 'name: the name of the plugin, such as rate-limiting',
      }),
    );
  const spec = {
    enabled: true,
    ...fields,
    instance_name: name,
    ...Object.fromEntries(scopes.map(([scope, reference]) => [scope, reference?.spec ?? null])),
  };
  return [one(making, kong.plugin, [name], spec, { fields, path }, scopes.flatMap(([, reference]) => reference?.address ?? []))];
};

const makers: Readonly<Record<KongSection, Maker>> = {
  vaults: named(kong.vault, 'prefix'),
  certificates,
  ca_certificates: caCertificates,
  key_sets: named(kong.keySet, 'name'),
  keys,
  upstreams,
  services,
  consumers,
  routes,
  plugins,
};

/** Fields that are Kong's own or ours, and those that the key of the entry says already. */
const RESERVED = ['id', 'tags', 'created_at', 'updated_at'];
const SAID: Readonly<Record<string, string>> = {
  [kong.vault.kind]: 'prefix',
  [kong.keySet.kind]: 'name',
  [kong.key.kind]: 'name',
  [kong.upstream.kind]: 'name',
  [kong.target.kind]: 'target',
  [kong.service.kind]: 'name',
  [kong.consumer.kind]: 'username',
  [kong.basicAuth.kind]: 'username',
  [kong.hmacAuth.kind]: 'username',
  [kong.route.kind]: 'name',
  [kong.plugin.kind]: 'instance_name',
};

const checkObject = ({ desired, fields, path }: RawObject, { blueprint, references, problems }: Making): void => {
  const { kind, id } = desired;
  if (references.isMade(addressOf(desired)))
    problems.push(
      new Problem('RAW_NAME_TAKEN', `a pattern makes ${kind} ${id} already`, {
        at: blueprint.at(path),
        hint: 'raw.kong.services, raw.kong.routes and raw.kong.plugins change what a pattern makes; choose another name for one of your own',
      }),
    );
  checkFields(blueprint, fields, path, SAID[kind], problems);
};

/** No raw fields may say what Kong, authctl or the name of the entry says. */
export const checkFields = (blueprint: Blueprint, fields: JsonFields, path: string, said: string | undefined, problems: Problem[]): void => {
  for (const field of [...RESERVED, ...(said === undefined ? [] : [said])])
    if (field in fields)
      problems.push(
        new Problem('RAW_FIELD', `"${field}" cannot be stated here`, {
          at: blueprint.at(`${path}.${field}`),
          hint: RESERVED.includes(field) ? 'Kong or authctl sets it' : 'the name of the entry says it',
        }),
      );
};
