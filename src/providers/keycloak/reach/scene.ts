import { FIXTURE_MARK, isFixtureName } from '../../../core/fixture.ts';
import type { Position } from '../../../core/problem.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Address, Danger, Desired, Effect, Gain, Live, Spec, SpecValue } from '../../../core/resource.ts';
import { seenOf } from '../../../core/seen.ts';
import type { Snapshot } from '../held.ts';
import type { AuthorizationRep, ComponentRep, PartialExport } from '../representations.ts';
import { defaultRoleOf } from '../representations.ts';
import { shippedWith } from '../shipped/index.ts';
import type { Shipped } from '../shipped/shape.ts';
import { clientRole } from '../specs/client-role.ts';
import type { ClientRoleSpec } from '../specs/client-role.ts';
import { clientScope } from '../specs/client-scope.ts';
import type { ClientScopeSpec } from '../specs/client-scope.ts';
import { client } from '../specs/client.ts';
import { component } from '../specs/component.ts';
import type { ClientSpec } from '../specs/client.ts';
import { composite } from '../specs/composite.ts';
import type { CompositeSpec } from '../specs/composite.ts';
import { grant } from '../specs/grant.ts';
import type { GrantedTo } from '../specs/grant.ts';
import { group } from '../specs/group.ts';
import type { GroupSpec } from '../specs/group.ts';
import { nameIn } from '../specs/id.ts';
import type { MapperSpec } from '../specs/mapper.ts';
import { realm as realmType } from '../specs/realm.ts';
import type { RealmSpec } from '../specs/realm.ts';
import { role } from '../specs/role.ts';
import type { RoleSpec } from '../specs/role.ts';
import { user } from '../specs/user.ts';
import type { UserSpec } from '../specs/user.ts';
import { audienceOf, claimIn } from './mappers.ts';
import type { judged } from './mappers.ts';
import { placesOf } from './role-places.ts';
import { roleMatters } from './rule.ts';

type ByName<S extends Spec> = ReadonlyMap<string, Desired<S>>;

/** One realm, what the blueprint asks of it, and what Keycloak ships in every realm: what every way to a token is worked out from. */
export interface Scene {
  readonly name: string;
  readonly realm: Desired<RealmSpec>;
  readonly clients: ByName<ClientSpec>;
  readonly scopes: ByName<ClientScopeSpec>;
  readonly roles: ByName<RoleSpec>;
  readonly groups: ByName<GroupSpec>;
  readonly users: ByName<UserSpec>;
  /** Roles that clients define, by `<client>/<role>`. */
  readonly clientRoles: ByName<ClientRoleSpec>;
  /** What realm roles contain beyond what they state themselves. */
  readonly composites: ByName<CompositeSpec>;
  /** Everything that the blueprint states, by address. */
  readonly stated: ReadonlyMap<Address, Desired>;
  readonly live: readonly Live[];
  readonly exported: PartialExport;
  /** False where this login may not export: then only lists were read. */
  readonly whole: boolean;
  readonly shipped: Shipped;
  /** False where what is compared with was recorded from another version. */
  readonly sameVersion: boolean;
  /** What services take tokens for. */
  readonly audiences: ReadonlySet<string>;
  /** Claims that the blueprint's own mappers write. */
  readonly claims: ReadonlySet<string>;
  readonly defaultRole: string;
  /** What Keycloak decides for clients that have authorization services on, by clientId. */
  readonly authorization: ReadonlyMap<string, AuthorizationRep>;
  /** Who has a realm role directly, where that was read already. */
  readonly holders: Snapshot['holders'];
  /** The client of `targets.keycloak.credentials`, when it lives in this realm: authctl's own. */
  readonly login: string | undefined;
}

export const sceneOf = (snapshot: Snapshot, desired: readonly Desired[], live: readonly Live[], login: string | undefined): Scene | undefined => {
  const realm = desired.find(realmType.is);
  if (realm === undefined) return undefined;
  const scopes = byName(desired.filter(clientScope.is));
  const clients = byName(desired.filter(client.is));
  const exported: PartialExport = snapshot.exported ?? { ...snapshot.realm, roles: { realm: snapshot.roles }, clientScopes: snapshot.scopes };
  const { shipped, same } = shippedWith(snapshot.realm.keycloakVersion);
  return {
    name: realm.id,
    realm,
    clients,
    scopes,
    roles: byName(desired.filter(role.is)),
    groups: byName(desired.filter(group.is)),
    users: byName(desired.filter(user.is)),
    clientRoles: new Map(desired.filter(clientRole.is).map((one) => [`${one.spec.client}/${one.spec.name}`, one])),
    composites: byName(desired.filter(composite.is)),
    stated: new Map(desired.map((one) => [addressOf(one), one])),
    live,
    // The list of clients shows what the export hides.
    exported: { ...exported, clients: snapshot.clients },
    whole: snapshot.exported !== undefined,
    shipped,
    sameVersion: same,
    audiences: new Set([...scopes.values(), ...clients.values()].flatMap(({ spec }) => Object.values(spec.mappers ?? {}).flatMap((mapper) => audienceOf(mapper) ?? []))),
    claims: new Set([...scopes.values(), ...clients.values()].flatMap(({ spec }) => Object.values(spec.mappers ?? {}).flatMap((mapper) => claimIn(mapper?.config?.['claim.name']) || []))),
    defaultRole: defaultRoleOf(snapshot.realm),
    // The list of clients does not show it.
    authorization: new Map((snapshot.exported?.clients ?? []).flatMap(({ clientId, authorizationSettings: held }) => (held ? [[clientId, held] as const] : []))),
    holders: snapshot.holders,
    login,
  };
};

const byName = <S extends Spec>(objects: readonly Desired<S>[]): ByName<S> => new Map(objects.map((object) => [nameIn(object.id), object]));

interface Finding {
  readonly effect: Effect;
  readonly what: string;
  readonly hint: string;
  readonly field?: string;
  /** All that was looked at. */
  readonly held?: SpecValue;
  /** The line of the realm unless stated. */
  readonly origin?: Position | undefined;
  /** Who can do what by it. */
  readonly gains?: readonly Gain[];
  readonly gives?: readonly string[];
  readonly tags?: readonly string[];
}

/** What a run of verify holds for a while is told as such: the run itself leaves it out. */
export const markOf = (names: readonly string[]): { readonly tags?: readonly string[] } => (names.every(isFixtureName) ? { tags: [...new Set([FIXTURE_MARK, ...names])] } : {});

export const found = (scene: Scene, kind: string, name: string, { held, origin, ...finding }: Finding): Danger => ({
  kind,
  id: name === '' ? scene.name : `${scene.name}/${name}`,
  origin: origin ?? scene.realm.origin,
  ...(held !== undefined && { seen: seenOf(held) }),
  ...finding,
});

/** Kinds of things that decide about a token, whether or not authctl makes any of them, and that decide about a token all the same. */
export const FLOW = 'keycloak.flow';
export const FEDERATION = 'keycloak.user-federation';
export const KEY = 'keycloak.key';
export const REGISTRATION_POLICY = 'keycloak.registration-policy';
export const PROFILE = 'keycloak.user-profile';
export const REQUIRED_ACTION = 'keycloak.required-action';
export const CLIENT_ROLE = clientRole.kind;
export const INITIAL_ACCESS = 'keycloak.initial-access-token';
export const WORKFLOW = 'keycloak.workflow';
export const ADMINISTRATORS = 'keycloak.administrators';

/** Roles of clients (`app/reader`) that the blueprint gives to an account, or to tokens. */
export const statedGrant = (scene: Scene, to: GrantedTo, name: string): readonly string[] => {
  const one = scene.stated.get(grant.address(scene.name, to, name));
  return one !== undefined && grant.is(one) ? Object.entries(one.spec.clientRoles).flatMap(([owner, names]) => (names ?? []).map((role) => `${owner}/${role}`)) : [];
};

/** Paths of the groups that the blueprint puts the account of a client into. */
export const statedGroups = (scene: Scene, name: string): readonly string[] => {
  const one = scene.stated.get(grant.address(scene.name, 'account', name));
  return one !== undefined && grant.is(one) ? (one.spec.groups ?? []) : [];
};

/** A component that the blueprint states: every field of it is compared. One that merely has the name of it is not. */
export const isStated = (scene: Scene, { id }: ComponentRep): boolean =>
  id !== undefined && scene.live.some((one) => one.kind === component.kind && isHeld(one.ref, id) && scene.stated.has(addressOf(one)));
const isHeld = (ref: unknown, id: string): boolean => typeof ref === 'object' && ref !== null && 'id' in ref && ref.id === id;

/** A role of a client, and none of the realm. */
export const isOfClient = ({ exported }: Scene, name: string): boolean => placesOf(exported, name).every(({ client }) => client !== undefined);

/** The client scopes that tokens of this blueprint's clients may carry, by the clients that have them. */
export const scopesInUse = (scene: Scene): ReadonlyMap<string, readonly string[]> => {
  const used = new Map<string, string[]>();
  for (const { clientId, defaultClientScopes = [], optionalClientScopes = [] } of scene.exported.clients ?? [])
    if (scene.clients.has(clientId))
      for (const name of [...defaultClientScopes, ...optionalClientScopes]) {
        const having = used.get(name);
        if (having === undefined) used.set(name, [clientId]);
        else having.push(clientId);
      }
  return used;
};

/** What it takes to judge a mapper here. */
export const judging = (scene: Scene): Parameters<typeof judged>[1] => ({ audiences: scene.audiences, claims: scene.claims, matters: (one) => roleMatters(scene, one) });

export const mappersOf = (spec: Spec | undefined): Readonly<Record<string, MapperSpec>> =>
  // A shape holds mappers as `mapperSpecs` makes them.
  (spec?.mappers ?? {}) as Readonly<Record<string, MapperSpec>>;

export const listed = (names: readonly string[], most = 4): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
