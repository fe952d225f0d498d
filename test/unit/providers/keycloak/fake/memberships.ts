import type { Answer } from '../../../../../src/providers/http.ts';
import { clientRoleById } from './defined-roles.ts';
import { answer, notFound, NotImplemented } from './state.ts';
import type { Body, Call, FakeRealm, Route } from './state.ts';

/** With the ids of their `members`. */
const kept = new WeakMap<FakeRealm, Body[]>();
export const groupsOf = (realm: FakeRealm): Body[] => {
  const groups = kept.get(realm) ?? [];
  kept.set(realm, groups);
  return groups;
};

export const keepGroups = (realm: FakeRealm, which: (group: Body) => boolean): void => void kept.set(realm, groupsOf(realm).filter(which));

export const pathOf = (realm: FakeRealm, { name, parentId }: Body): string => {
  const above = groupsOf(realm).find(({ id }) => id === parentId);
  return `${above === undefined ? '' : pathOf(realm, above)}/${name}`;
};
/** Puts roles of a client into a group, or to an account; what it holds by client. */
export const clientRoleRoutes = (path: string, holder: (call: Call) => Body | undefined, read: (of: Body) => Record<string, string[]>, write: (of: Body, held: Record<string, string[]>) => void): Route[] => {
  const change = (call: Call, then: (names: Set<string>, name: string) => void): Answer => {
    const of = holder(call);
    const owner = call.realm.clients.find(({ id }) => id === call.params.client);
    if (of === undefined || owner === undefined) throw new NotImplemented('roles of nothing');
    for (const { id, name } of call.body as Body[]) {
      if (clientRoleById(call.realm, id) === undefined) return notFound('Role not found');
      const names = new Set(read(of)[owner.clientId]);
      then(names, name);
      write(of, Object.fromEntries(Object.entries<string[]>({ ...read(of), [owner.clientId]: [...names] }).filter(([, all]) => all.length > 0)));
    }
    return answer(204);
  };
  return [
    [`POST ${path}/role-mappings/clients/:client`, (call) => change(call, (names, name) => names.add(name))],
    [`DELETE ${path}/role-mappings/clients/:client`, (call) => change(call, (names, name) => names.delete(name))],
  ];
};
