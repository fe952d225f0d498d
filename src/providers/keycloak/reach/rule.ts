import type { Scene } from './scene.ts';

/** The client whose roles rule a realm. */
export const RULES = 'realm-management';

/** What who has such a role can do to the realm, and so to every token. */
export const RULING: Readonly<Record<string, string>> = {
  'realm-admin': 'do everything in the realm',
  'manage-users': 'give anybody any role, and set any password',
  'manage-realm': 'change keys, flows, roles and scopes',
  'manage-clients': 'give any client any scope, and read every secret',
  'manage-identity-providers': 'let people of another server in',
  impersonation: 'sign in as anybody',
  'view-clients': 'read the secret of every client, and act as it',
  'create-client': 'make clients that get tokens of this realm',
  'manage-authorization': 'decide what the authorization services of every client permit',
};

/** True for a role of the blueprint, and for one that rules the realm: as Keycloak's composites (`client/role`) or mappers (`client.role`) name it. */
export const roleMatters = (scene: Scene, name: string): boolean => scene.roles.has(name) || rules(name);
export const rules = (name: string): boolean => {
  const [, role] = /^realm-management[/.](.+)$/.exec(name) ?? [];
  return role !== undefined && Object.hasOwn(RULING, role);
};
