import type { Desired, Gain, Spec, Unseen } from '../../../core/resource.ts';
import type { Reach } from '../../../core/provider.ts';
import type { ServiceAccountRep, UserRep } from '../representations.ts';
import { isSeed } from '../seed.ts';
import type { Session } from '../session.ts';
import { compositesIn } from '../shipped/shape.ts';
import { client } from '../specs/client.ts';
import { defaultGroups } from '../specs/default-groups.ts';
import { group as groupType } from '../specs/group.ts';
import { role } from '../specs/role.ts';
import { user as userType } from '../specs/user.ts';
import type { UserSpec } from '../specs/user.ts';
import { plain } from '../plain.ts';
import { closureOf } from './composites.ts';
import { attributesRead } from './doors.ts';
import { groupsIn, rolesByClient } from './groups.ts';
import type { Group as AnyGroup } from './groups.ts';
import type { List } from './lists.ts';
import { pathOf, placesOf } from './role-places.ts';
import { andSoMay, effectOf, roleMatters, RULES, RULING, rules } from './rule.ts';
import { CLIENT_ROLE, found, isOfClient, listed, markOf, statedGrant, statedGroups } from './scene.ts';
import type { Scene } from './scene.ts';

type Danger = Reach['dangers'][number];

interface Group extends AnyGroup {
  /** False for one of the blueprint, at the top: the personas in it are compared. */
  readonly foreign: boolean;
}

/**
 * Who has a role of the blueprint, or one that rules the realm, and is no persona: one finding for each role, with their number. Keycloak shows it role
 * by role alone, so it is not asked of many roles by which the blueprint lets nobody in; that is said.
 */
export const holders = async (scene: Scene, session: Session, lists: List): Promise<Pick<Reach, 'dangers' | 'unseen'>> => {
  const list = <Row>(path: string, doing: string): Promise<readonly Row[]> => lists<Row>(`${session.base}${path}`, doing, 'view-users');
  const groups = groupsOf(scene);
  const { names, left } = namesThatMatter(scene, session.deciding);
  const asked = (name: string): Promise<readonly UserRep[]> =>
    Promise.all(placesOf(scene.exported, name).map((place) => list<UserRep>(`${pathOf(place)}/users?briefRepresentation=true`, `list who has the role ${name}`))).then((all) => all.flat());
  const carrying = groups.filter(({ roles }) => roles.some((one) => names.includes(one)));
  const [direct, inGroups, linked] = await Promise.all([
    // What was read of who has a role is not read again.
    Promise.all(names.map(async (name) => [name, scene.holders.get(name) ?? (await asked(name))] as const)),
    Promise.all(carrying.map(async (one) => [one, session.members.get(one.rep.id) ?? (await list<UserRep>(`/groups/${one.rep.id}/members?briefRepresentation=true`, `list who is in the group ${one.path}`))] as const)),
    linkedPersonas(scene, session, list),
  ]);
  const people = (accounts: readonly UserRep[], counts: (username: string) => boolean): readonly string[] =>
    accounts.flatMap(({ username }) => (isAccount(scene, username) || !counts(username) ? [] : [username]));
  const known = new Map([...scene.users].map(([name, one]) => [name.toLowerCase(), one]));
  const told = direct.flatMap(([name, accounts]) => {
    const all = new Set([
      ...people(accounts, (username) => !has(scene, known.get(username), name)),
      ...inGroups.filter(([one]) => one.roles.includes(name)).flatMap(([one, members]) => people(members, (username) => one.foreign || !isIn(scene, known.get(username), one.path))),
    ]);
    return all.size === 0 ? [] : [holding(scene, name, [...all].toSorted())];
  });
  return { dangers: [...told, ...groupsTold(scene, groups), ...serviceAccounts(scene, groups), ...linked], unseen: left.length === 0 ? [] : [notAsked(left)] };
};

/** Roles by which the blueprint lets nobody in, of which it is asked all the same who has them, while there are no more. */
export const OTHERS_ASKED = 10;

interface Names {
  /** Of these it is asked who has them. */
  readonly names: readonly string[];
  /** Of these it is not. */
  readonly left: readonly string[];
}

/** The roles of the blueprint, those that rule the realm, and whatever contains one of them; the role of everybody is told of itself. */
const namesThatMatter = (scene: Scene, deciding: Session['deciding']): Names => {
  const closure = closureOf(scene);
  const shown = scene.exported.roles?.client?.[RULES]?.map(({ name }) => name);
  // Without an export it is not known which rights this version has; who asks for one that is not there is told of nobody.
  const ruling = (scene.exported.clients ?? []).some(({ clientId }) => clientId === RULES) ? Object.keys(RULING).filter((name) => shown?.includes(name) ?? true).map((name) => `${RULES}/${name}`) : [];
  const containing = [...compositesIn(scene.exported).keys()].filter((name) => name !== scene.defaultRole && [...closure(name)].some((one) => roleMatters(scene, one)));
  const live = new Set((scene.exported.roles?.realm ?? []).map(({ name }) => name));
  const all = [...new Set([...[...scene.roles.keys()].filter((name) => live.has(name)), ...ruling, ...containing])];
  const decides = (name: string): boolean => [...closure(name)].some((one) => deciding.has(one) || rules(one));
  const others = all.filter((name) => !decides(name) && !scene.holders.has(name));
  const left = new Set(others.length > OTHERS_ASKED ? others : []);
  return { names: all.filter((name) => !left.has(name)), left: [...left] };
};

const notAsked = (left: readonly string[]): Unseen => ({
  target: 'keycloak',
  what: `who has ${left.length} roles by which this blueprint lets nobody in: ${listed(left.toSorted())}`,
  why: `no route, scope, policy or persona asks for them, and it takes a request for each of more than ${OTHERS_ASKED}`,
});

const holding = (scene: Scene, name: string, who: readonly string[]): Danger => {
  const closure = closureOf(scene)(name);
  const matter = [...closure].filter((one) => one !== name && roleMatters(scene, one) && !scene.roles.has(name));
  const [subject, has] = who.length === 1 ? ['1 account', 'has'] : [`${who.length} accounts`, 'have'];
  const brings = rules(name) ? andSoMay([name]) : matter.length > 0 ? `, and with it ${listed(matter)}` : '';
  return found(scene, isOfClient(scene, name) ? CLIENT_ROLE : role.kind, name, {
    effect: effectOf(scene, closure) ?? 'opens',
    what: `${subject} beyond the personas ${has} the role ${name}${brings}${who.length <= 3 ? ` (${who.join(', ')})` : ''}`,
    hint: 'Keycloak lists them under the role, and under the groups that carry it: take it away, declare them as personas, or accept it',
    field: 'holders',
    held: who,
    ...gaining(scene, [name], { people: who }),
    ...markOf(who),
    origin: scene.roles.get(name)?.origin,
  });
};

/** The roles of the blueprint that others bring; nothing where one rules the realm, with which everything can be had. */
const gaining = (scene: Scene, names: readonly string[], holders: Extract<Gain, { readonly role: string }>['holders']): { readonly gains?: readonly Gain[] } => {
  const closure = closureOf(scene);
  const all = new Set(names.flatMap((name) => [...closure(name)]));
  if (effectOf({ roles: new Map() }, all) === 'opens') return {};
  // What a role of the blueprint contains comes with it, wherever it is counted.
  const ours = [...all].filter((name) => scene.roles.has(name));
  const direct = ours.filter((name) => names.includes(name) || !ours.some((other) => other !== name && closure(other).has(name)));
  return { gains: direct.map((role) => ({ role, holders })) };
};

/** Whether it is the blueprint's word that an account has a role directly: what a persona has is compared, the roles of clients apart. */
const has = (scene: Scene, account: Desired<UserSpec> | undefined, name: string): boolean => {
  if (account === undefined) return false;
  const { realmRoles, clientRoles: ofClients } = account.spec;
  if (isOfClient(scene, name)) return rolesByClient(presentIn(ofClients)).includes(name);
  return !isSeed(account) || realmRoles?.includes(name) === true;
};

/** Whether it is the blueprint's word that an account is in a group: of one that says who is in it, personas are compared. */
const isIn = (scene: Scene, account: Desired<UserSpec> | undefined, path: string): boolean => {
  if (account === undefined) return false;
  return isSeed(account) ? account.spec.groups?.includes(path) === true : scene.groups.get(path.slice(1))?.spec.members !== undefined;
};

const presentIn = (byClient: Readonly<Record<string, readonly string[] | null>> | null | undefined): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(byClient ?? {}).map(([owner, names]) => [owner, names ?? []]));

const groupsOf = (scene: Scene): readonly Group[] => groupsIn(scene.exported).map((one) => ({ ...one, foreign: !scene.groups.has(one.path.slice(1)) }));

/** Groups of which everybody who joins has a role that matters, and those that everybody joins. */
const groupsTold = (scene: Scene, groups: readonly Group[]): readonly Danger[] => {
  const closure = closureOf(scene);
  const mattering = (roles: readonly string[]): readonly string[] => [...new Set(roles)].filter((name) => [...closure(name)].some((one) => roleMatters(scene, one)));
  const ruling = (names: readonly string[]): boolean => names.some((name) => [...closure(name)].some(rules));
  const joined = scene.stated.get(defaultGroups.address(scene.name));
  const said: readonly string[] = joined !== undefined && defaultGroups.is(joined) ? joined.spec.groups : [];
  const everybody = new Set((scene.exported.defaultGroups ?? []).filter((path) => !said.includes(path)));
  const read = attributesRead(scene);
  return groups.flatMap(({ rep, path, roles, foreign }) => {
    const said = foreign ? Object.keys(rep.attributes ?? {}).filter((one) => read.has(one)).toSorted() : [];
    const stated = rolesByClient(presentIn(scene.groups.get(path.slice(1))?.spec.clientRoles));
    const own = mattering(foreign ? [...(rep.realmRoles ?? []), ...rolesByClient(rep.clientRoles)] : rolesByClient(rep.clientRoles).filter((one) => !stated.includes(one)));
    const all = mattering(roles);
    const name = path.slice(1);
    return [
      ...(said.length > 0
        ? [
            found(scene, groupType.kind, name, {
              effect: 'weakens',
              what: `tokens of who is in the group ${name} say what stands in its ${listed(said)}`,
              hint: 'take the attribute from the group in Keycloak, or accept it',
              field: 'attributes',
              held: plain(said.map((one) => [one, ...(rep.attributes?.[one] ?? [])])),
            }),
          ]
        : []),
      ...(own.length > 0
        ? [
            found(scene, groupType.kind, name, {
              effect: foreign && !ruling(own) ? 'weakens' : (effectOf(scene, own.flatMap((one) => [...closure(one)])) ?? 'opens'),
              what: `who is in the group ${name} has ${listed(own)}`,
              hint: 'take the role from the group in Keycloak, or accept it',
              field: foreign ? 'realmRoles' : 'clientRoles',
              held: own.toSorted(),
              origin: scene.groups.get(path.slice(1))?.origin,
            }),
          ]
        : []),
      ...(everybody.has(path) && all.length > 0
        ? [
            found(scene, scene.realm.kind, '', {
              effect: effectOf(scene, all.flatMap((one) => [...closure(one)])) ?? 'opens',
              what: `every new account joins the group ${name}, and so has ${listed(all)}`,
              hint: 'take it out of the default groups of the realm in Keycloak, or accept it',
              field: 'defaultGroups',
              held: { name, roles: all.toSorted() },
              ...gaining(scene, all, 'everybody'),
            }),
          ]
        : []),
    ];
  });
};

const isAccount = (scene: Scene, username: string): boolean => (scene.exported.users ?? []).some((one) => one.username === username) || (!scene.whole && username.startsWith('service-account-'));

/** What Keycloak gives to the account of a client that has authorization services: it may make resources of its own, where the settings let it. */
const OF_AUTHORIZATION = 'uma_protection';
const decides = (stated: { readonly spec: Spec } | undefined): boolean => stated?.spec.authorizationServicesEnabled === true;

/** What clients may do with their own accounts: rule the realm, or, of the blueprint's, more than it gives them. */
const serviceAccounts = (scene: Scene, groups: readonly Group[]): readonly Danger[] => {
  const closure = closureOf(scene);
  return (scene.exported.users ?? []).flatMap((account: ServiceAccountRep) => {
    const owner = account.serviceAccountClientId;
    if (owner === undefined || owner === scene.login) return [];
    const stated = scene.clients.get(owner);
    const byGroups = groups.filter(({ path }) => account.groups?.includes(path) && !statedGroups(scene, owner).includes(path)).flatMap(({ roles }) => roles);
    const realmRoles = (account.realmRoles ?? []).filter((name) => name !== scene.defaultRole);
    const beyond = [...new Set([...rolesByClient(account.clientRoles).filter((name) => !statedGrant(scene, 'account', owner).includes(name) && !(name === `${owner}/${OF_AUTHORIZATION}` && decides(stated) && closure(name).size === 1)), ...byGroups, ...(stated ? [] : realmRoles)])];
    const ruling = beyond.filter((name) => [...closure(name)].some(rules));
    const gained = stated ? beyond.filter((name) => roleMatters(scene, name) && !ruling.includes(name)) : [];
    const others = stated ? beyond.filter((name) => !ruling.includes(name) && !gained.includes(name)) : [];
    if (ruling.length + gained.length + others.length === 0) return [];
    return [
      found(scene, client.kind, owner, {
        effect: effectOf(scene, [...ruling, ...gained].flatMap((name) => [...closure(name)])) ?? 'weakens',
        what: ruling.length > 0 ? `the account of ${owner} has ${listed(ruling)}${andSoMay(ruling.flatMap((name) => (rules(name) ? [name] : [...closure(name)])))}` : `the account of ${owner} has ${listed([...gained, ...others])} beyond what the blueprint says`,
        hint: 'take the role from its service account in Keycloak, or accept it',
        field: 'serviceAccountRoles',
        held: beyond.toSorted(),
        ...(ruling.length === 0 && gaining(scene, gained, { client: owner })),
        origin: stated?.origin,
      }),
    ];
  });
};

/** Personas that somebody signs in as who is known to another server; asked only where there is one. */
const linkedPersonas = async (scene: Scene, session: Session, list: <Row>(path: string, doing: string) => Promise<readonly Row[]>): Promise<readonly Danger[]> => {
  if ((scene.exported.identityProviders ?? []).length === 0) return [];
  const snapshot = await session.snapshot();
  const linked = await Promise.all(
    (snapshot?.users ?? []).map(async (account) => {
      const name = session.persona(account.username)?.name ?? account.username;
      const stated = scene.users.get(name);
      if (stated === undefined) return [];
      const links = await list<{ readonly identityProvider?: string; readonly userName?: string }>(`/users/${account.id}/federated-identity?briefRepresentation=true`, `list at which servers ${name} is known`);
      return links.map(({ identityProvider = '', userName = '' }) =>
        found(scene, userType.kind, name, {
          effect: 'opens',
          what: `who is "${userName}" at the identity provider ${identityProvider} signs in as ${name}`,
          hint: 'take the link away in Keycloak, or accept it',
          field: `federatedIdentities.${identityProvider}`,
          held: { identityProvider, userName },
          origin: stated.origin,
        }),
      );
    }),
  );
  return linked.flat();
};
