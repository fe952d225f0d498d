import { createHash } from 'node:crypto';
import { defineKind } from '../../../core/provider.ts';
import { Problem } from '../../../core/problem.ts';
import type { Position } from '../../../core/problem.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import { MASK, payloadOf } from '../payload.ts';
import type { ComponentRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { component, listsIn, within } from '../specs/component.ts';
import type { ComponentSpec } from '../specs/component.ts';
import { realm } from '../specs/realm.ts';
import { secretsIn, withSecrets } from '../stated-secrets.ts';
import { PROFILE } from '../shipped/shape.ts';

type Wanted = Desired<ComponentSpec>;
/** One of an export, with what the tree around it says. */
interface Held extends ComponentRep {
  readonly id: string;
  readonly name: string;
  readonly providerType: string;
  readonly parent: string | undefined;
}

/**
 * What is plugged into a realm. Keycloak shows of a configuration what its provider declares and nothing else, so that the mark is the id: a
 * uuid of whose it is and of its address, which Keycloak takes from whoever makes it. What has another id cannot be marked, and is left.
 */
export const componentKind = defineKind<Session, ComponentSpec, Held>()({
  name: component.kind,
  after: [realm.kind],
  immutable: component.immutable,
  list: async (session) => heldIn((await session.snapshot())?.exported?.components).map((rep) => toLive(rep, session)),
  put: async (session, desired, live) => {
    const id = idOf(session.owner, desired.id);
    if (live === undefined && (await create(session, desired, id))) return;
    if (live !== undefined && live.owner === undefined) throw unmarkable(named(desired.spec), desired.origin);
    await session.admin.write('PUT', pathOf(session, id), { doing: `change ${named(desired.spec)}`, at: desired.origin, body: { ...bodyOf(desired.spec), id } });
  },
  remove: async (session, live) => {
    const held = refOf(live);
    await session.admin.write('DELETE', pathOf(session, held.id), { doing: `delete ${named(held)}`, accept: [404] });
  },
  release: (_session, live) => Promise.reject(unmarkable(named(refOf(live)), undefined)),
});

const unmarkable = (what: string, at: Position | undefined): Problem =>
  new Problem('KEYCLOAK_CONFLICT', `${what} cannot change hands: whose it is stands in its id, which Keycloak changes of none`, { at, hint: 'delete it in Keycloak, or leave it out of the blueprint' });

const pathOf = ({ base }: Session, id: string): string => `${base}/components/${encodeURIComponent(id)}`;
const named = ({ name }: { readonly name: string }): string => `component "${name}"`;

const heldIn = (components: ComponentRep['subComponents'], parent?: string): readonly Held[] =>
  Object.entries(components ?? {}).flatMap(([providerType, reps]) =>
    // The user profile is an object of its own.
    (providerType === PROFILE ? [] : reps).flatMap((rep) => {
      const name = rep.name ?? rep.providerId;
      return [...(rep.id === undefined ? [] : [{ ...rep, id: rep.id, name, providerType, parent }]), ...heldIn(rep.subComponents, name)];
    }),
  );

const toLive = (rep: Held, session: Session): Live<ComponentSpec, Held> => {
  const { name, providerId, providerType, subType = null, parent = null, config = {} } = rep;
  const id = component.id(session.realm, within({ providerType, subType, parent }), name);
  const stated = statedFor(session, rep);
  const ours = rep.id === idOf(session.owner, id);
  const said = listsIn(stated?.config);
  // Keys that Keycloak made are hidden, and the console writes out what is not set.
  const shown = Object.fromEntries(Object.entries(config).filter(([field, values]) => Object.hasOwn(said, field) || values.some((value) => ![MASK, ''].includes(value))));
  const spec = component.read({ name, providerId, providerType, subType, parent, config: withSecrets(shown, secretsIn(said), true) });
  return { kind: component.kind, id, spec, owner: ours ? session.owner : undefined, ref: rep };
};

const statedFor = ({ raw }: Session, { name, parent, providerType, subType }: Held) => {
  const all = raw.entities.components ?? {};
  const of = parent === undefined ? all : all[parent]?.subComponents;
  const found = isSpec(of) ? of[name] : undefined;
  return isSpec(found) && found.providerType === providerType && (found.subType ?? null) === (subType ?? null) ? found : undefined;
};

/** Every value is a list; a configuration is merged, and an empty list takes away. */
const bodyOf = ({ parent: _place, config, ...head }: ComponentSpec): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(payloadOf(head)).filter(([, value]) => value !== null)),
  config: Object.fromEntries(Object.entries(payloadOf(config ?? {})).map(([field, value]) => [field, typeof value === 'string' ? [value] : (value ?? [])])),
});

const idOf = (owner: string, id: string): string =>
  createHash('sha256').update(JSON.stringify([owner, component.kind, id])).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

type Listed = Omit<Held, 'parent'> & { readonly parentId: string };

/** False when it is there already. What Keycloak itself puts into a directory of ours gives way to what is stated. */
const create = async (session: Session, desired: Wanted, id: string): Promise<boolean> => {
  const { name, parent, providerType } = desired.spec;
  const listed = (of: string): Promise<readonly Listed[]> => session.admin.list<Listed>(`${session.base}/components?name=${encodeURIComponent(of)}`, `list the components called "${of}"`);
  const above = parent ? (await listed(parent)).find((one) => one.id === idOf(session.owner, component.id(session.realm, within({ ...one, parent: null }), parent))) : undefined;
  const usual = above && (await listed(name)).find((one) => one.parentId === above.id && one.providerType === providerType && one.id !== id);
  if (usual) await session.admin.write('DELETE', pathOf(session, usual.id), { doing: `make room for ${named(desired.spec)}`, at: desired.origin, accept: [404] });
  const parentId = above?.id;
  const post = { doing: `create ${named(desired.spec)}`, at: desired.origin, accept: [409], body: { ...bodyOf(desired.spec), id, ...(parentId && { parentId }) } };
  return (await session.admin.write('POST', `${session.base}/components`, post)) !== 409;
};
