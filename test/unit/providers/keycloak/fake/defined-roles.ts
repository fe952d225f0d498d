import type { Body, FakeRealm } from './state.ts';

/** Roles that clients define, by client id: those that Keycloak ships, and those that were made. */
const definedIn = (realm: FakeRealm): Record<string, Body[]> => realm.beside.roles.client;

export const rolesOfClient = (realm: FakeRealm, clientId: string): Body[] => (definedIn(realm)[clientId] ??= []);

/** A role of a client, with the client. */
export const clientRoleById = (realm: FakeRealm, id: string | undefined): { readonly owner: string; readonly role: Body } | undefined =>
  Object.entries(definedIn(realm)).flatMap(([owner, roles]) => roles.filter((role) => role.id === id).map((role) => ({ owner, role })))[0];

export const forgetClientRole = (realm: FakeRealm, id: string | undefined): void => {
  for (const [owner, roles] of Object.entries(definedIn(realm))) definedIn(realm)[owner] = roles.filter((role) => role.id !== id);
};
