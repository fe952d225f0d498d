import { beforeEach } from 'vitest';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import type { Danger } from '../../../../src/core/resource.ts';
import { applied, planned } from './applying.ts';
import { shop } from './blueprint.ts';
import { groupsOf } from './fake/groups.ts';
import { bareClient } from './fake/new-realm.ts';
import type { Body, FakeRealm } from './fake/state.ts';
import { newUser } from './fake/users.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

type Row = readonly [what: string, change: () => unknown, told: readonly string[]];
export type Rows = readonly Row[];

/** A good realm on a server of its own for each test, and what somebody does to it by hand. */
export const world = (blueprint: () => Blueprint = shop) => {
  let keycloak: FakeKeycloak;
  beforeEach(async () => {
    keycloak = fakeKeycloak();
    await applied(keycloak, blueprint());
  });
  const realm = (): FakeRealm => keycloak.realms.get(blueprint().realm.name)!;
  const found = async (): Promise<readonly Danger[]> => (await planned(keycloak, blueprint())).dangers.flatMap((change) => ('danger' in change ? [change.danger] : []));
  const client = (clientId: string): Body => realm().clients.find((one) => one.clientId === clientId)!;
  const scope = (name: string): Body => realm().scopes.find((one) => one.name === name)!;
  const mapper = (name: string, protocolMapper: string, config: Body = {}): Body => ({ name, protocol: 'openid-connect', protocolMapper, config: { 'access.token.claim': 'true', ...config } });
  return {
    keycloak: () => keycloak,
    realm,
    beside: (): Body => realm().beside,
    found,
    unseen: async () => (await planned(keycloak, blueprint())).unseen,
    /** `opens client/evil: what it does`, without the realm's own name. */
    told: async (): Promise<string[]> =>
      (await found()).map(({ kind, id, field, effect, what }) => `${effect} ${kind.replace('keycloak.', '')}/${id.replace(/^shop\/?/, '')}${field === undefined ? '' : ` ${field}`}: ${what}`).toSorted(),
    /** Only how bad it is, and of what. */
    where: async (): Promise<string[]> => (await found()).map(({ kind, id, field, effect }) => [effect, `${kind.replace('keycloak.', '')}/${id.replace(/^shop\/?/, '')}`, field].filter(Boolean).join(' ')).toSorted(),
    seen: async (): Promise<readonly (string | undefined)[]> => (await found()).map((danger) => danger.seen),
    client,
    scope,
    role: (name: string): Body => realm().roles.find((one) => one.name === name)!,
    user: (username: string): Body => realm().users.find((one) => one.username === username)!,
    foreign: (clientId: string, rep: Body = {}): Body => {
      const made = { ...bareClient(), id: `id of ${clientId}`, clientId, directAccessGrantsEnabled: false, fullScopeAllowed: false, publicClient: true, redirectUris: ['https://evil.example/cb'], ...rep };
      realm().clients.push(made);
      return made;
    },
    theirScope: (name: string, protocolMappers: readonly Body[] = []): void => void realm().scopes.push({ id: `id of ${name}`, name, protocol: 'openid-connect', attributes: {}, protocolMappers }),
    mapper,
    addMapper: (place: Body, ...args: Parameters<typeof mapper>): void => void (place.protocolMappers = [...(place.protocolMappers ?? []), mapper(...args)]),
    person: (username: string, roles: readonly string[] = [], holds: readonly string[] = [], of: FakeRealm = realm()): Body => {
      const made = newUser(of, { username, enabled: true, holds });
      for (const name of roles) of.links.get(`users/${String(made.id)}/role-mappings/realm`)!.add(name);
      return made;
    },
    group: (name: string, over: Body = {}, realmRoles: readonly string[] = [], of: FakeRealm = realm()): void => {
      groupsOf(of).push({ id: `id of ${name}`, name, attributes: {}, members: new Set(), ...over });
      of.links.set(`groups/id of ${name}/role-mappings/realm`, new Set(realmRoles));
    },
    /** Roles of a client in the scope of a client or client scope. */
    mapped: (owner: string, mapping: Body): void => {
      const all = (realm().beside.clientScopeMappings ??= {}) as Record<string, Body[]>;
      all[owner] = [...(all[owner] ?? []), mapping];
    },
    flow: (alias: string): Body => realm().beside.authenticationFlows.find((one: Body) => one.alias === alias),
    step: (authenticator: string, requirement = 'REQUIRED', over: Body = {}): Body => ({ authenticator, requirement, authenticatorFlow: false, ...over }),
    inner: (flowAlias: string, requirement = 'REQUIRED'): Body => ({ flowAlias, requirement, authenticatorFlow: true }),
    addFlow: (alias: string, steps: readonly Body[]): void => void realm().beside.authenticationFlows.push({ id: `id of ${alias}`, alias, topLevel: true, authenticationExecutions: steps }),
    idp: (over: Body = {}): void => void realm().beside.identityProviders.push({ alias: 'evil', providerId: 'oidc', enabled: true, config: {}, ...over }),
  };
};
