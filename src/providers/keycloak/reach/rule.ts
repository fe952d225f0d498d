import { effects } from '../../../core/resource.ts';
import type { Effect } from '../../../core/resource.ts';

/** Whose roles count: those that the blueprint states. */
interface Stating {
  readonly roles: { readonly has: (name: string) => boolean };
}

/** The client whose roles rule a realm. */
export const RULES = 'realm-management';

/** What who has such a role can do. */
interface Right {
  /** `opens` the realm, and so every token; or `exposes` people's data. */
  readonly effect: Effect;
  readonly words: string;
}
const opens = (words: string): Right => ({ effect: 'opens', words });
const exposes = (words: string): Right => ({ effect: 'exposes', words });

export const RULING: Readonly<Record<string, Right>> = {
  'realm-admin': opens('do everything in the realm'),
  'manage-users': opens('give anybody any role, and set any password'),
  'manage-realm': opens('change keys, flows, roles and scopes'),
  'manage-clients': opens('give any client any scope, and read every secret'),
  'manage-identity-providers': opens('let people of another server in'),
  impersonation: opens('sign in as anybody'),
  'view-clients': opens('read the secret of every client, and act as it'),
  'create-client': opens('make clients that get tokens of this realm'),
  'manage-authorization': opens('decide what the authorization services of every client permit'),
  'view-users': exposes('read the name, mail address and attributes of everybody'),
  'query-users': exposes('look people up'),
  'view-events': exposes('read who signed in, when and from where'),
};

/** Such a right, as Keycloak's composites (`client/role`) or mappers (`client.role`) name it. */
export const rightOf = (name: string): Right | undefined => {
  const [, role = ''] = /^realm-management[/.](.+)$/.exec(name) ?? [];
  return Object.hasOwn(RULING, role) ? RULING[role] : undefined;
};

export const rules = (name: string): boolean => rightOf(name) !== undefined;
/** True for a role of the blueprint, and for one that is a right over the realm or its people. */
export const roleMatters = (scene: Stating, name: string): boolean => scene.roles.has(name) || rules(name);

/** The worst that having such roles does; nothing where none of them matters. */
export const effectOf = (scene: Stating, names: Iterable<string>): Effect | undefined => {
  const found = [...names].flatMap((name) => (scene.roles.has(name) ? 'opens' : (rightOf(name)?.effect ?? [])));
  return effects.find((effect) => found.includes(effect));
};

/** ", and so may sign in as anybody": nothing for a role that is no right. */
export const andSoMay = (names: readonly string[]): string => {
  const found = names.flatMap((name) => rightOf(name)?.words ?? []);
  // Who reads everybody's data has looked them up.
  const all = [...new Set(found)].filter((words) => words !== RULING['query-users']?.words || !found.includes(RULING['view-users']?.words ?? ''));
  const everything = RULING['realm-admin']?.words ?? '';
  return all.length === 0 ? '' : `, and so may ${all.includes(everything) ? everything : all.join('; ')}`;
};
