import { defineKind } from '../../../core/provider.ts';
import type { Live } from '../../../core/resource.ts';
import { attributeOf, layered } from '../attributes.ts';
import { BINDING } from '../notes.ts';
import { ownerOf } from '../ownership.ts';
import type { RealmRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { shippedWith } from '../shipped/index.ts';
import { BINDINGS, flowBinding, isBinding } from '../specs/flow-binding.ts';
import type { BindingField, FlowBindingSpec } from '../specs/flow-binding.ts';
import { flow } from '../specs/flow.ts';
import { nameIn } from '../specs/id.ts';
import { realm } from '../specs/realm.ts';

/**
 * The flow that people pass, one object for each field of the realm. One that is as Keycloak ships it is nobody's; another belongs to whom the realm
 * belongs, unless a blueprint said so. What is taken away is as Keycloak ships it again.
 */
export const flowBindingKind = defineKind<Session, FlowBindingSpec>()({
  name: flowBinding.kind,
  after: [realm.kind, flow.kind],
  immutable: flowBinding.immutable,
  list: async (session) => {
    const held = (await session.snapshot())?.realm;
    return held === undefined ? [] : BINDINGS.flatMap((field) => toLive(session, held, field) ?? []);
  },
  put: (session, desired) => write(session, fieldOf(desired.id), { flow: desired.spec.flow, owner: session.owner, doing: `bind authentication flow "${desired.spec.flow}"`, at: desired.origin }),
  remove: async (session, live) => {
    const field = fieldOf(live.id);
    const usual = shippedBinding((await session.snapshot())?.realm, field);
    await write(session, field, { ...(usual !== undefined && { flow: usual }), owner: null, doing: `set the ${field} back` });
  },
  release: (session, live) => write(session, fieldOf(live.id), { owner: null, doing: `let go of the ${fieldOf(live.id)}` }),
});

const fieldOf = (id: string): BindingField => {
  const field = nameIn(id);
  if (!isBinding(field)) throw new Error(`${field} is no binding of a realm`);
  return field;
};

const shippedBinding = (held: Pick<RealmRep, 'keycloakVersion'> | undefined, field: BindingField): string | undefined => {
  const usual = shippedWith(held?.keycloakVersion).shipped.realm[field];
  return typeof usual === 'string' ? usual : undefined;
};

const toLive = (session: Session, held: RealmRep & { readonly firstBrokerLoginFlow?: string }, field: BindingField): Live<FlowBindingSpec> | undefined => {
  const alias = held[field];
  const mark = attributeOf(held.attributes, BINDING + field);
  if (alias === undefined || (mark === undefined && (session.raw.realm[field] === undefined || alias === shippedBinding(held, field)))) return undefined;
  return { kind: flowBinding.kind, id: flowBinding.id(session.realm, field), spec: { flow: alias }, owner: mark ?? ownerOf(held.attributes), ref: undefined };
};

interface Binding {
  readonly flow?: string;
  readonly owner: string | null;
  readonly doing: string;
  readonly at?: Parameters<Session['admin']['write']>[2]['at'];
}

/** Attributes are replaced as a whole, so that they are read anew. */
const write = (session: Session, field: BindingField, { flow: alias, owner, doing, at }: Binding): Promise<void> =>
  session.settings(async () => {
    const { attributes } = await session.admin.read<RealmRep>(session.base, 'read the realm');
    const body = { realm: session.realm, ...(alias !== undefined && { [field]: alias }), attributes: layered(attributes, { [BINDING + field]: owner }) };
    await session.admin.write('PUT', session.base, { doing, at, body });
  });
