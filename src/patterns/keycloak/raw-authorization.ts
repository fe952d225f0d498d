import type { Json, JsonFields } from '../../blueprint/types.ts';
import { nearest } from '../../blueprint/nearest.ts';
import { Problem } from '../../core/problem.ts';
import type { Address, Desired } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import { authorizationSpec, ENTRY_FIELDS, namesIn, SETTINGS } from '../../providers/keycloak/specs/authorization.ts';
import type { AuthorizationSpec } from '../../providers/keycloak/specs/authorization.ts';
import { keycloak } from '../../providers/keycloak/specs/index.ts';
import { section } from './raw-entity.ts';
import type { Making } from './raw-entity.ts';

/** Field of a client that is an object of its own. */
export const AUTHORIZATION = 'authorizationSettings';

/** What the authorization services of clients decide by, as an export says it. */
export const authorizations = (making: Making): readonly Desired[] => {
  const { raw, realm } = making.blueprint;
  const changed = Object.entries(raw.keycloak.clients).map(([name, fields]) => [name, fields, `raw.keycloak.clients.${name}`] as const);
  return [...changed, ...section(making, 'clients')].flatMap(([name, fields, path]) => {
    const settings = fields[AUTHORIZATION];
    if (settings === undefined) return [];
    const told = new Set(making.problems);
    const service = fields.serviceAccountsEnabled === true || realm.clients[name]?.type === 'service';
    checkSettings(making, settings, { path, on: fields.authorizationServicesEnabled === true, service });
    if (!isSpec(settings) || making.problems.some((one) => !told.has(one))) return [];
    const spec = authorizationSpec(settings);
    return [keycloak.authorization.desired([realm.name, name], { spec, after: [keycloak.client.address(realm.name, name), ...namedIn(realm.name, spec)], origin: making.blueprint.at(`${path}.${AUTHORIZATION}`) })];
  });
};

/** What policies name must be there before: Keycloak drops some of it in silence. */
const namedIn = (realm: string, { policies }: AuthorizationSpec): readonly Address[] =>
  Object.values(policies ?? {}).flatMap((one) => [
    ...namesIn(one, 'roles').map((name) => (name.includes('/') ? keycloak.clientRole.address(realm, name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)) : keycloak.role.address(realm, name))),
    ...namesIn(one, 'users').map((name) => keycloak.user.address(realm, name)),
    ...namesIn(one, 'groups').map((name) => keycloak.group.address(realm, name.replace(/^\//, ''))),
    ...namesIn(one, 'clients').map((name) => keycloak.client.address(realm, name)),
    ...namesIn(one, 'clientScopes').map((name) => keycloak.clientScope.address(realm, name)),
  ]);

const ONE_OF: Readonly<Record<string, readonly string[]>> = { policyEnforcementMode: ['ENFORCING', 'PERMISSIVE', 'DISABLED'], decisionStrategy: ['UNANIMOUS', 'AFFIRMATIVE', 'CONSENSUS'], logic: ['POSITIVE', 'NEGATIVE'] };

const checkSettings = ({ blueprint, problems }: Making, settings: Json, { path, on, service }: { readonly path: string; readonly on: boolean; readonly service: boolean }): void => {
  const at = (inside = ''): ReturnType<typeof blueprint.at> => blueprint.at(`${path}.${AUTHORIZATION}${inside}`);
  const tell = (code: 'RAW_FIELD' | 'RAW_INEFFECTIVE' | 'RAW_REFUSED' | 'RAW_MISSING_FIELD' | 'RAW_UNKNOWN_FIELD', message: string, inside: string, more: { readonly hint?: string; readonly expected?: string } = {}): void => void problems.push(new Problem(code, message, { at: at(inside), ...more }));
  const unknown = (fields: JsonFields, known: readonly string[], of: string, inside: string): void => {
    for (const field of Object.keys(fields)) {
      if (known.includes(field)) continue;
      const near = nearest(field, known);
      tell('RAW_UNKNOWN_FIELD', `Keycloak knows no "${field}" of ${of}`, `${inside}.${field}`, near === undefined ? {} : { hint: `did you mean "${near}"?` });
    }
    for (const [field, words] of Object.entries(ONE_OF)) {
      const value = fields[field];
      if (known.includes(field) && value !== undefined && !(typeof value === 'string' && words.includes(value))) tell('RAW_FIELD', `"${field}" is none of its words`, `${inside}.${field}`, { expected: words.join(', ') });
    }
  };
  if (!isSpec(settings)) return tell('RAW_FIELD', `"${AUTHORIZATION}" is no mapping`, '', { expected: '{ resources, scopes, policies }' });
  if (!on) tell('RAW_INEFFECTIVE', 'Keycloak decides nothing for a client that has its authorization services off', '', { hint: 'authorizationServicesEnabled: true' });
  if (!service) tell('RAW_REFUSED', 'Keycloak refuses authorization services to a client without a service account', '', { hint: 'serviceAccountsEnabled: true' });
  unknown(settings, [...SETTINGS, ...Object.keys(ENTRY_FIELDS)], 'the authorization settings of a client', '');
  for (const [list, known] of Object.entries(ENTRY_FIELDS)) {
    const stated = settings[list];
    if (stated === undefined) continue;
    if (!Array.isArray(stated)) {
      tell('RAW_FIELD', `"${list}" is no list`, `.${list}`, { expected: `[{ ${known.slice(0, 2).join(', ')} }]` });
      continue;
    }
    const names = new Set<string>();
    for (const [place, one] of (stated as readonly Json[]).entries()) {
      const inside = `.${list}.${place}`;
      if (!isSpec(one) || typeof one.name !== 'string' || one.name === '') {
        tell('RAW_MISSING_FIELD', `number ${place + 1} of "${list}" has no name`, inside, { expected: 'name' });
        continue;
      }
      if (names.has(one.name)) tell('RAW_FIELD', `"${one.name}" is stated twice`, inside);
      names.add(one.name);
      unknown(one, known, `${list} of authorization services`, inside);
      if (list === 'policies' && (typeof one.type !== 'string' || !isSpec(one.config))) tell('RAW_MISSING_FIELD', `"${one.name}" does not say what it decides by`, inside, { expected: 'type, such as role or resource, and config' });
    }
  }
  const spec = authorizationSpec(settings);
  for (const [name, resource] of Object.entries(spec.resources ?? {}))
    for (const scope of resource?.scopes ?? []) if (!Object.hasOwn(spec.scopes ?? {}, scope)) tell('RAW_MISSING_FIELD', `the resource "${name}" has the scope "${scope}", which is not stated`, '.resources', { expected: `{ name: ${scope} } in scopes` });
};
