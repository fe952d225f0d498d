import { defineKind } from '../../../core/provider.ts';
import type { Desired, Live, Spec } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import { CREDENTIAL } from '../credentials.ts';
import { heldRoles, linkRoles } from '../links.ts';
import { attributeOf, foreignAttributes, listMark, mergedAttributes, ownerOf, ownership } from '../mark.ts';
import { defaultRoleOf } from '../representations.ts';
import type { UserRep } from '../representations.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { isSpec, nameIn, payloadOf, strings } from '../specs.ts';
import type { UserState } from '../users.ts';

/** Keycloak empties these when a `PUT` gives attributes without them. */
const WIPED = ['email', 'firstName', 'lastName'] as const;

/** A persona: a user with a password that is known by its fingerprint only. */
export const user = defineKind<Session>()({
  name: 'keycloak.user',
  after: ['keycloak.realm', 'keycloak.role', 'keycloak.client'],
  immutable: [],
  list: async (session) => ((await session.snapshot())?.users ?? []).map((state) => toLive(state, session)),
  put: async (session, desired, live) => {
    await session.allowUserAttributes(desired.origin);
    const held = live === undefined ? await create(session, desired) : (live.ref as UserState);
    if (live !== undefined || !('fresh' in held)) await update(session, desired, held, live?.spec.password);
    const wanted = strings(desired.spec.realmRoles);
    if (wanted === undefined) return;
    await linkRoles(session, {
      path: `/users/${held.id}/role-mappings/realm`,
      held: held.realmRoles ?? [],
      wanted,
      doing: `give user "${held.username}" its roles`,
      at: desired.origin,
    });
  },
  remove: async (session, live) => {
    const { id, username } = live.ref as UserRep;
    await session.admin.write('DELETE', `${session.base}/users/${id}`, { doing: `delete user "${username}"`, accept: [404] });
  },
});

const toLive = (state: UserState, session: Pick<Session, 'realm' | 'personas' | 'credentials'>): Live => {
  // Keycloak keeps usernames in lower case; the blueprint may write them otherwise.
  const name = Object.keys(session.personas).find((persona) => persona.toLowerCase() === state.username) ?? state.username;
  const password = session.personas[name]?.password;
  const { owner, ...rep } = state;
  const same =
    password !== undefined && attributeOf(rep.attributes, CREDENTIAL) === session.credentials.fingerprint(state.username, password);
  return {
    kind: 'keycloak.user',
    id: `${session.realm}/${name}`,
    spec: {
      ...(rep as unknown as Spec),
      requiredActions: ((rep.requiredActions ?? []) as readonly string[]).toSorted(),
      attributes: foreignAttributes(rep.attributes) as Spec,
      password: same ? password : null,
    },
    ...ownership(rep.attributes),
    owner,
    ref: state,
  };
};

const usernameOf = (desired: Desired): string => nameIn(desired.id).toLowerCase();

const fieldsOf = (desired: Desired): Record<string, unknown> => {
  const { realmRoles: _roles, password: _password, attributes: _attributes, ...fields } = desired.spec;
  return { ...(payloadOf(fields) as Record<string, unknown>), username: usernameOf(desired) };
};

const attributesOf = (session: Session, desired: Desired, held: UserRep['attributes']): Record<string, unknown> => {
  const { password, attributes } = desired.spec;
  return mergedAttributes(
    held,
    isSpec(attributes) ? (payloadOf(attributes) as Record<string, unknown>) : {},
    listMark(session.owner, desired),
    password instanceof Secret ? { [CREDENTIAL]: [session.credentials.fingerprint(usernameOf(desired), password)] } : {},
  );
};

const credential = (password: Secret): object => ({ type: 'password', value: password.reveal(), temporary: false });

/** The user made just now (`fresh`), or the one that is there already and ours, with its roles. */
const create = async (session: Session, desired: Desired): Promise<UserRep & { fresh?: true }> => {
  const { password } = desired.spec;
  const username = usernameOf(desired);
  const status = await session.admin.write('POST', `${session.base}/users`, {
    doing: `create user "${username}"`,
    at: desired.origin,
    accept: [409],
    body: {
      ...mergedAttributes(fieldsOf(desired)),
      attributes: attributesOf(session, desired, {}),
      ...(password instanceof Secret && { credentials: [credential(password)] }),
    },
  });
  const path = `${session.base}/users?briefRepresentation=false&exact=true&username=${encodeURIComponent(username)}`;
  const [held] = await session.admin.read<readonly UserRep[]>(path, 'look for a user');
  // 409 is also the answer to an email address that another user has.
  if (held === undefined || ownerOf(held.attributes) !== session.owner)
    throw appeared(`user "${username}", or one with the same email,`, desired.origin);
  if (status !== 409) return { ...held, fresh: true };
  const roles = await heldRoles(session, `/users/${held.id}/role-mappings/realm`, 'read the roles of a user');
  const everybody = defaultRoleOf({ realm: session.realm });
  return { ...held, realmRoles: roles.filter((name) => name !== everybody) };
};

/** The password first and its fingerprint after it: cut off in between, the next run sets the password once more. */
const update = async (session: Session, desired: Desired, held: UserRep, known: unknown): Promise<void> => {
  const { password } = desired.spec;
  const write = { doing: `change user "${held.username}"`, at: desired.origin };
  if (password instanceof Secret && !(known instanceof Secret && known.reveal() === password.reveal()))
    await session.admin.write('PUT', `${session.base}/users/${held.id}/reset-password`, { ...write, body: credential(password) });
  const kept = Object.fromEntries(WIPED.map((field) => [field, held[field] ?? '']));
  await session.admin.write('PUT', `${session.base}/users/${held.id}`, {
    ...write,
    body: { ...kept, ...mergedAttributes(fieldsOf(desired)), attributes: attributesOf(session, desired, held.attributes) },
  });
};
