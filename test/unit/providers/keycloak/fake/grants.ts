import type { Answered, Ask } from '../recorded/ask.ts';
import { rolesOfClient } from './defined-roles.ts';
import { answer, linked, notFound } from './state.ts';
import type { Body, Call, FakeRealm, Resource, Route } from './state.ts';

const PLACES = { clients: 'client', 'client-scopes': 'clientScope' } as const;
const nameOf = ({ realm, params }: Call, place: keyof typeof PLACES): string | undefined => (place === 'clients' ? realm.clients.find(({ id }) => id === params.id)?.clientId : realm.scopes.find(({ id }) => id === params.id)?.name);
const mappingsOf = (realm: FakeRealm): Record<string, Body[]> => (realm.beside.clientScopeMappings ??= {});

/** Roles as they are shown where somebody has them. */
const shownByClient = (realm: FakeRealm, byClient: Readonly<Record<string, readonly string[]>>): Body =>
  Object.fromEntries(
    Object.entries(byClient).flatMap(([owner, names]) => {
      const id = realm.clients.find(({ clientId }) => clientId === owner)?.id;
      const mappings = rolesOfClient(realm, owner).flatMap(({ id: role, name, description, containerId, client }) => (names.includes(name) ? [{ id: role, name, ...(description && { description }), composite: Object.values<string[]>(client ?? {}).some((held) => held.length > 0), clientRole: true, containerId }] : []));
      return mappings.length > 0 ? [[owner, { id, client: owner, mappings }]] : [];
    }),
  );
const shownOfRealm = (realm: FakeRealm, path: string): Body[] => {
  const names = linked(realm, path);
  return realm.roles.filter(({ name }) => names.includes(name)).map(({ attributes: _hidden, client: _worked, ...role }) => ({ ...role, composite: role.id === realm.rep.defaultRole.id || linked(realm, `roles-by-id/${role.id}/composites`).length > 0 }));
};
const both = (ofRealm: Body[], ofClients: Body): Body => ({ ...(ofRealm.length > 0 && { realmMappings: ofRealm }), ...(Object.keys(ofClients).length > 0 && { clientMappings: ofClients }) });

const scoped = (place: keyof typeof PLACES): Route[] => {
  const missing = (): ReturnType<typeof notFound> => notFound(place === 'clients' ? 'Could not find client' : 'Could not find client scope');
  const change = (call: Call, then: (names: Set<string>, name: string) => void): ReturnType<typeof answer> => {
    const { realm, params } = call;
    const name = nameOf(call, place);
    const owner = realm.clients.find(({ id }) => id === params.owner)?.clientId;
    if (name === undefined || owner === undefined) return missing();
    const all = (mappingsOf(realm)[owner] ??= []);
    const entry = all.find((one) => one[PLACES[place]] === name) ?? { [PLACES[place]]: name, roles: [] };
    const names = new Set<string>(entry.roles);
    for (const role of call.body as Body[]) then(names, role.name);
    entry.roles = [...names];
    mappingsOf(realm)[owner] = [...all.filter((one) => one !== entry), ...(entry.roles.length > 0 ? [entry] : [])];
    return answer(204);
  };
  return [
    [
      `GET /${place}/:id/scope-mappings`,
      (call) => {
        const name = nameOf(call, place);
        if (name === undefined) return missing();
        const byClient = Object.fromEntries(Object.entries(mappingsOf(call.realm)).map(([owner, all]) => [owner, all.filter((one) => one[PLACES[place]] === name).flatMap(({ roles }) => roles as string[])]));
        return answer(200, both(shownOfRealm(call.realm, `${place}/${call.params.id}/scope-mappings/realm`), shownByClient(call.realm, byClient)));
      },
    ],
    [`POST /${place}/:id/scope-mappings/clients/:owner`, (call) => change(call, (names, name) => names.add(name))],
    [`DELETE /${place}/:id/scope-mappings/clients/:owner`, (call) => change(call, (names, name) => names.delete(name))],
  ];
};

const routes: readonly Route[] = [
  ...scoped('clients'),
  ...scoped('client-scopes'),
  [
    'GET /users/:id/role-mappings',
    ({ realm, params }) => {
      const byClient: Record<string, string[]> = {};
      for (const held of (realm.users.find(({ id }) => id === params.id)?.holds ?? []) as string[]) (byClient[held.slice(0, held.lastIndexOf('/'))] ??= []).push(held.slice(held.lastIndexOf('/') + 1));
      return answer(200, both(shownOfRealm(realm, `users/${params.id}/role-mappings/realm`), shownByClient(realm, byClient)));
    },
  ],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const [service] = await ask('GET', `${R}/clients?clientId=service`);
  const [account] = await ask('GET', `${R}/clients?clientId=account`);
  const role = await ask('GET', `${R}/clients/${account.id}/roles/view-groups`);
  const scope = (await ask('GET', `${R}/client-scopes`)).find(({ name }: Answered) => name === 'profile');
  const body = [{ id: role.id, name: role.name }];
  const user = await ask('GET', `${R}/clients/${service.id}/service-account-user`);
  for (const [held, given] of [[`${R}/clients/${service.id}/scope-mappings`], [`${R}/client-scopes/${scope.id}/scope-mappings`], [`${R}/users/${user.id}/role-mappings`]].map(([path]) => [path ?? '', `${path}/clients/${account.id}`] as const)) {
    await ask('GET', held);
    await ask('POST', given, { body });
    await ask('GET', held);
  }
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  for (const path of [`${R}/clients/${service.id}/scope-mappings`, `${R}/client-scopes/${scope.id}/scope-mappings`, `${R}/users/${user.id}/role-mappings`]) {
    await ask('DELETE', `${path}/clients/${account.id}`, { body });
    await ask('GET', path);
  }
};

export const resource: Resource = { routes, bare: { kind: 'keycloak.grant', path: '/shop/roles', body: { name: 'no-grant' }, id: 'shop/none' }, requests };
