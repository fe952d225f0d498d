import { isObject, objectOf, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Fields } from '../../core/spec.ts';
import { configFields } from '../../providers/kong/specs/plugin-config.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import { variableOf } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { decided, withoutUrl } from './fields.ts';
import { flatOf, nameOf } from './flat.ts';
import { leaveUnread } from './unread.ts';
import type { Flat, Section } from './flat.ts';

const ENTITIES = ['raw', 'kong', 'entities'] as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,126}$/;

/** What a Kong has when nobody says anything: of its own schemas where it was asked, of those of Kong 3 otherwise. */
export type Defaults = (entity: string) => Fields | undefined;

interface Saying {
  readonly draft: Draft;
  readonly flat: Flat;
  readonly defaults: Defaults;
  /** Names of what is in the blueprint, by section: nothing else is referred to. */
  readonly said: Map<Section, Set<string>>;
}

/** A gateway as a file of decK has it, or as the Admin API shows it. */
export const sayKong = (draft: Draft, content: JsonObject, asked: Defaults = () => undefined): Flat => {
  const flat = flatOf(content);
  const saying: Saying = { draft, flat, defaults: (entity) => asked(entity) ?? KNOWN[entity], said: new Map() };
  for (const say of [sayServices, sayUpstreams, sayConsumers, sayRoutes, sayPlugins, sayKeys, leaveOthers]) say(saying);
  leaveUnread(draft, content, flat);
  warnOf(saying);
  return flat;
};

/** The realm of Keycloak whose tokens the gateway has keys for. */
export const issuerRealm = (content: JsonObject): { readonly url: string; readonly realm: string } | undefined => {
  const issuers = flatOf(content).jwt_secrets.flatMap(({ key }) => /^(https?:\/\/[^\s]+)\/realms\/([A-Za-z0-9][A-Za-z0-9._-]{0,62})$/.exec(textOf(key) ?? '') ?? []);
  const [, url, realm] = issuers;
  return url === undefined || realm === undefined || realm === 'master' ? undefined : { url, realm };
};

const KNOWN: Readonly<Record<string, Fields>> = { services: kong.service.fields, routes: kong.route.fields, upstreams: kong.upstream.fields, targets: kong.target.fields, consumers: kong.consumer.fields, plugins: kong.plugin.fields };

const put = ({ draft, said }: Saying, section: Section, name: string, fields: Readonly<Record<string, unknown>>): void => {
  if (!NAME.test(name)) return draft.leave(`${section} ${name}`, 'a blueprint takes names of letters, digits and . _ ~ - there');
  if (said.get(section)?.has(name)) draft.leave(`${section} ${name}`, 'it is there more than once: the last is what the blueprint says');
  said.set(section, (said.get(section) ?? new Set()).add(name));
  draft.put([...ENTITIES, section, name], fields);
};
const isSaid = ({ said }: Saying, section: Section, name: unknown): boolean => typeof name === 'string' && said.get(section)?.has(name) === true;

const NAMELESS = 'it has no name in Kong: give it one, and it can be said';

const sayServices = (saying: Saying): void => {
  for (const row of saying.flat.services) {
    const name = textOf(row.name);
    if (name === undefined) saying.draft.leave(`service to ${textOf(row.host) ?? 'somewhere'}`, NAMELESS);
    else put(saying, 'services', name, certificatesOut(saying, `service ${name}`, decided(withoutUrl(row), saying.defaults('services') ?? {}, ['name'])));
  }
};

/** Certificates have no name in Kong, and so none here. */
const certificatesOut = ({ draft }: Saying, of: string, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { client_certificate: client, ca_certificates: authorities, ...rest } = fields;
  if (client !== undefined || authorities !== undefined) draft.leave(`${of}, its certificates`, 'Kong knows them by no name');
  return rest;
};

const sayUpstreams = (saying: Saying): void => {
  for (const row of saying.flat.upstreams) {
    const name = textOf(row.name);
    if (name === undefined) continue;
    const targets = saying.flat.targets.filter((one) => one.upstream === name).flatMap((one) => (textOf(one.target) === undefined ? [] : [[String(one.target), decided(one, saying.defaults('targets') ?? {}, ['target', 'upstream'])] as const]));
    put(saying, 'upstreams', name, { ...certificatesOut(saying, `upstream ${name}`, decided(row, saying.defaults('upstreams') ?? {}, ['name'])), ...(targets.length > 0 && { targets: Object.fromEntries(targets) }) });
  }
};

const sayConsumers = (saying: Saying): void => {
  const { draft, flat } = saying;
  for (const row of flat.consumers) {
    const name = textOf(row.username);
    if (name === undefined) {
      draft.leave(`consumer ${textOf(row.custom_id) ?? '?'}`, 'it has no username');
      continue;
    }
    const of = (section: Section): readonly JsonObject[] => flat[section].filter((one) => one.consumer === name);
    const groups = of('acls').flatMap(({ group }) => textOf(group) ?? []);
    const logins = (section: Section, field: string): Readonly<Record<string, unknown>> =>
      Object.fromEntries(of(section).flatMap((one) => {
        const login = textOf(one.username);
        return login === undefined ? [] : [[login, { [field]: draft.secret(`${variableOf(name)}_${variableOf(login)}_${field.toUpperCase()}`, `consumer ${name}, ${section} ${login}`, one[field]) }] as const];
      })); // prettier-ignore
    const [basic, hmac] = [logins('basicauth_credentials', 'password'), logins('hmacauth_credentials', 'secret')];
    put(saying, 'consumers', name, {
      ...decided(row, saying.defaults('consumers') ?? {}, ['username', 'groups']),
      ...(groups.length > 0 && { acls: groups.toSorted() }),
      ...(Object.keys(basic).length > 0 && { basicauth_credentials: basic }),
      ...(Object.keys(hmac).length > 0 && { hmacauth_credentials: hmac }),
    });
    for (const section of ['keyauth_credentials', 'mtls_auth_credentials', 'oauth2_credentials'] as const)
      if (of(section).length > 0) draft.leave(`consumer ${name}, ${section}`, `${of(section).length}: Kong knows them by no name`);
    for (const one of of('jwt_secrets')) draft.leave(`consumer ${name}, jwt_secrets ${textOf(one.key) ?? '?'}`, `a key of ${textOf(one.algorithm) ?? 'HS256'} whose tokens are believed`);
  }
};

const sayRoutes = (saying: Saying): void => {
  for (const row of saying.flat.routes) {
    const name = textOf(row.name);
    const place = `${JSON.stringify(row.paths ?? row.hosts ?? row.expression ?? 'everything')}`;
    if (name === undefined) saying.draft.leave(`route of ${textOf(row.service) ?? 'no service'} for ${place}`, NAMELESS);
    else if (typeof row.service === 'string' && !isSaid(saying, 'services', row.service)) saying.draft.leave(`route ${name}`, `its service "${row.service}" is not in the blueprint`);
    else put(saying, 'routes', name, { ...(typeof row.service === 'string' && { service: row.service }), ...decided(row, saying.defaults('routes') ?? {}, ['name', 'service']) });
  }
};

const PLACES = [['service', 'services'], ['route', 'routes'], ['consumer', 'consumers']] as const; // prettier-ignore

/** Where a plugin runs, in words. */
export const placeOf = (row: JsonObject): string => [...PLACES.map(([field]) => field), 'consumer_group'].flatMap((field) => (typeof row[field] === 'string' ? [`${field} ${row[field] === '' ? 'without a name' : row[field]}`] : [])).join(' and ') || 'everything';

const sayPlugins = (saying: Saying): void => {
  for (const row of saying.flat.plugins) {
    const [name, instance] = [textOf(row.name) ?? '?', textOf(row.instance_name)];
    const address = `plugin ${name} on ${placeOf(row)}`;
    if (isObject(row.ordering) && Object.keys(row.ordering).length > 0) saying.draft.leave(`${address}, ordering`, 'before and after which others it runs is not said by a blueprint');
    const missing = PLACES.find(([field, section]) => typeof row[field] === 'string' && !isSaid(saying, section, row[field]));
    if (instance === undefined) saying.draft.leave(address, 'it has no instance_name: give it one, and it can be said');
    else if (missing || row.consumer_group !== undefined && row.consumer_group !== null) saying.draft.leave(address, missing ? `its ${missing[0]} is not in the blueprint` : 'it is for a group of consumers');
    else {
      const places = Object.fromEntries(PLACES.flatMap(([field]) => (typeof row[field] === 'string' ? [[field, row[field]] as const] : [])));
      const known = saying.defaults(`plugins/${name}`) ?? { config: { shape: 'record', fields: configFields(name) } };
      const { config, ...rest } = decided(row, { ...saying.defaults('plugins'), ...known }, ['name', 'instance_name', 'service', 'route', 'consumer', 'consumer_group', 'protocols', 'run_on', 'ordering']);
      put(saying, 'plugins', instance, { name, ...places, ...rest, ...(config !== undefined && { config }) });
    }
  }
};

const sayKeys = (saying: Saying): void => {
  for (const row of saying.flat.vaults) if (textOf(row.prefix)) put(saying, 'vaults', String(row.prefix), decided(row, {}, ['prefix']));
  for (const row of saying.flat.key_sets) if (textOf(row.name)) put(saying, 'key_sets', String(row.name), decided(row, {}, ['name']));
  for (const row of saying.flat.keys) {
    const name = textOf(row.name);
    if (name === undefined) saying.draft.leave(`key ${textOf(row.kid) ?? '?'}`, NAMELESS);
    else if (typeof row.set === 'string' && !isSaid(saying, 'key_sets', row.set)) saying.draft.leave(`key ${name}`, 'its set has no name');
    else put(saying, 'keys', name, { ...decided(row, {}, ['name', 'set']), ...(typeof row.set === 'string' && { set: row.set }) });
  }
};

const leaveOthers = ({ draft, flat }: Saying): void => {
  for (const row of flat.certificates) draft.leave(`certificate for ${flat.snis.filter(({ certificate }) => certificate === row.id).map((one) => nameOf(one)).join(', ') || textOf(row.id) || '?'}`, 'Kong knows it by no name'); // prettier-ignore
  if (flat.ca_certificates.length > 0) draft.leave('ca_certificates', `${flat.ca_certificates.length}: Kong knows them by no name`);
  for (const section of ['consumer_groups', 'filter_chains'] as const) for (const row of flat[section]) draft.leave(`${section} ${nameOf(row) ?? textOf(row.id) ?? '?'}`, 'no section of a blueprint says it');
};

const AUTHENTICATES = /^(jwt|key-auth|key-auth-enc|basic-auth|hmac-auth|oauth2|oauth2-introspection|openid-connect|ldap-auth|ldap-auth-advanced|mtls-auth|session|jwt-keycloak|oidc|jwt-signer|authctl-.*)$/;
/** They look at a token that another plugin has verified. */
const COMES_AFTER = /^authctl-(scope-guard|opa)$/;
const isOn = (row: JsonObject): boolean => row.enabled !== false;

const warnOf = (saying: Saying): void => {
  const { draft, flat } = saying;
  const guards = flat.plugins.filter((row) => isOn(row) && AUTHENTICATES.test(textOf(row.name) ?? ''));
  const guardsOf = (row: JsonObject): readonly JsonObject[] =>
    guards.filter(({ route, service, consumer }) => (consumer ?? null) === null && ((route ?? null) === null ? true : route === row.name) && ((service ?? null) === null ? true : service === row.service));
  for (const row of flat.routes) {
    if (!isSaid(saying, 'routes', row.name)) continue;
    const path = [...ENTITIES, 'routes', String(row.name)];
    // In no order: Kong gives its plugins by their ids.
    const standing = guardsOf(row);
    const asking = standing.filter(({ name }) => !COMES_AFTER.test(textOf(name) ?? ''));
    const jwt = asking.every(({ name }) => name === 'jwt') ? asking[0] : undefined;
    const [open] = asking.every(({ config }) => objectOf(config).anonymous) ? asking : [];
    if (standing.length === 0) draft.warn(path, 'nobody is asked who they are: no plugin that authenticates stands before it', 'Put one on the route or its service, or say that it is public');
    else if (jwt) draft.warn(path, `jwt checks neither issuer nor audience${JSON.stringify(objectOf(jwt.config).claims_to_verify ?? []).includes('exp') ? '' : ', nor whether a token has ended'}: a token for another service passes`, 'Put the token guard beside it (docs/guards.md)');
    else if (open) draft.warn(path, `${String(open.name)} lets everybody in as a consumer of its own`, 'Take anonymous away, or say that it is public');
  }
  for (const one of flat.jwt_secrets.filter(({ algorithm }) => /^HS/.test(textOf(algorithm) ?? 'HS256') ))
    if (isSaid(saying, 'consumers', one.consumer)) draft.warn([...ENTITIES, 'consumers', String(one.consumer)], `the key ${textOf(one.key) ?? ''} is of ${textOf(one.algorithm) ?? 'HS256'}: who verifies its tokens can make them`, 'Use a key pair (RS256, ES256)');
};
