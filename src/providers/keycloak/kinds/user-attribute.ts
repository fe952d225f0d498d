import { sameValue } from '../../../core/diff.ts';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { layered } from '../attributes.ts';
import { foreignAttributes, listMark, ownership } from '../ownership.ts';
import { payloadOf } from '../payload.ts';
import { plain } from '../plain.ts';
import type { Session } from '../session.ts';
import { shippedWith } from '../shipped/index.ts';
import { storedProfile } from '../shipped/shape.ts';
import type { ProfileAttribute } from '../shipped/shape.ts';
import { nameIn } from '../specs/id.ts';
import { realm } from '../specs/realm.ts';
import { userAttribute } from '../specs/user-attribute.ts';
import type { UserAttributeSpec } from '../specs/user-attribute.ts';

interface AttributeRef {
  /** How Keycloak ships it; `undefined` for one that it does not. */
  readonly shipped: ProfileAttribute | undefined;
}

/**
 * An attribute of the user profile, with the mark among its annotations. Those that Keycloak ships are nobody's as long as they are as shipped, and are so
 * again when they are taken away.
 */
export const userAttributeKind = defineKind<Session, UserAttributeSpec, AttributeRef>()({
  name: userAttribute.kind,
  after: [realm.kind],
  immutable: userAttribute.immutable,
  list: async (session) => {
    const exported = (await session.snapshot())?.exported;
    const usual = shippedAttributes(exported?.keycloakVersion);
    return (exported === undefined ? [] : (storedProfile(exported)?.attributes ?? [])).flatMap((one) => {
      const shipped = usual.get(one.name);
      const untouched = ownership(one.annotations).owner === undefined && shipped !== undefined && sameValue(plain(one), plain(shipped));
      return untouched ? [] : [toLive(one, shipped, session.realm)];
    });
  },
  put: (session, desired, live) => change(session, desired, `set the user attribute "${nameIn(desired.id)}"`, (attributes) => {
    const name = nameIn(desired.id);
    const held = attributes.find((one) => one.name === name);
    const made = attributeOf(session, desired, held, live);
    return held === undefined ? [...attributes, made] : attributes.map((one) => (one === held ? made : one));
  }),
  remove: (session, live) => change(session, undefined, `take away the user attribute "${nameIn(live.id)}"`, (attributes) => {
    const name = nameIn(live.id);
    const { shipped } = refOf(live);
    return attributes.flatMap((one) => (one.name !== name ? [one] : shipped === undefined ? [] : [shipped]));
  }),
  release: (session, live) => change(session, undefined, `let go of the user attribute "${nameIn(live.id)}"`, (attributes) =>
    attributes.map((one) => (one.name === nameIn(live.id) ? { ...one, annotations: foreignAttributes(one.annotations) } : one))),
}); // prettier-ignore

/** The profile is one document: whoever changes it reads it first, one after the other. */
const change = (session: Session, desired: Desired | undefined, doing: string, then: (attributes: readonly ProfileAttribute[]) => readonly ProfileAttribute[]): Promise<void> =>
  session.profile(async () => {
    const path = `${session.base}/users/profile`;
    const profile = await session.admin.read<{ readonly attributes?: readonly ProfileAttribute[] }>(path, 'read the user profile');
    await session.admin.write('PUT', path, { doing, at: desired?.origin, body: { ...profile, attributes: then(profile.attributes ?? []) } });
  });

const attributeOf = (session: Session, desired: Desired<UserAttributeSpec>, held: ProfileAttribute | undefined, live: Pick<Live, 'owner'> | undefined): ProfileAttribute => {
  const { annotations, ...fields } = desired.spec;
  const given = payloadOf(annotations ?? {});
  return {
    ...layered({ ...held }, payloadOf(fields)),
    name: nameIn(desired.id),
    annotations: layered(held?.annotations, given, textOf(listMark(session.owner, desired, live))),
  };
};

/** Annotations are any JSON: a text is enough. */
const textOf = (mark: Record<string, string[] | null>): Record<string, string | null> => Object.fromEntries(Object.entries(mark).map(([name, values]) => [name, values?.[0] ?? null]));

const shippedAttributes = (version: string | undefined): ReadonlyMap<string, ProfileAttribute> => {
  const { attributes } = shippedWith(version).shipped.profile;
  // As it was recorded from the server.
  return new Map(((attributes ?? []) as unknown as readonly ProfileAttribute[]).map((one) => [one.name, one]));
};

const toLive = (one: ProfileAttribute, shipped: ProfileAttribute | undefined, realmName: string): Live<UserAttributeSpec, AttributeRef> => {
  const { name, annotations, ...fields } = one;
  return { kind: userAttribute.kind, id: userAttribute.id(realmName, name), spec: userAttribute.read({ ...fields, annotations: foreignAttributes(annotations) }), ...ownership(annotations), ref: { shipped } };
};
