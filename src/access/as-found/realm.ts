import { record } from '../../blueprint/tree.ts';
import type { Blueprint, Persona, Realm, RealmClient, Scope } from '../../blueprint/types.ts';
import { clientScope } from '../../providers/keycloak/specs/client-scope.ts';
import type { ClientScopeSpec } from '../../providers/keycloak/specs/client-scope.ts';
import { client } from '../../providers/keycloak/specs/client.ts';
import type { ClientSpec } from '../../providers/keycloak/specs/client.ts';
import { composite, defaultRoleNamed } from '../../providers/keycloak/specs/composite.ts';
import { group } from '../../providers/keycloak/specs/group.ts';
import { realm as realmSpec } from '../../providers/keycloak/specs/realm.ts';
import { role } from '../../providers/keycloak/specs/role.ts';
import { user } from '../../providers/keycloak/specs/user.ts';
import type { During, Held } from './held.ts';

/**
 * The realm as Keycloak has it. Field by field, without a spread: one that is added to the blueprint does not compile until it is said
 * whether what is live can give something by it.
 */
export const realmAsFound = ({ realm }: Blueprint, held: Held, during: During = atOnce): Realm => ({
  name: realm.name,
  tokens: realm.tokens,
  sessions: realm.sessions,
  bruteForceProtection: realm.bruteForceProtection,
  sslRequired: realm.sslRequired,
  login: realm.login,
  ...(realm.passwordPolicy !== undefined && { passwordPolicy: realm.passwordPolicy }),
  ...(realm.themes !== undefined && { themes: realm.themes }),
  ...(realm.locales !== undefined && { locales: realm.locales }),
  ...(realm.smtp !== undefined && { smtp: realm.smtp }),
  ...(realm.events !== undefined && { events: realm.events }),
  // Which levels there are decides how strongly people sign in, and not who may.
  levels: realm.levels,
  defaultRoles: during(ofTokens('default roles'), () => (held(composite, realm.name, defaultRoleNamed(realm.name))?.spec.realmRoles ?? []).filter((name) => Object.hasOwn(realm.roles, name))),
  roles: mapped(realm.roles, (one, name) => during(ofTokens(`role ${name}`), () => ({ ...one, includes: held(role, realm.name, name)?.spec.composites ?? [] }))),
  groups: mapped(realm.groups, (one, name) => during(ofTokens(`group ${name}`), () => ({ ...one, roles: held(group, realm.name, name)?.spec.realmRoles ?? [] }))),
  scopes: mapped(realm.scopes, (one, name) => during(ofTokens(`scope ${name}`), () => scopeAsFound(one, held(clientScope, realm.name, name)?.spec))),
  clients: mapped(realm.clients, (one, id) => during(ofTokens(`client ${id}`), () => clientAsFound(one, isOff(realm, held) ? undefined : held(client, realm.name, id)?.spec))),
});

/** What pieces of a realm are called. */
const ofTokens = (piece: string): string => `tokens ${piece}`;
export const isOfTokens = (piece: string): boolean => piece.startsWith('tokens ');
const atOnce: During = (_piece, make) => make();

/** Nobody gets a token of a realm that is off. One of others has settings of theirs, and is not looked at here. */
const isOff = ({ name }: Realm, held: Held): boolean => held(realmSpec, name)?.spec.enabled === false;

/** Who can sign in, and with which roles; field by field as above. */
export const personasAsFound = ({ realm, personas }: Blueprint, held: Held, during: During = atOnce): Readonly<Record<string, Persona>> =>
  record(
    Object.entries(personas).flatMap(([name, { password, otp, at, email, firstName, lastName, attributes }]) => during(ofTokens(`persona ${name}`), (): readonly (readonly [string, Persona])[] => {
      const account = held(user, realm.name, name)?.spec;
      const groups = Object.keys(realm.groups).filter((one) => held(group, realm.name, one)?.spec.members?.includes(name));
      return account === undefined || account.enabled === false || isOff(realm, held) ? [] : [
            [
              name,
              {
                password,
                ...(otp !== undefined && { otp }),
                at,
                groups,
                roles: account.realmRoles ?? [],
                attributes,
                ...(email !== undefined && { email }),
                ...(firstName !== undefined && { firstName }),
                ...(lastName !== undefined && { lastName }),
              },
            ],
          ];
    })),
  );

export const mapped = <In, Out>(items: Readonly<Record<string, In>>, change: (item: In, name: string) => Out): Readonly<Record<string, Out>> =>
  record(Object.entries(items).map(([name, item]) => [name, change(item, name)] as const));

/** The audience is what its audience mapper includes; without one the scope leads nowhere. */
const scopeAsFound = (scope: Scope, spec: ClientScopeSpec | undefined): Scope => {
  const audiences = Object.values(spec?.mappers ?? {}).flatMap((mapper) => mapper?.config?.['included.custom.audience'] ?? []);
  return { ...scope, audience: audiences.find((one) => one === scope.audience) ?? audiences[0] ?? '', roles: spec?.scopeMappings ?? [] };
};

const clientAsFound = (one: RealmClient, spec: ClientSpec | undefined): RealmClient => ({
  ...one,
  scopes: spec === undefined || spec.enabled === false || givesNone(one, spec) ? [] : [...(spec.defaultClientScopes ?? []), ...(spec.optionalClientScopes ?? [])],
  roles: spec?.serviceAccountRoles ?? [],
});

/** The grant by which its tokens are given is off: a service asks in its own name, everybody else by a sign-in. */
const givesNone = ({ type }: RealmClient, spec: ClientSpec): boolean => (type === 'service' ? spec.serviceAccountsEnabled : spec.standardFlowEnabled) === false;
