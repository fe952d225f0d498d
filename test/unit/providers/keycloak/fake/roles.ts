import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import { clientRoleById, forgetClientRole, rolesOfClient } from './defined-roles.ts';
import { answer, conflict, linked, notFound, NotImplemented, onlyKnown } from './state.ts';
import type { Body, Call, FakeRealm, Resource, Route } from './state.ts';

const within = (role: Body): string => `roles-by-id/${role.id}/composites`;

/** A role as it is shown; lists of roles leave out the attributes. */
export const shownRole = (realm: FakeRealm, { attributes, client: ofClients, ...role }: Body, brief = true): Body => ({
  ...role,
  // The role that everybody has contains client roles, too, which the fake leaves as they are.
  composite: role.id === realm.rep.defaultRole.id || linked(realm, within(role)).length > 0 || Object.values<string[]>(ofClients ?? {}).some((names) => names.length > 0),
  ...(!brief && { attributes }),
});

/** A role as an export shows it, with what it contains. */
export const exportedRole = (realm: FakeRealm, role: Body): Body => {
  const contained = linked(realm, within(role));
  const shipped = role.id === realm.rep.defaultRole.id ? { account: ['view-profile', 'manage-account'] } : {};
  // What is gone is in nothing any more.
  const there = (owner: string, names: string[]): string[] => names.filter((name) => rolesOfClient(realm, owner).some((one) => one.name === name));
  const inside = Object.entries<string[]>({ ...shipped, ...role.client }).map(([owner, names]) => [owner, there(owner, names)] as const).filter(([, names]) => names.length > 0);
  const ofClients = inside.length > 0 ? { client: Object.fromEntries(inside) } : {};
  const composites = { ...(contained.length > 0 && { realm: contained }), ...ofClients };
  return { ...shownRole(realm, role, false), ...(Object.keys(composites).length > 0 && { composites }) };
};

/** The roles under a path: in a scope, of a user, inside another role. */
/** Puts a role of a client into a role, or takes it out of it. */
const ofClient = (realm: FakeRealm, link: string, id: string, then: (names: Set<string>, name: string) => void): boolean => {
  const found = clientRoleById(realm, id);
  const holder = [...realm.roles, ...Object.values<Body[]>(realm.beside.roles.client).flat()].find((role) => within(role) === link);
  if (found === undefined || holder === undefined) return false;
  const names = new Set<string>(holder.client?.[found.owner]);
  then(names, found.role.name);
  holder.client = { ...holder.client, [found.owner]: [...names] };
  return true;
};

export const linkRoutes = (path: string, link: (call: Call) => string, missing: (call: Call) => Answer | undefined, refusal: string): Route[] => {
  const change = (call: Call, then: (names: Set<string>, name: string) => void): Answer => {
    const absent = missing(call);
    if (absent) return absent;
    const names = call.realm.links.get(link(call)) ?? new Set<string>();
    call.realm.links.set(link(call), names);
    for (const { id, name } of call.body as Body[]) {
      if (ofClient(call.realm, link(call), id, then)) continue;
      if (!call.realm.roles.some((role) => role.id === id && role.name === name)) return notFound(refusal);
      then(names, name);
    }
    return answer(204);
  };
  return [
    [`POST ${path}`, (call) => change(call, (names, name) => names.add(name))],
    [`DELETE ${path}`, (call) => change(call, (names, name) => names.delete(name))],
  ];
};
export const linkedRoute = (path: string, link: (call: Call) => string, missing: (call: Call) => Answer | undefined): Route => [
  `GET ${path}`,
  (call) =>
    missing(call) ??
    answer(
      200,
      linked(call.realm, link(call)).map((name) => shownRole(call.realm, call.realm.roles.find((role) => role.name === name) ?? {})),
    ),
];

const named = ({ realm, params }: Call): Body | undefined => realm.roles.find(({ name }) => name === params.name);
const noRole = (call: Call): Answer | undefined => (named(call) ? undefined : notFound('Could not find role'));
const byId = (call: Call): string => `roles-by-id/${call.params.id}/composites`;
const noId = ({ realm, params }: Call): Answer | undefined =>
  realm.roles.some(({ id }) => id === params.id) || clientRoleById(realm, params.id) ? undefined : notFound('Could not find role with id');

/** What a role contains, in one list. */
export const contents = (realm: FakeRealm, role: Body): Body[] => {
  const ofClients: [string, string[]][] = Object.entries(exportedRole(realm, role).composites?.client ?? {});
  const defined = ofClients.flatMap(([owner, names]) => names.flatMap((name) => (realm.beside.roles.client[owner] as Body[]).filter((one) => one.name === name)));
  return [...linked(realm, within(role)).map((name) => realm.roles.find((one) => one.name === name) ?? {}), ...defined].map((one) => shownRole(realm, one));
};

const roleRoutes: readonly Route[] = [
  ['GET /roles', ({ realm, query }) => answer(200, realm.roles.map((role) => shownRole(realm, role, query.get('briefRepresentation') !== 'false')))],
  [
    'POST /roles',
    ({ realm, body }) => {
      onlyKnown(body, ['name', 'description', 'attributes', 'composite', 'composites']);
      onlyKnown(body.composites ?? {}, ['realm']);
      if (realm.roles.some(({ name }) => name === body.name)) return conflict(`Role with name ${body.name} already exists`);
      const contained: string[] = body.composites?.realm ?? [];
      const unknown = contained.find((name) => !realm.roles.some((role) => role.name === name));
      if (unknown !== undefined) return answer(404, { errorMessage: `Realm Role with name ${unknown} does not exist` });
      const { composite: _worked, composites: _out, ...rep } = body;
      const made: Body = { attributes: {}, ...rep, id: randomUUID(), clientRole: false, containerId: realm.rep.id };
      realm.roles.push(made);
      realm.links.set(within(made), new Set(contained));
      return answer(201);
    },
  ],
  ['GET /roles/:name', (call) => noRole(call) ?? answer(200, shownRole(call.realm, named(call) ?? {}, false))],
  [
    'PUT /roles/:name',
    (call) => {
      onlyKnown(call.body, ['name', 'description', 'attributes']);
      const role = named(call);
      if (role === undefined) return notFound('Could not find role');
      if (call.body.name !== role.name) throw new NotImplemented('another name for a role');
      // Without a description it is cleared; without attributes they stay.
      delete role.description;
      Object.assign(role, call.body);
      return answer(204);
    },
  ],
  [
    'DELETE /roles/:name',
    (call) => {
      const absent = noRole(call);
      call.realm.roles = call.realm.roles.filter(({ name }) => name !== call.params.name);
      return absent ?? answer(204);
    },
  ],
  linkedRoute('/roles/:name/composites/realm', (call) => within(named(call) ?? {}), noRole),
  linkedRoute('/roles-by-id/:id/composites/realm', byId, noId),
  ['GET /roles/:name/composites', (call) => noRole(call) ?? answer(200, contents(call.realm, named(call) ?? {}))],
  [
    'PUT /roles-by-id/:id',
    (call) => {
      onlyKnown(call.body, ['name', 'description', 'attributes']);
      const role = clientRoleById(call.realm, call.params.id)?.role;
      if (role === undefined) return notFound('Could not find role with id');
      Object.assign(role, { description: undefined }, call.body);
      return answer(204);
    },
  ],
  [
    'DELETE /roles-by-id/:id',
    (call) => {
      const absent = noId(call);
      forgetClientRole(call.realm, call.params.id);
      return absent ?? answer(204);
    },
  ],
  ...linkRoutes('/roles-by-id/:id/composites', byId, noId, 'Could not find composite role'),
];

export const resource: Resource = { routes: roleRoutes, bare: { kind: 'keycloak.role', path: '/shop/roles', body: { name: 'bare' }, id: 'shop/bare' } };
