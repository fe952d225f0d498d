import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import type { Secret } from '../../../core/secret.ts';
import { attributeOf, layered } from '../attributes.ts';
import { credentialsOf, passwordSet } from '../credentials.ts';
import { FINGERPRINT, FINGERPRINT_SET } from '../fingerprints.ts';
import { isOurs, oneTimeCredential, oneTimeLabel } from '../one-time.ts';
import { foreignAttributes, listMark, ownerOf, ownership } from '../ownership.ts';
import { payloadOf } from '../payload.ts';
import type { UserState } from '../held.ts';
import { defaultRoleOf } from '../representations.ts';
import type { UserRep } from '../representations.ts';
import { changesBetween, mapClientRoles, mappedRoles, mapRoles } from '../role-mappings.ts';
import { isSeed } from '../seed.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { clientRole } from '../specs/client-role.ts';
import { client } from '../specs/client.ts';
import { nameIn } from '../specs/id.ts';
import { realm } from '../specs/realm.ts';
import { role } from '../specs/role.ts';
import { userAttribute } from '../specs/user-attribute.ts';
import { user } from '../specs/user.ts';
import type { UserSpec } from '../specs/user.ts';

type Wanted = Desired<UserSpec>;

/** Keycloak empties these when a `PUT` gives attributes without them. */
const WIPED = ['email', 'firstName', 'lastName'] as const;

/** A persona: a user with a password that is known by its fingerprint only. */
export const userKind = defineKind<Session, UserSpec, UserState>()({
  name: user.kind,
  after: [realm.kind, role.kind, client.kind, clientRole.kind, userAttribute.kind],
  immutable: user.immutable,
  list: async (session) => ((await session.snapshot())?.users ?? []).map((state) => toLive(state, session)),
  put: async (session, desired, live) => {
    await session.allowUserAttributes(desired.origin);
    const held = live === undefined ? await create(session, desired) : refOf(live);
    // A new account has what every new account must do: who states what is to be done means that.
    const { requiredActions } = desired.spec;
    const asked = requiredActions != null && changesBetween(held.requiredActions ?? [], requiredActions).drop.length > 0;
    if (live !== undefined || !('fresh' in held)) await update(session, desired, held, live);
    // The password is what it was made with: a policy that remembers passwords refuses it a second time.
    else if (asked || desired.spec.password) await write(session, desired, held, { ...(isSeed(desired) && NOBODYS), ...(desired.spec.password && { set: await whenSet(session, held) }) });
    const { realmRoles: wanted, clientRoles } = desired.spec;
    const doing = `give user "${held.username}" its roles`;
    // Those of a persona are not read with the rest.
    if (clientRoles != null) await mapClientRoles(session, { path: `/users/${held.id}/role-mappings`, held: {}, wanted: clientRoles, doing, at: desired.origin });
    if (wanted == null) return;
    await mapRoles(session, {
      path: `/users/${held.id}/role-mappings/realm`,
      held: held.realmRoles ?? [],
      wanted,
      doing,
      at: desired.origin,
    });
  },
  remove: async (session, live) => {
    const { id, username } = refOf(live);
    await session.admin.write('DELETE', `${session.base}/users/${id}`, { doing: `delete user "${username}"`, accept: [404] });
  },
  release: async (session, live) => {
    const { id, username, attributes, ...held } = refOf(live);
    const body = { ...keptOf(held), username, attributes: foreignAttributes(attributes) };
    await session.admin.write('PUT', `${session.base}/users/${id}`, { doing: `let go of user "${username}"`, body, accept: [404] });
  },
});

const toLive = (state: UserState, session: Pick<Session, 'realm' | 'persona' | 'fingerprints' | 'unjudged'>): Live<UserSpec, UserState> => {
  const { name, password, otp } = session.persona(state.username) ?? { name: state.username, password: undefined, otp: undefined };
  const { owner, proofs, ...rep } = state;
  const { of, judge } = session.fingerprints;
  const judged = (name: string, set?: number) => (password === undefined ? 'other' : judge(attributeOf(rep.attributes, name), of(state.username, password, set)));
  const stamp = (name: string, set?: number): boolean => judged(name, set) === 'same';
  const set = proofs && passwordSet(proofs);
  // There may be none at all, which is seen.
  const unknown = judged(FINGERPRINT) === 'unknown' && !(proofs !== undefined && set === undefined);
  if (unknown) session.unjudged.add(`the password of ${name}`);
  // Where nobody may see when it was set, our word for it is all there is.
  const same = stamp(FINGERPRINT) && (proofs === undefined || (set !== undefined && stamp(FINGERPRINT_SET, set)));
  return {
    kind: user.kind,
    id: user.id(session.realm, name),
    spec: user.read({
      ...rep,
      requiredActions: rep.requiredActions ?? [],
      attributes: foreignAttributes(rep.attributes),
      password: same || unknown ? password : null,
      // Where nobody may see what there is, it is not set up a second time.
      ...(otp && { otp: proofs === undefined || proofs.some(({ type, userLabel }) => type === 'otp' && userLabel === oneTimeLabel(session.fingerprints, state.username, otp)) ? otp : null }),
    }),
    ...ownership(rep.attributes),
    owner,
    ref: state,
  };
};

const keptOf = (held: Pick<UserRep, (typeof WIPED)[number]>): Record<string, string> => Object.fromEntries(WIPED.map((field) => [field, held[field] ?? '']));

const usernameOf = (desired: Wanted): string => nameIn(desired.id).toLowerCase();

const fieldsOf = (desired: Wanted): Record<string, unknown> => {
  const { realmRoles: _roles, clientRoles: _ofClients, groups: _groups, credentials: _credentials, password: _password, otp: _otp, attributes: _attributes, ...fields } = desired.spec;
  return { ...payloadOf(fields), username: usernameOf(desired) };
};

interface Writing {
  readonly live?: Pick<Live, 'owner'> | undefined;
  /** The password was not set: what is kept beside it stays, where another login made it. */
  readonly kept?: boolean;
  /** One-time passwords are set up with it. */
  readonly oneTimeAnew?: boolean;
  /** When the password was set, where it was set just now. */
  readonly set?: number | undefined;
}

/** A seed is let go, like an account that was there before. */
const NOBODYS: Writing = { live: { owner: undefined } };

const attributesOf = (session: Session, desired: Wanted, held: UserRep['attributes'], { live, set, kept = false }: Writing): Record<string, unknown> => {
  const { password, attributes } = desired.spec;
  const { of, judge } = session.fingerprints;
  const stamp = (at?: number): readonly string[] => (password ? [of(usernameOf(desired), password, at)] : []);
  const theirs = kept && judge(attributeOf(held, FINGERPRINT), stamp()[0] ?? '') === 'unknown';
  const fingerprint = password && !theirs && { [FINGERPRINT]: stamp(), ...(set !== undefined && { [FINGERPRINT_SET]: stamp(set) }) };
  return layered(held, payloadOf(attributes ?? {}), listMark(session.owner, desired, live), fingerprint || {});
};

const whenSet = async ({ admin, base }: Session, { id }: UserRep): Promise<number | undefined> => passwordSet((await credentialsOf(admin, base, id)) ?? []);

const credential = (password: Secret): object => ({ type: 'password', value: password.reveal(), temporary: false });

const oneTime = ({ fingerprints }: Session, desired: Wanted): readonly object[] => {
  const { otp } = desired.spec;
  return otp ? [oneTimeCredential(oneTimeLabel(fingerprints, usernameOf(desired), otp), otp)] : [];
};

/** The user made just now (`fresh`), or the one that is there already and ours, with its roles. */
const create = async (session: Session, desired: Wanted): Promise<UserRep & { fresh?: true }> => {
  const { password, groups, credentials } = desired.spec;
  const username = usernameOf(desired);
  const own = [...(password ? [credential(password)] : []), ...oneTime(session, desired)];
  const status = await session.admin.write('POST', `${session.base}/users`, {
    doing: `create user "${username}"`,
    at: desired.origin,
    accept: [409],
    body: {
      ...layered(fieldsOf(desired)),
      attributes: attributesOf(session, desired, {}, isSeed(desired) ? NOBODYS : {}),
      ...(credentials != null && { credentials: payloadOf({ credentials }).credentials }),
      ...(own.length > 0 && { credentials: own }),
      ...(groups != null && { groups }),
    },
  });
  const path = `${session.base}/users?briefRepresentation=false&exact=true&username=${encodeURIComponent(username)}`;
  const [held] = await session.admin.list<UserRep>(path, 'look for a user');
  // 409 is also the answer to an email address that another user has.
  if (held === undefined || ownerOf(held.attributes) !== session.owner)
    throw appeared(`user "${username}", or one with the same email,`, desired.origin);
  if (status !== 409) return { ...held, fresh: true };
  const roles = await mappedRoles(session, `/users/${held.id}/role-mappings/realm`, 'read the roles of a user');
  const everybody = defaultRoleOf({ realm: session.realm });
  return { ...held, realmRoles: roles.filter((name) => name !== everybody) };
};

/** The password first and its fingerprint after it: cut off in between, the next run sets the password once more. */
const update = async (session: Session, desired: Wanted, held: UserRep, live: Live<UserSpec> | undefined): Promise<void> => {
  const { password } = desired.spec;
  const known = live?.spec.password;
  const anew = password !== undefined && password !== null && known?.reveal() !== password.reveal();
  if (anew)
    await session.admin.write('PUT', `${session.base}/users/${held.id}/reset-password`, { doing: `change user "${held.username}"`, at: desired.origin, body: credential(password) });
  const { otp } = desired.spec;
  const oneTimeAnew = otp != null && live?.spec.otp?.reveal() !== otp.reveal();
  if (oneTimeAnew) await removeOneTime(session, held);
  await write(session, desired, held, { live, oneTimeAnew, kept: !anew, set: anew ? await whenSet(session, held) : undefined });
};

/** Those of ours, by another secret: Keycloak adds to what there is, and whoever has the old secret would keep it. */
const removeOneTime = async ({ admin, base }: Session, { id, username }: UserRep): Promise<void> => {
  for (const one of ((await credentialsOf(admin, base, id)) ?? []).filter(isOurs))
    await admin.write('DELETE', `${base}/users/${id}/credentials/${one.id}`, { doing: `take one-time passwords from user "${username}"`, accept: [404] });
};

const write = (session: Session, desired: Wanted, held: UserRep, writing: Writing): Promise<number> =>
  session.admin.write('PUT', `${session.base}/users/${held.id}`, {
    doing: `change user "${held.username}"`,
    at: desired.origin,
    body: { ...keptOf(held), ...layered(fieldsOf(desired)), attributes: attributesOf(session, desired, held.attributes, writing), ...(writing.oneTimeAnew === true && { credentials: oneTime(session, desired) }) },
  });
