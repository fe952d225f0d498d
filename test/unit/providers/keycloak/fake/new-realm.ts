import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Recorded } from '../recorded/recording.ts';
import { REALM } from '../recorded/ask.ts';
import type { Body, FakeRealm } from './state.ts';

const recorded: readonly Recorded[] = JSON.parse(readFileSync(new URL('../../../../data/keycloak/recorded.json', import.meta.url), 'utf8'));
const shipped: Body = JSON.parse(readFileSync(new URL('../../../../data/keycloak/shipped.json', import.meta.url), 'utf8'));
const BESIDE = ['roles', 'components', 'authenticationFlows', 'authenticatorConfig', 'requiredActions', 'identityProviders', 'identityProviderMappers', 'clientScopeMappings'];
const FIRST = new Map<string, Body>();
for (const { request, status, body } of recorded) if (status === 200 && !FIRST.has(request)) FIRST.set(request, body as Body);
/** The first answer to a request: the realm is new then. */
const first = (request: string): Body => FIRST.get(request) as Body;

/** The fields that a client of a new realm shows, whatever it was made with. */
export const CLIENT_FIELDS = Object.keys(first(`GET /${REALM}/clients?clientId=bare`)[0]);
export const bareClient = (): Body => structuredClone(first(`GET /${REALM}/clients?clientId=bare`)[0]);
export const REALM_FIELDS = Object.keys(first(`GET /${REALM}`));
const EXPORT = `POST /${REALM}/partial-export?exportClients=true&exportGroupsAndRoles=true`;
/** What an export of a new realm says beside everything else. */
export const exportedBeside = (): Body => {
  const { keycloakVersion, defaultDefaultClientScopes, defaultOptionalClientScopes, groups } = first(EXPORT);
  return structuredClone({ keycloakVersion, defaultDefaultClientScopes, defaultOptionalClientScopes, groups });
};

const texts = new Map<string, string>();
const textOf = (request: string): string => {
  const text = texts.get(request) ?? JSON.stringify(first(request));
  texts.set(request, text);
  return text;
};

/** A realm as Keycloak makes it, by the recording, under another name and with ids of its own. */
export const newRealm = (name: string): FakeRealm => {
  const ids = new Map<string, string>();
  const own = (text: string): string =>
    text.replaceAll(REALM, name).replace(/<id \d+>/g, (label) => {
      if (!ids.has(label)) ids.set(label, randomUUID());
      return ids.get(label) ?? label;
    });
  const seed = (request: string): Body => JSON.parse(own(textOf(request)));
  const exported = seed(EXPORT);
  const roles: Body[] = exported.roles.realm;
  const clients = seed(`GET /${REALM}/clients`) as Body[];
  const defined = Object.entries<Body[]>(shipped.exported.roles.client).map(([clientId, list]) => {
    const containerId = clients.find((one) => one.clientId === clientId)?.id;
    return [clientId, list.map(({ composites, ...role }) => ({ ...structuredClone(role), id: randomUUID(), containerId, ...(composites && { client: structuredClone(composites.client) }) }))] as const;
  });
  return {
    rep: seed(`GET /${REALM}`),
    profile: seed(`GET /${REALM}/users/profile`),
    beside: { ...structuredClone(Object.fromEntries(BESIDE.map((part) => [part, shipped.exported[part]]))), roles: { client: Object.fromEntries(defined) } },
    roles: roles.map(({ composite: _worked, composites: _out, ...role }) => role),
    scopes: exported.clientScopes,
    clients,
    users: [],
    keys: Object.keys(first(`GET /${REALM}/keys`).active),
    links: new Map([
      ...roles.map(({ id, composites }) => [`roles-by-id/${id}/composites`, new Set<string>(composites?.realm)] as const),
      ...(exported.scopeMappings as Body[]).map(({ clientScope, roles: mapped }) => {
        const scope = (exported.clientScopes as Body[]).find((one) => one.name === clientScope);
        return [`client-scopes/${scope?.id}/scope-mappings/realm`, new Set<string>(mapped)] as const;
      }),
    ]),
  };
};
