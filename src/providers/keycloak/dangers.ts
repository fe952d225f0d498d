import type { Danger, Desired, Live, Spec } from '../../core/resource.ts';
import { defaultRoleOf } from './representations.ts';
import { clientScope } from './specs/client-scope.ts';
import type { ClientScopeSpec } from './specs/client-scope.ts';
import { client } from './specs/client.ts';
import type { ClientSpec } from './specs/client.ts';
import { nameIn } from './specs/id.ts';
import { realm as realmType } from './specs/realm.ts';
import { role } from './specs/role.ts';
import type { RoleSpec } from './specs/role.ts';

/** Clients that every realm has. Their own redirect URIs are relative (Keycloak itself), and `admin-cli` may use passwords by design. */
const BUILT_IN = ['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console'];

/** What in the realm, though nobody asked the blueprint for it, weakens what the blueprint protects. */
export const dangersOf = (desired: readonly Desired[], live: readonly Live[]): readonly Danger[] => {
  const realm = desired.find(realmType.is);
  if (realm === undefined) return [];
  const clients = byId(desired.filter(client.is));
  const scopes = byId(desired.filter(clientScope.is));
  const roles = byId(desired.filter(role.is));
  const dangers = ({ kind, id }: Live, stated: Desired | undefined, told: readonly Told[]): readonly Danger[] =>
    told.map(([what, hint]) => ({ kind, id, effect: 'weakens', what, hint, origin: (stated ?? realm).origin }));
  return live.flatMap((object) => {
    if (client.is(object)) {
      const stated = clients.get(object.id);
      return dangers(object, stated, [...clientDangers(object, stated), ...extraMappers(object, stated)]);
    }
    if (clientScope.is(object)) return dangers(object, scopes.get(object.id), extraMappers(object, scopes.get(object.id)));
    if (role.is(object) && !roles.has(object.id))
      return dangers(object, undefined, roleDangers(object, realm.id, (name) => roles.has(role.id(realm.id, name))));
    return [];
  });
};

const byId = <S extends Spec>(objects: readonly Desired<S>[]): ReadonlyMap<string, Desired<S>> =>
  new Map(objects.map((object) => [object.id, object]));

type Told = readonly [what: string, hint: string];

/** A field that the blueprint states is compared as a field; these are the others. */
const clientDangers = ({ id, spec }: Live<ClientSpec>, stated: Desired<ClientSpec> | undefined): readonly Told[] => {
  const owns = (field: keyof ClientSpec): boolean => stated !== undefined && field in stated.spec;
  const builtIn = BUILT_IN.includes(nameIn(id));
  if (spec.enabled === false || spec.bearerOnly || spec.protocol === 'saml') return [];
  const hint = 'narrow or disable it in Keycloak, or declare it in the blueprint';
  const redirects = spec.standardFlowEnabled || spec.implicitFlowEnabled;
  const wild = spec.redirectUris.filter((uri) => uri.includes('*') && !(builtIn && uri.startsWith('/')));
  const device = 'oauth2.device.authorization.grant.enabled';
  return [
    ...(redirects && !owns('redirectUris') ? wild.map((uri) => [`codes may be sent to any address that fits ${uri}`, hint] as const) : []),
    ...(spec.implicitFlowEnabled && !owns('implicitFlowEnabled') ? [['the implicit flow puts tokens into URLs', hint] as const] : []),
    ...(spec.directAccessGrantsEnabled && !builtIn && !owns('directAccessGrantsEnabled')
      ? [['it takes passwords directly (the password grant)', hint] as const]
      : []),
    ...(spec.attributes?.[device] === 'true' && !(device in (stated?.spec.attributes ?? {}))
      ? [['it may use the device flow, which can be phished', hint] as const]
      : []),
  ];
};

/** Mappers of an owned client or scope that the blueprint does not name: they may add an audience or a role to every token. */
const extraMappers = ({ spec }: Live<ClientSpec | ClientScopeSpec>, stated: Desired<ClientSpec | ClientScopeSpec> | undefined): readonly Told[] => {
  const wanted = stated?.spec.mappers;
  if (wanted == null) return [];
  return Object.keys(spec.mappers ?? {})
    .filter((name) => !(name in wanted))
    .map((name) => [`its mapper "${name}" adds to its tokens, and the blueprint does not name it`, 'delete the mapper in Keycloak']);
};

/** A role of others, above all the one that everybody has, that brings one of the blueprint's. */
const roleDangers = ({ id, spec }: Live<RoleSpec>, realm: string, isOurs: (name: string) => boolean): readonly Told[] => {
  const who = nameIn(id) === defaultRoleOf({ realm }) ? 'every account has it, and it' : 'it';
  return (spec.composites ?? [])
    .filter(isOurs)
    .map((name) => [`${who} contains the role "${name}"`, `take "${name}" out of it, or declare it in the blueprint`]);
};
