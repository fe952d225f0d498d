import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import { linkRoutes } from './roles.ts';
import { answer, linked, notFound, NotImplemented, onlyKnown } from './state.ts';
import type { Body, Call, FakeRealm, Route } from './state.ts';

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
  clientRoles: {},
  subGroupCount: 0,
  access: { view: true, viewMembers: true, manageMembers: true, manage: true, manageMembership: true },
});

/** Puts a user into a group, or takes one out; both are done twice without a word. */
const member = (call: Call, then: (members: Set<string>, user: string) => void): Answer => {
  const group = groupsOf(call.realm).find(({ id }) => id === call.params.group);
  if (group === undefined) return notFound('Group not found');
  then(group.members, call.params.id ?? '');
  return answer(204);
};

export const groupRoutes: readonly Route[] = [
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
  ...linkRoutes('/groups/:id/role-mappings/realm', ({ params }) => mappings(params.id), missing, 'Role not found'),
  [
    'GET /users/:id/groups',
    ({ realm, params }) => answer(200, groupsOf(realm).filter(({ members }) => members.has(params.id)).map(brief)),
  ],
  ['PUT /users/:id/groups/:group', (call) => member(call, (members, user) => members.add(user))],
  ['DELETE /users/:id/groups/:group', (call) => member(call, (members, user) => members.delete(user))],
];
