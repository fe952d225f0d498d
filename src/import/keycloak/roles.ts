import { closingEdges } from '../../core/circles.ts';
import { objectOf, textOf, textsOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { roleName } from '../../blueprint/declaration/names.ts';
import { defaultRoleNamed, EVERYBODYS } from '../../providers/keycloak/specs/composite.ts';
import type { Draft, Path } from '../draft.ts';
import { ENTITIES, filled, isOwnRole, objectsOf, same } from './common.ts';
import type { Importing } from './common.ts';

const NAME = new RegExp(roleName.pattern ?? '');

interface Role {
  readonly name: string;
  readonly fields: JsonObject;
  readonly ofRealm: readonly string[];
  readonly ofClients: Readonly<Record<string, readonly string[]>>;
}

const roleOf = (fields: JsonObject): readonly Role[] => {
  const name = textOf(fields.name);
  const composites = objectOf(fields.composites);
  return name === undefined
    ? []
    : [{ name, fields, ofRealm: textsOf(composites.realm).toSorted(), ofClients: Object.fromEntries(Object.entries(objectOf(composites.client)).map(([client, names]) => [client, textsOf(names).toSorted()])) }];
};

/** Names of the roles that stand in `realm.roles`. */
export const sayRoles = (importing: Importing): ReadonlySet<string> => {
  const { draft, rep, realm } = importing;
  const roles = withoutCircles(draft, objectsOf(objectOf(rep.roles).realm).flatMap(roleOf));
  const everybodys = textOf(objectOf(rep.defaultRole).name) ?? defaultRoleNamed(realm);
  const own = roles.filter(({ name }) => name !== everybodys && !EVERYBODYS.includes(name) && !name.startsWith('default-roles-'));
  const typed = typedOf(own);
  for (const role of own)
    if (typed.has(role.name)) draft.put(['realm', 'roles', role.name], filled({ description: role.fields.description, includes: role.ofRealm }));
    else draft.put([...ENTITIES, 'roles', role.name], inOwnWords(role));
  for (const role of roles.filter(({ name }) => EVERYBODYS.includes(name)))
    if (role.ofRealm.length > 0 || Object.keys(role.ofClients).length > 0) draft.leave(`role ${role.name}`, "what one of Keycloak's own roles contains beside what it always does");
  sayDefaults(importing, roles.find(({ name }) => name === everybodys), typed);
  sayClientRoles(importing);
  return typed;
};

/** Keycloak takes roles that contain each other in a circle. A blueprint has none: of each, the step that closes it is told and left out. */
const withoutCircles = (draft: Draft, roles: readonly Role[]): readonly Role[] => {
  const closing = closingEdges(new Map(roles.map(({ name, ofRealm }) => [name, ofRealm])));
  for (const { from, to, way } of closing) draft.leave(`role ${from}`, circle(from, to, way));
  return roles.map((role) => ({ ...role, ofRealm: role.ofRealm.filter((to) => !closing.some((one) => one.from === role.name && one.to === to)) }));
};
const circle = (from: string, to: string, way: readonly string[]): string =>
  from === to ? 'it contains itself, which gives nobody anything' : `it contains ${to}, and so itself (${[...way, to].join(' -> ')}): a blueprint has no circle, and who has ${from} would not have ${to} by it any more`;

/** Those that the blueprint's fields can say, with all that they contain. */
const typedOf = (roles: readonly Role[]): ReadonlySet<string> => {
  let typed = new Set(roles.filter(({ name, fields, ofClients }) => NAME.test(name) && Object.keys(ofClients).length === 0 && Object.keys(filled(objectOf(fields.attributes))).length === 0).map(({ name }) => name));
  for (;;) {
    const next = new Set(roles.filter(({ name, ofRealm }) => typed.has(name) && ofRealm.every((inside) => typed.has(inside))).map(({ name }) => name));
    if (next.size === typed.size) return next;
    typed = next;
  }
};

const inOwnWords = ({ fields, ofRealm, ofClients }: Role): Readonly<Record<string, unknown>> =>
  filled({ description: fields.description, attributes: fields.attributes, composites: filled({ realm: ofRealm, client: filled(ofClients) }) });

/** The roles that every account has: of the role itself, or of the list that older files have. */
const sayDefaults = ({ draft, rep, shipped, realm, exact }: Importing, everybody: Role | undefined, typed: ReadonlySet<string>): void => {
  const listed = textsOf(rep.defaultRoles);
  const inRole = roleOf(objectOf(rep.defaultRole))[0];
  const held = everybody ?? (inRole && Object.keys(objectOf(inRole.fields.composites)).length > 0 ? inRole : undefined);
  const more = [...(held?.ofRealm ?? []), ...listed].filter((name) => !EVERYBODYS.includes(name));
  const said = [...new Set(more.filter((name) => typed.has(name)))].toSorted();
  if (said.length > 0) draft.put(['realm', 'defaultRoles'], said);
  for (const name of more.filter((one) => !typed.has(one))) draft.leave(`default role ${name}`, 'realm.defaultRoles takes roles of realm.roles');
  if (held === undefined) return;
  const usual = Object.entries(shipped.composites).find(([name]) => name.startsWith('default-roles-'))?.[1] ?? [];
  const ofClient = (client: string): readonly string[] => usual.flatMap((one) => (one.startsWith(`${client}/`) ? [one.slice(client.length + 1)] : []));
  for (const client of new Set([...Object.keys(held.ofClients), ...usual.flatMap((one) => (one.includes('/') ? [one.slice(0, one.lastIndexOf('/'))] : []))])) {
    const names = held.ofClients[client] ?? [];
    const more = names.filter((name) => !ofClient(client).includes(name));
    // Other versions ship other ones: there, what none ships is somebody's doing.
    if (same(names, ofClient(client)) || (!exact && more.length === 0)) continue;
    if (held.name !== defaultRoleNamed(realm)) draft.leave(`default role ${client}`, 'a role of every account that is called otherwise than Keycloak calls it');
    else sayOfEverybody(draft, [...ENTITIES, 'roles', held.name, 'composites', 'client', client], names);
  }
  for (const name of EVERYBODYS.filter((one) => !held.ofRealm.includes(one))) draft.leave(`default role ${name}`, 'every new realm gives it to all accounts, and this one does not');
};

const sayOfEverybody = (draft: Draft, path: Path, names: readonly string[]): void => {
  draft.put(path, names);
  if (path.at(-1) === RULES) draft.warn(path, 'every account may do this with the realm', 'Give it to those who need it, and take it out of the list');
};
/** The client whose roles rule the realm. */
const RULES = 'realm-management';

const sayClientRoles = ({ draft, rep, shipped, realm }: Importing): void => {
  const all = Object.entries(objectOf(objectOf(rep.roles).client)).map(([client, defined]) => [client, objectsOf(defined).flatMap(roleOf)] as const);
  const ofClients = ({ ofClients: inside }: Role): readonly string[] => Object.entries(inside).flatMap(([owner, names]) => names.map((name) => `${owner}/${name}`));
  const closing = closingEdges(new Map(all.flatMap(([client, roles]) => roles.map((role) => [`${client}/${role.name}`, ofClients(role)] as const))));
  for (const { from, to, way } of closing) draft.leave(`role ${from}`, circle(from, to, way));
  for (const [client, defined] of all)
    for (const found of defined) {
      const closed = new Set(closing.flatMap(({ from, to }) => (from === `${client}/${found.name}` ? [to] : [])));
      const role = { ...found, ofClients: Object.fromEntries(Object.entries(found.ofClients).map(([owner, names]) => [owner, names.filter((name) => !closed.has(`${owner}/${name}`))])) };
      if (isOwnRole(rep, client, role.name)) continue;
      const usual = shipped.composites[`${client}/${role.name}`];
      const held = [...role.ofRealm, ...Object.entries(role.ofClients).flatMap(([inside, names]) => names.map((name) => `${inside}/${name}`))];
      const builtIn = Object.hasOwn(shipped.clients, client) || client === `${realm}-realm`;
      if (usual !== undefined && builtIn && same(held, usual)) continue;
      // Of roles that came with another version of Keycloak, too.
      if (builtIn && held.length === 0 && /^\$\{role_/.test(textOf(role.fields.description) ?? '')) continue;
      draft.put([...ENTITIES, 'clientRoles', client, role.name], inOwnWords(role));
    }
};
