import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import type { Answered, Ask } from '../recorded/ask.ts';
import { linkRoutes } from './roles.ts';
import { answer, linked, notFound, NotImplemented, onlyKnown } from './state.ts';
import { brief as briefUser } from './users.ts';
import type { Body, Call, FakeRealm, Resource, Route } from './state.ts';

/** With the ids of their `members`. */
const kept = new WeakMap<FakeRealm, Body[]>();
export const groupsOf = (realm: FakeRealm): Body[] => {
  const groups = kept.get(realm) ?? [];
  kept.set(realm, groups);
  return groups;
};

const held = ({ realm, params }: Call): Body | undefined => groupsOf(realm).find(({ id }) => id === params.id);
const missing = (call: Call): Answer | undefined => (held(call) ? undefined : notFound('Could not find group by id'));
const mappings = (id: string | undefined): string => `groups/${id}/role-mappings/realm`;

const brief = ({ members: _members, attributes: _attributes, ...rep }: Body): Body => ({ ...rep, path: `/${rep.name}`, subGroups: [] });
const shown = (realm: FakeRealm, group: Body): Body => ({
  ...brief(group),
  attributes: group.attributes,
  realmRoles: linked(realm, mappings(group.id)),
  clientRoles: group.clientRoles ?? {},
  subGroupCount: 0,
  access: { view: true, viewMembers: true, manageMembers: true, manage: true, manageMembership: true },
});

/** A group as an export shows it. */
export const exportedGroup = (realm: FakeRealm, group: Body): Body => {
  const { subGroupCount: _count, access: _access, ...rest } = shown(realm, group);
  return rest;
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
      const byName = groupsOf(realm).toSorted((left, right) => (left.name < right.name ? -1 : 1));
      return answer(200, byName.map((group) => shown(realm, group)));
    },
  ],
  [
    'POST /groups',
    ({ realm, body }) => {
      onlyKnown(body, ['name', 'description', 'attributes']);
      if (groupsOf(realm).some(({ name }) => name === body.name)) return answer(409, { errorMessage: `Top level group named '${body.name}' already exists.` });
      groupsOf(realm).push({ attributes: {}, ...body, id: randomUUID(), members: new Set() });
      return answer(201);
    },
  ],
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
      kept.set(call.realm, groupsOf(call.realm).filter(({ id }) => id !== call.params.id));
      return absent ?? answer(204);
    },
  ],
  [
    'GET /groups/:id/members',
    (call) => missing(call) ?? answer(200, call.realm.users.filter(({ id }) => held(call)?.members.has(id)).map((user) => { const { access: _access, ...shownBrief } = briefUser(call.realm, user); return shownBrief; })),
  ],
  ...linkRoutes('/groups/:id/role-mappings/realm', ({ params }) => mappings(params.id), missing, 'Role not found'),
  [
    'GET /users/:id/groups',
    ({ realm, params }) => answer(200, groupsOf(realm).filter(({ members }) => members.has(params.id)).map(brief)),
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
  for (const { id } of await ask('GET', all)) await ask('DELETE', `${R}/groups/${id}`);
  await ask('DELETE', group);
};

export const resource: Resource = {
  routes: groupRoutes,
  bare: { kind: 'keycloak.group', path: '/shop/groups', body: { name: 'bare' }, id: 'shop/bare' },
  requests,
  reads: (realm, users) => [`GET /${realm}/groups`, ...users.map((id) => `GET /${realm}/users/${id}/groups`)],
};
