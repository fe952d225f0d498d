import { effects } from '../../../core/resource.ts';
import type { Danger, Effect, Unseen } from '../../../core/resource.ts';
import type { PartialExport, UserRep } from '../representations.ts';
import { defaultRoleOf } from '../representations.ts';
import type { Session } from '../session.ts';
import { compositesIn } from '../shipped/shape.ts';
import { closureIn } from './composites.ts';
import { groupsIn, rolesByClient } from './groups.ts';
import type { Group } from './groups.ts';
import type { List } from './lists.ts';
import { publishedIn } from './keys.ts';
import { waysIntoMaster } from './master.ts';
import { pathOf, placesOf } from './role-places.ts';
import { RULING } from './rule.ts';
import { ADMINISTRATORS, found, listed } from './scene.ts';
import type { Scene } from './scene.ts';

/** The realm whose people rule the server, and every realm of it. */
const MASTER = 'master';
const BRIEF = 'briefRepresentation=true';

/** The login of authctl, which is one of them. */
export interface Login {
  readonly realm: string;
  readonly clientId: string;
}
interface Told {
  readonly dangers: readonly Danger[];
  readonly unseen: readonly Unseen[];
}

/**
 * Who rules this realm from the realm `master`: whoever has its role `admin`, or a right of the client that stands for this realm or for `master` there,
 * directly or by another role or a group. Every server has some, so they are a number, to be accepted once; authctl's own login is not counted.
 */
export const administrators = async (scene: Scene, login: Login, { admin }: Pick<Session, 'admin'>, list: List): Promise<Told> => {
  const who = `who rules realm "${scene.name}" from realm "${MASTER}"`;
  if (scene.name === MASTER) return { dangers: [], unseen: [] };
  if (login.realm !== MASTER) return { dangers: [], unseen: [{ target: 'keycloak', what: who, why: `this login is of realm "${login.realm}"` }] };
  const ask: Ask = (path) => list(`/${MASTER}${path}`, `list ${who}`, `view-users of realm "${MASTER}"`);
  const own = `service-account-${login.clientId}`.toLowerCase();
  const [exported, people, published] = await Promise.all([admin.exportRealm<PartialExport>(MASTER), ask<UserRep>(`/users?${BRIEF}&first=0&max=1`), publishedIn({ admin }, `/${MASTER}`)]);
  if (exported === 'forbidden' || exported === undefined) {
    const others = (await byLists(scene, ask)).filter(({ username }) => username !== own).map(({ username }) => username);
    const why = `this login may not export realm "${MASTER}" (manage-realm)`;
    return { dangers: tellHolders(scene, others, 'opens'), unseen: [{ target: 'keycloak', what: `${who} by a role that contains another, by a client's account, or by another way to sign in there`, why }] };
  }
  const master = rightsIn(scene, exported);
  const held = [...accountsOfClients(exported, master, own), ...(people.length > 0 ? await heldByPeople(exported, master, ask) : [])].filter(({ who: username }) => username !== own);
  const [change, read] = (['opens', 'exposes'] as const).map((effect) => [...new Set(held.filter((one) => one.effect === effect).map((one) => one.who))]);
  return {
    dangers: [
      ...tellHolders(scene, change ?? [], 'opens'),
      ...tellHolders(scene, (read ?? []).filter((name) => !change?.includes(name)), 'exposes'),
      ...givenToEverybody(scene, exported, master),
      ...waysIntoMaster(scene, exported, { login: login.clientId, gives: master.effectOf, published }),
    ],
    unseen: [],
  };
};

type Ask = <Row>(path: string) => Promise<readonly Row[]>;

const tellHolders = (scene: Scene, accounts: readonly string[], effect: 'opens' | 'exposes'): readonly Danger[] => {
  const who = [...new Set(accounts)].toSorted();
  if (who.length === 0) return [];
  const does = effect === 'opens' ? 'change everything here, or part of it' : 'read what there is of people here';
  return [
    found(scene, ADMINISTRATORS, '', {
      effect,
      what: `${who.length === 1 ? '1 account' : `${who.length} accounts`} of realm "${MASTER}" may ${does}${who.length <= 3 ? ` (${who.join(', ')})` : ''}`,
      hint: `Keycloak lists them in realm "${MASTER}" under the role admin, and under the roles of the client ${scene.name}-realm: take the role away, or accept it`,
      field: effect === 'opens' ? 'holders' : 'readers',
      held: who,
    }),
  ];
};

/** Rights over this realm, by the names that `master` has for them. */
interface Rights {
  /** What having a role of `master` does here, by all that it contains. */
  readonly effectOf: (names: readonly string[]) => Effect | undefined;
  /** Every role with which something can be done here. */
  readonly roles: readonly string[];
  readonly groups: readonly Group[];
}

const rightsIn = (scene: Scene, exported: PartialExport): Rights => {
  const closure = closureIn(exported);
  const rights = new Map<string, Effect>([
    ['admin', 'opens'],
    // Who rules `master` makes administrators; who only reads there reads nobody here.
    ...Object.entries(RULING).flatMap(([name, { effect }]) => [[`${scene.name}-realm/${name}`, effect] as const, ...(effect === 'opens' ? [[`${MASTER}-realm/${name}`, effect] as const] : [])]),
  ]);
  const effectOf = (names: readonly string[]): Effect | undefined => {
    const all = names.flatMap((name) => [...closure(name)].flatMap((one) => rights.get(one) ?? []));
    return effects.find((effect) => all.includes(effect));
  };
  return { effectOf, roles: [...compositesIn(exported).keys()].filter((name) => name !== defaultRoleOf(exported) && effectOf([name]) !== undefined), groups: groupsIn(exported) };
};

interface Holder {
  readonly who: string;
  readonly effect: Effect;
}
const holding = (who: string, effect: Effect | undefined): readonly Holder[] => (effect === undefined ? [] : [{ who, effect }]);

/** Accounts of clients: no list of people shows them, and the export shows all of them. */
const accountsOfClients = ({ users = [], defaultRole }: PartialExport, { effectOf, groups }: Rights, own: string): readonly Holder[] =>
  users.flatMap((account) => {
    if (account.username === own) return [];
    const byGroups = groups.filter(({ path }) => account.groups?.includes(path)).flatMap(({ roles }) => roles);
    return holding(account.username, effectOf([...(account.realmRoles ?? []).filter((name) => name !== defaultRole?.name), ...rolesByClient(account.clientRoles), ...byGroups]));
  });

const heldByPeople = async (exported: PartialExport, { effectOf, roles, groups }: Rights, ask: Ask): Promise<readonly Holder[]> => {
  const all = await Promise.all([
    ...roles.flatMap((name) => placesOf(exported, name).map(async (place) => [effectOf([name]), await ask<UserRep>(`${pathOf(place)}/users?${BRIEF}`)] as const)),
    ...groups.filter((one) => effectOf(one.roles) !== undefined).map(async (one) => [effectOf(one.roles), await ask<UserRep>(`/groups/${one.rep.id}/members?${BRIEF}`)] as const),
  ]);
  return all.flatMap(([effect, accounts]) => accounts.flatMap(({ username }) => holding(username, effect)));
};

/** What every account of `master` has, and who may make one. */
const givenToEverybody = (scene: Scene, exported: PartialExport, { effectOf, groups }: Rights): readonly Danger[] => {
  const tell = (field: string, effect: Effect, what: string, held: string): Danger =>
    found(scene, ADMINISTRATORS, '', { effect, what, hint: `set it back in realm "${MASTER}", or accept it`, field, held });
  const role = defaultRoleOf(exported);
  const inside = (compositesIn(exported).get(role) ?? []).filter((name) => effectOf([name]) !== undefined);
  const joined = groups.filter(({ path, roles }) => exported.defaultGroups?.includes(path) === true && effectOf(roles) !== undefined);
  const byRole = effectOf(inside);
  const byGroups = effectOf(joined.flatMap(({ roles }) => roles));
  return [
    ...(byRole === undefined ? [] : [tell('defaultRole', byRole, `every account of realm "${MASTER}" has ${listed(inside)}, by the role ${role}, and so a right over this realm`, inside.toSorted().join())]),
    ...(byGroups === undefined ? [] : [tell('defaultGroups', byGroups, `every new account of realm "${MASTER}" joins ${listed(joined.map(({ path }) => path.slice(1)))}, and so has a right over this realm`, joined.map(({ path }) => path).join())]),
    ...(exported.registrationAllowed === true
      ? [tell('registrationAllowed', byRole ?? byGroups ?? 'weakens', `anybody makes an account in realm "${MASTER}", which rules every other${byRole || byGroups ? ', with a right over this realm' : ''}`, String(byRole ?? byGroups))]
      : []),
  ];
};

/** What lists show of it, where this login may not export `master`. */
const byLists = async (scene: Scene, ask: Ask): Promise<readonly UserRep[]> => {
  const [direct, groups, [here]] = await Promise.all([
    ask<UserRep>(`/roles/admin/users?${BRIEF}`),
    ask<{ readonly id: string }>(`/roles/admin/groups?${BRIEF}`),
    ask<{ readonly id: string; readonly clientId: string }>(`/clients?clientId=${encodeURIComponent(`${scene.name}-realm`)}`),
  ]);
  const others = await Promise.all([
    ...groups.map(({ id }) => ask<UserRep>(`/groups/${id}/members?${BRIEF}`)),
    ...(here ? OPENING.map((role) => ask<UserRep>(`/clients/${here.id}/roles/${role}/users?${BRIEF}`)) : []),
  ]);
  return [...direct, ...others.flat()];
};

/** `realm-admin` is a role of the realm's own client alone. */
const OPENING = Object.keys(RULING).filter((name) => name !== 'realm-admin' && RULING[name]?.effect === 'opens');
