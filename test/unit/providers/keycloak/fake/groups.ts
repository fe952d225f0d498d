import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import type { Answered, Ask } from '../recorded/ask.ts';
import { clientRoleRoutes, groupsOf, keepGroups, pathOf } from './memberships.ts';
import { linkRoutes } from './roles.ts';
import { answer, linked, notFound, NotImplemented, onlyKnown } from './state.ts';
import { brief as briefUser } from './users.ts';
import type { Body, Call, FakeRealm, Resource, Route } from './state.ts';

export { groupsOf };

const held = ({ realm, params }: Call): Body | undefined => groupsOf(realm).find(({ id }) => id === params.id);
const missing = (call: Call): Answer | undefined => (held(call) ? undefined : notFound('Could not find group by id'));
const mappings = (id: string | undefined): string => `groups/${id}/role-mappings/realm`;

const below = (realm: FakeRealm, { id }: Body): Body[] => groupsOf(realm).filter(({ parentId }) => parentId === id);

const brief = (realm: FakeRealm, { members: _members, attributes: _attributes, clientRoles: _roles, ...rep }: Body): Body => ({ ...rep, path: pathOf(realm, rep), subGroups: [] });
const shown = (realm: FakeRealm, group: Body): Body => ({
  ...brief(realm, group),
  attributes: group.attributes,
  realmRoles: linked(realm, mappings(group.id)),
  clientRoles: group.clientRoles ?? {},
  subGroupCount: below(realm, group).length,
  access: { view: true, viewMembers: true, manageMembers: true, manage: true, manageMembership: true },
});

/** A group as an export shows it. */
export const exportedGroup = (realm: FakeRealm, group: Body): Body => {
  const { subGroupCount: _count, access: _access, ...rest } = shown(realm, group);
  return { ...rest, subGroups: below(realm, group).map((one) => exportedGroup(realm, one)) };
};


/** Puts a user into a group, or takes one out; both are done twice without a word. */
const member = (call: Call, then: (members: Set<string>, user: string) => void): Answer => {
  const group = groupsOf(call.realm).find(({ id }) => id === call.params.group);
  if (group === undefined) return notFound('Group not found');
  then(group.members, call.params.id ?? '');
  return answer(204);
};

const groupRoutes: readonly Route[] = [
  [
    'GET /groups',
    ({ realm, query }) => {
      if ([...query].join() !== 'briefRepresentation,false') throw new NotImplemented('this search for groups');
      const byName = groupsOf(realm).filter(({ parentId }) => parentId === undefined).toSorted((left, right) => (left.name < right.name ? -1 : 1));
      return answer(200, byName.map((group) => shown(realm, group)));
    },
  ],
  [
    'POST /groups',
    ({ realm, body }) => {
      onlyKnown(body, ['name', 'description', 'attributes']);
      if (groupsOf(realm).some(({ name, parentId }) => name === body.name && parentId === undefined)) return answer(409, { errorMessage: `Top level group named '${body.name}' already exists.` });
      groupsOf(realm).push({ attributes: {}, ...body, id: randomUUID(), members: new Set() });
      return answer(201);
    },
  ],
  [
    'POST /groups/:id/children',
    (call) => {
      const { realm, body, params } = call;
      onlyKnown(body, ['name', 'description', 'attributes']);
      if (held(call) === undefined) return notFound('Could not find group by id');
      if (groupsOf(realm).some(({ name, parentId }) => name === body.name && parentId === params.id)) return answer(409, { errorMessage: `Sibling group named '${body.name}' already exists.` });
      const made = { attributes: {}, ...body, id: randomUUID(), parentId: params.id, members: new Set() };
      groupsOf(realm).push(made);
      const { subGroupCount: _count, ...rep } = shown(realm, made);
      return answer(201, rep);
    },
  ],
  ['GET /groups/:id/children', (call) => missing(call) ?? answer(200, below(call.realm, held(call) ?? {}).map((one) => shown(call.realm, one)))],
  ...clientRoleRoutes('/groups/:id', held, (group) => group.clientRoles ?? {}, (group, roles) => (group.clientRoles = roles)),
  [
    'PUT /groups/:id',
    (call) => {
      onlyKnown(call.body, ['name', 'description', 'attributes']);
      Object.assign(held(call) ?? {}, call.body);
      return missing(call) ?? answer(204);
    },
  ],
  [
    'DELETE /groups/:id',
    (call) => {
      const absent = missing(call);
      const gone = (one: Body | undefined): boolean => one !== undefined && (one.id === call.params.id || gone(groupsOf(call.realm).find(({ id }) => id === one.parentId)));
      keepGroups(call.realm, (one) => !gone(one));
      return absent ?? answer(204);
    },
  ],
  [
    'GET /groups/:id/members',
    (call) => missing(call) ?? answer(200, call.realm.users.filter(({ id }) => held(call)?.members.has(id)).slice(Number(call.query.get('first') ?? 0)).slice(0, Number(call.query.get('max') ?? 100)).map((user) => { const { access: _access, ...shownBrief } = briefUser(call.realm, user); return shownBrief; })),
  ],
  ...linkRoutes('/groups/:id/role-mappings/realm', ({ params }) => mappings(params.id), missing, 'Role not found'),
  [
    'GET /users/:id/groups',
    ({ realm, params }) => answer(200, groupsOf(realm).filter(({ members }) => members.has(params.id)).map((one) => brief(realm, one))),
  ],
  ['PUT /users/:id/groups/:group', (call) => member(call, (members, user) => members.add(user))],
  ['DELETE /users/:id/groups/:group', (call) => member(call, (members, user) => members.delete(user))],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const all = `${R}/groups?briefRepresentation=false`;
  await ask('GET', all);
  await ask('POST', `${R}/groups`, { body: { name: 'staff', attributes: { 'authctl.owner': ['me'], team: ['red'] } } });
  await ask('POST', `${R}/groups`, { body: { name: 'staff' } });
  await ask('POST', `${R}/groups`, { body: { name: 'told', description: 'says what it is' } });
  await ask('POST', `${R}/groups`, { body: { name: 'blank', description: '', attributes: {} } });
  const held = async (name: string): Promise<Answered> => (await ask('GET', all)).find((one: Answered) => one.name === name);
  const staff = await held('staff');
  const group = `${R}/groups/${staff.id}`;
  // Attributes are replaced as a whole when they are given; so is the description.
  await ask('PUT', group, { body: { name: 'staff', description: 'works here', attributes: { 'authctl.owner': ['me'] } } });
  await held('staff');
  await ask('PUT', group, { body: { name: 'staff', description: '', attributes: { 'authctl.owner': ['me'], team: ['blue'] } } });
  await held('staff');
  const plain = await ask('GET', `${R}/roles/plain`);
  const mapped = `${group}/role-mappings/realm`;
  await ask('POST', mapped, { body: [{ id: plain.id, name: 'plain' }] });
  await ask('POST', mapped, { body: [{ id: randomUUID(), name: 'plain' }] });
  await held('staff');
  await ask('POST', `${R}/users`, { body: { username: 'member', enabled: true } });
  const [member] = await ask('GET', `${R}/users?briefRepresentation=false&exact=true&username=member`);
  const memberships = `${R}/users/${member.id}/groups`;
  const listed = `${memberships}?briefRepresentation=true&max=2000`;
  await ask('GET', listed);
  await ask('PUT', `${memberships}/${staff.id}`);
  await ask('PUT', `${memberships}/${staff.id}`);
  await ask('PUT', `${memberships}/${randomUUID()}`);
  await ask('GET', listed);
  // A role that comes with a group is none that was given directly.
  await ask('GET', `${R}/users/${member.id}/role-mappings/realm`);
  await ask('DELETE', `${memberships}/${staff.id}`);
  await ask('DELETE', `${memberships}/${staff.id}`);
  await ask('DELETE', `${memberships}/${randomUUID()}`);
  await ask('GET', listed);
  await ask('DELETE', mapped, { body: [{ id: plain.id, name: 'plain' }] });
  await held('staff');
  await ask('PUT', `${R}/groups/${randomUUID()}`, { body: { name: 'none' } });
  // Below another one.
  const below = { name: 'sales', description: 'sells', attributes: { 'authctl.owner': ['me'] } };
  await ask('POST', `${group}/children`, { body: below });
  await ask('POST', `${group}/children`, { body: below });
  await ask('POST', `${R}/groups/${randomUUID()}/children`, { body: below });
  await ask('GET', all);
  const children = `${group}/children?first=0&max=100000&briefRepresentation=false`;
  const [sales] = await ask('GET', children);
  const client = randomUUID();
  await ask('POST', `${R}/clients`, { body: { id: client, clientId: 'in-group', protocol: 'openid-connect', publicClient: true } });
  await ask('POST', `${R}/clients/${client}/roles`, { body: { name: 'reader', description: '', attributes: {} } });
  const reader = await ask('GET', `${R}/clients/${client}/roles/reader`);
  const ofClient = `/role-mappings/clients/${client}`;
  await ask('POST', `${R}/groups/${sales.id}${ofClient}`, { body: [{ id: reader.id, name: 'reader' }] });
  await ask('POST', `${R}/groups/${sales.id}${ofClient}`, { body: [{ id: randomUUID(), name: 'reader' }] });
  await ask('GET', children);
  await ask('POST', `${R}/users/${member.id}${ofClient}`, { body: [{ id: reader.id, name: 'reader' }] });
  await ask('GET', `${R}/clients/${client}/roles/reader/users?briefRepresentation=true&first=0&max=2000`);
  await ask('POST', `${R}/users`, { body: { username: 'seed', enabled: true, groups: ['/staff/sales'], clientRoles: { 'in-group': ['reader'] }, realmRoles: ['plain'] } });
  const [seed] = await ask('GET', `${R}/users?briefRepresentation=false&exact=true&username=seed`);
  await ask('GET', `${R}/users/${seed.id}/groups?briefRepresentation=true&max=2000`);
  await ask('POST', `${R}/users`, { body: { username: 'lost', enabled: true, groups: ['/none'] } });
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  await ask('DELETE', `${R}/groups/${sales.id}${ofClient}`, { body: [{ id: reader.id, name: 'reader' }] });
  await ask('DELETE', `${R}/users/${member.id}${ofClient}`, { body: [{ id: reader.id, name: 'reader' }] });
  await ask('DELETE', `${R}/clients/${client}`);
  await ask('DELETE', `${R}/users/${seed.id}`);
  for (const { id } of await ask('GET', all)) await ask('DELETE', `${R}/groups/${id}`);
  await ask('DELETE', group);
};

export const resource: Resource = {
  routes: groupRoutes,
  bare: { kind: 'keycloak.group', path: '/shop/groups', body: { name: 'bare' }, id: 'shop/bare' },
  requests,
  reads: (realm, users) => users.map((id) => `GET /${realm}/users/${id}/groups`),
};
