import { objectOf, textOf, textsOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { userName } from '../../blueprint/declaration/names.ts';
import { EVERYBODYS } from '../../providers/keycloak/specs/composite.ts';
import { variableOf } from '../draft.ts';
import { ENTITIES, filled, objectsOf } from './common.ts';
import type { Importing } from './common.ts';

/** More than these are a company's people, and no seed of a realm. */
export const FEW = 20;
const NAME = new RegExp(userName.pattern ?? '');

/** Accounts that a realm begins with. Keycloak keeps names in lower case. */
export const sayUsers = (importing: Importing): void => {
  const { draft, rep, exact } = importing;
  const users = objectsOf(rep.users).filter((one) => !textOf(one.serviceAccountClientId));
  if (users.length > FEW) return leavePeople(draft);
  for (const user of users) sayUser(importing, user);
  const without = users.filter(({ realmRoles }) => !textsOf(realmRoles).some((name) => name.startsWith('default-roles-'))).flatMap(({ username }) => textOf(username) ?? []);
  if (exact && without.length > 0) draft.leave('users, default role', `what every account has (default-roles-…) these have not, and would where they are made anew: ${without.join(', ')}`);
};

export const leavePeople = (draft: Importing['draft']): void => draft.leave('users', `more than ${FEW} accounts: people are not kept in a blueprint`);

const sayUser = ({ draft }: Importing, user: JsonObject): void => {
  const username = textOf(user.username)?.toLowerCase();
  if (username === undefined) return;
  if (!NAME.test(username)) return draft.leave(`user ${username}`, 'a username that a blueprint cannot have');
  const credentials = objectsOf(user.credentials).flatMap((one, index) => credentialOf({ draft }, username, one, index));
  const roles = textsOf(user.realmRoles).filter((name) => !name.startsWith('default-roles-') && !EVERYBODYS.includes(name));
  const clientRoles = Object.fromEntries(Object.entries(objectOf(user.clientRoles)).filter(([client, names]) => client !== 'account' || !['manage-account', 'view-profile'].every((usual) => textsOf(names).includes(usual)) || textsOf(names).length > 2));
  draft.put([...ENTITIES, 'users', username], {
    ...(user.enabled === false && { enabled: false }),
    ...(user.emailVerified === true && { emailVerified: true }),
    ...filled({ email: user.email, firstName: user.firstName, lastName: user.lastName, requiredActions: textsOf(user.requiredActions), realmRoles: roles, clientRoles, groups: textsOf(user.groups), attributes: listsIn(user.attributes), credentials }),
  });
  if (objectsOf(user.federatedIdentities).length > 0) draft.leave(`user ${username}, federatedIdentities`, 'which account of an identity provider it is');
};

/** Keycloak keeps a list under each name. */
const listsIn = (attributes: unknown): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(objectOf(attributes)).map(([name, value]) => [name, Array.isArray(value) ? textsOf(value) : [String(value)]]));

const credentialOf = ({ draft }: Pick<Importing, 'draft'>, username: string, one: JsonObject, index: number): readonly unknown[] => {
  const of = `user ${username}`;
  const name = `${variableOf(username)}_${variableOf(textOf(one.type) ?? 'credential')}${index === 0 ? '' : `_${index + 1}`}`;
  if (typeof one.value === 'string') return [{ type: one.type ?? 'password', value: draft.secret(name, `${of}, password`, one.value), ...(one.temporary === true && { temporary: true }) }];
  if (typeof one.secretData === 'string') return [{ type: one.type, ...filled({ userLabel: one.userLabel }), credentialData: one.credentialData, secretData: draft.secret(`${name}_SECRET_DATA`, `${of}, ${textOf(one.type) ?? 'credential'}, hashed`, one.secretData) }];
  draft.leave(of, 'a credential of a form that only older versions of Keycloak write');
  return [];
};
