import { defineKind } from '../../../core/provider.ts';
import { addressOf, refOf } from '../../../core/resource.ts';
import type { Desired, Live, SpecValue } from '../../../core/resource.ts';
import { componentsIn } from '../component-tree.ts';
import type { Held } from '../component-tree.ts';
import { markedId } from '../marked-ids.ts';
import { MASK, payloadOf } from '../payload.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { component, listsIn, statedComponents } from '../specs/component.ts';
import type { ComponentSpec } from '../specs/component.ts';
import { realm } from '../specs/realm.ts';
import { fingerprintOf, secretsIn, unchangedIn, withSecrets } from '../stated-secrets.ts';
import { isUsualMapper } from '../usual-mappers.ts';
import { sameValue } from '../../../core/diff.ts';
import { plain } from '../plain.ts';
import { shippedWith } from '../shipped/index.ts';
import { componentShape, REGISTRATION } from '../shipped/shape.ts';

type Wanted = Desired<ComponentSpec>;

/**
 * What is plugged into a realm. Keycloak shows of a configuration what its provider declares and nothing else, so that there is no room for a mark in
 * it: the mark is the id, and whoever takes one over or lets one go is noted in the realm.
 */
export const componentKind = defineKind<Session, ComponentSpec, Held>()({
  name: component.kind,
  after: [realm.kind],
  immutable: component.immutable,
  list: async (session) => {
    const snapshot = await session.snapshot();
    const stated = new Map(statedComponents(session.raw.entities.components, session.realm).map(({ id, fields }) => [id, fields]));
    const ours = (id: string, place: string): boolean => session.notes.ownership(id, addressOf({ kind: component.kind, id: place })).owner === session.owner;
    return componentsIn(snapshot?.exported?.components, session.realm, ours).map((rep) => toLive(rep, session, stated.get(rep.place)?.config));
  },
  put: async (session, desired, live) => {
    const id = live === undefined ? markedId(session.owner, addressOf(desired)) : refOf(live).id;
    // Whose it is comes first: nothing of somebody else's is changed.
    if (live !== undefined && live.owner === undefined) await session.notes.note(id, { hands: session.owner }, desired.origin);
    if (live !== undefined || !(await create(session, desired, id)))
      await session.admin.write('PUT', pathOf(session, id), { doing: `change ${named(desired.spec)}`, at: desired.origin, body: { ...bodyOf(desired.spec), id } });
    const secrets = secretsIn(desired.spec.config ?? {});
    await session.notes.note(id, { credential: secrets.length > 0 ? fingerprintOf(session.fingerprints, secrets) : null, ...(live === undefined && { hands: null }) }, desired.origin);
  },
  remove: async (session, live) => {
    const held = refOf(live);
    // Accounts that it imported are people: Keycloak would delete them with it.
    if (held.providerType === STORAGE) await session.admin.write('POST', `${session.base}/user-storage/${encodeURIComponent(held.id)}/unlink-users`, { doing: `keep the accounts of ${named(held)}`, accept: [404] });
    await session.admin.write('DELETE', pathOf(session, held.id), { doing: `delete ${named(held)}`, accept: [404] });
    await session.notes.forget(held.id);
  },
  release: (session, live) => session.notes.letGo(refOf(live).id, addressOf(live)),
});

const pathOf = ({ base }: Session, id: string): string => `${base}/components/${encodeURIComponent(id)}`;
const named = ({ name }: { readonly name: string }): string => `component "${name}"`;

const toLive = (rep: Held, session: Session, config: SpecValue | undefined): Live<ComponentSpec, Held> => {
  const { name, providerId, providerType, subType = null, parent = null, place } = rep;
  const said = listsIn(config);
  const secrets = secretsIn(said);
  const unchanged = unchangedIn(session, secrets, session.notes.credential(rep.id), `secrets of component ${name}`);
  // Keys that Keycloak made are hidden, and the console writes out what is not set.
  const shown = Object.fromEntries(Object.entries(rep.config ?? {}).filter(([field, values]) => Object.hasOwn(said, field) || values.some((value) => ![MASK, ''].includes(value))));
  return {
    kind: component.kind,
    id: place,
    spec: component.read({ name, providerId, providerType, subType, parent, config: withSecrets(shown, secrets, unchanged) }),
    ...session.notes.ownership(rep.id, addressOf({ kind: component.kind, id: place })),
    ref: rep,
  };
};

/** Every value is a list; a configuration is merged, and an empty list takes away. */
const bodyOf = ({ parent: _place, config, ...head }: ComponentSpec): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(payloadOf(head)).filter(([, value]) => value !== null)),
  config: Object.fromEntries(Object.entries(payloadOf(config ?? {})).map(([field, value]) => [field, typeof value === 'string' ? [value] : (value ?? [])])),
});

/** Where accounts come from. */
const STORAGE = 'org.keycloak.storage.UserStorageProvider';

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly providerId: string;
  readonly providerType: string;
  readonly subType?: string;
  readonly parentId: string;
  readonly config?: Held['config'];
}

/** False when it is there already. What Keycloak itself puts into a directory gives way to what is stated; what somebody else made does not. */
const create = async (session: Session, desired: Wanted, id: string): Promise<boolean> => {
  const { name, parent, providerType, subType } = desired.spec;
  const listed = (of: string): Promise<readonly Listed[]> => session.admin.list<Listed>(`${session.base}/components?name=${encodeURIComponent(of)}`, `list the components called "${of}"`);
  const above = parent ? aboveOf(session, desired, await listed(parent)) : undefined;
  const alike = (await listed(name)).filter((one) => one.providerType === providerType && (one.subType ?? null) === (subType ?? null) && (above === undefined || one.parentId === above.id));
  if (alike.some((one) => one.id === id)) return false;
  for (const one of alike) {
    if (above === undefined ? !isShippedPolicy(session, one) : !isUsualMapper(above.config ?? {}, one)) throw appeared(named(desired.spec), desired.origin);
    await session.admin.write('DELETE', pathOf(session, one.id), { doing: `make room for ${named(desired.spec)}`, at: desired.origin, accept: [404] });
  }
  const post = { doing: `create ${named(desired.spec)}`, at: desired.origin, accept: [409], body: { ...bodyOf(desired.spec), id, ...(above && { parentId: above.id }) } };
  return (await session.admin.write('POST', `${session.base}/components`, post)) !== 409;
};

/** As Keycloak put it into a realm of ours. */
const isShippedPolicy = (session: Session, { name, providerId, providerType, subType, config }: Listed): boolean => {
  const shape = componentShape({ id: '', name, providerId, ...(subType !== undefined && { subType }), ...(config && { config }) });
  return session.ownRealm.is() && providerType === REGISTRATION && shippedWith(undefined).shipped.registration.some((one) => sameValue(plain(one), plain(shape)));
};

/** What it is part of: ours where several have the name. */
const aboveOf = (session: Session, desired: Wanted, called: readonly Listed[]): Listed => {
  const tops = called.filter(({ parentId }) => !called.some(({ id }) => id === parentId));
  const ours = tops.find((one) => session.notes.ownership(one.id, desired.after.find((address) => address.startsWith(`${component.kind}/`)) ?? '').owner === session.owner);
  if (ours === undefined) throw appeared(`component "${desired.spec.parent}"`, desired.origin);
  return ours;
};
