import { defineKind } from '../../../core/provider.ts';
import { addressOf, refOf } from '../../../core/resource.ts';
import type { Address, Desired, Live, Spec } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import { asNew, differencesOf, flowsIn, specOf } from '../flow-tree.ts';
import type { HeldFlow } from '../flow-tree.ts';
import { buildFlow, flowPath, isUsed, rebind, setAside, usesOf } from '../flow-writes.ts';
import { markedId } from '../marked-ids.ts';
import type { Session } from '../session.ts';
import { flow, flowSpec } from '../specs/flow.ts';
import type { FlowSpec } from '../specs/flow.ts';
import { statedForms } from '../specs/flow-forms.ts';
import { realm } from '../specs/realm.ts';
import { fingerprintOf, secretsIn, unchangedIn } from '../stated-secrets.ts';

type Wanted = Desired<FlowSpec>;

interface FlowRef {
  /** The one that is called so, and how it is. */
  readonly held: HeldFlow | undefined;
  readonly spec: FlowSpec;
  /** The one whose place it takes, when that was not brought to its end. */
  readonly old: HeldFlow | undefined;
}

/**
 * A way to sign in. Nothing of one that is in use is changed step by step: another is made beside it, whole, everything that led to the first is led
 * there, and then the first goes. What a run left half done the next one sees, and ends.
 */
export const flowKind = defineKind<Session, FlowSpec, FlowRef>()({
  name: flow.kind,
  after: [realm.kind],
  immutable: flow.immutable,
  list: async (session) => {
    const snapshot = await session.snapshot();
    const all = flowsIn(snapshot?.exported);
    const asides = all.filter((one) => one.alias !== asNew(one.alias) && ownershipOf(session, one).owner === session.owner);
    const names = new Set([...all.filter((one) => !asides.includes(one)).map(({ alias }) => alias), ...asides.map(({ alias }) => asNew(alias))]);
    return [...names].flatMap((alias) => {
      const held = all.find((one) => one.alias === alias);
      const old = asides.find((one) => asNew(one.alias) === alias);
      const shown = held ?? old;
      return shown === undefined ? [] : [toLive(session, shown, { held, old })];
    });
  },
  put: async (session, desired, live) => {
    let { held, old }: Partial<FlowRef> = live === undefined ? { held: undefined, old: undefined } : refOf(live);
    const asStated = live !== undefined && differencesOf(desired.spec, refOf(live).spec).length === 0;
    const takenOver = live !== undefined && (live.adopted === true || live.owner === undefined);
    // Whose it is comes first: nothing of somebody else's is changed.
    if (live?.owner === undefined && held !== undefined) await session.notes.note(held.id, { hands: session.owner }, desired.origin);
    if (held !== undefined && old !== undefined && isUsed(await usesOf(session, held))) {
      await finish(session, old, held.id, desired);
      old = undefined;
    }
    if (held !== undefined && !asStated && !(await describe(session, desired, held, live))) {
      if (isUsed(await usesOf(session, held))) old = await setAside(session, held, desired);
      else {
        await session.admin.write('DELETE', flowPath(session, held.id), { doing: `change authentication flow "${held.alias}"`, at: desired.origin, accept: [404] });
        await session.notes.forget(held.id);
      }
      held = undefined;
    }
    const id = held?.id ?? freeId(session, desired, old);
    if (held === undefined) {
      if (takenOver) await session.notes.note(id, { hands: session.owner }, desired.origin);
      // Names of the one that goes are given free to their end.
      if (old !== undefined) old = await setAside(session, old, desired);
      await buildFlow(session, desired, id);
    }
    await session.notes.note(id, { credential: printOf(session, desired.spec.config ?? {}) ?? null, ...(live === undefined && { hands: null }) }, desired.origin);
    if (old !== undefined) await finish(session, old, id, desired);
  },
  remove: async (session, live) => {
    const { held, old } = refOf(live);
    for (const one of [held, old]) {
      if (one === undefined) continue;
      await session.admin.write('DELETE', flowPath(session, one.id), { doing: `delete authentication flow "${one.alias}"`, accept: [404] });
      await session.notes.forget(one.id);
    }
  },
  release: async (session, live) => {
    const { held, old } = refOf(live);
    for (const one of [held, old]) if (one !== undefined) await session.notes.letGo(one.id, markOf(session, one));
  },
});

/** Two may be there at once, and so it has two marks. */
const marksOf = (address: Address): readonly [Address, Address] => [address, `${address} ~2`];
const addressIn = (session: Session, alias: string): Address => flow.address(session.realm, asNew(alias));
const markOf = (session: Session, { id, alias }: HeldFlow): Address => {
  const [first, second] = marksOf(addressIn(session, alias));
  return id === markedId(session.owner, second) ? second : first;
};
const ownershipOf = (session: Session, one: HeldFlow): ReturnType<Session['notes']['ownership']> => session.notes.ownership(one.id, markOf(session, one));

/** The mark that the one which is set aside does not have. */
const freeId = (session: Session, desired: Wanted, old: HeldFlow | undefined): string => {
  const [first, second] = marksOf(addressOf(desired)).map((address) => markedId(session.owner, address));
  return (old?.id === first ? second : first) ?? '';
};

const toLive = (session: Session, shown: HeldFlow, { held, old }: Pick<FlowRef, 'held' | 'old'>): Live<FlowSpec, FlowRef> => {
  const alias = asNew(shown.alias);
  const stated = statedConfig(session, shown);
  const print = session.notes.credential(shown.id);
  const unchanged = (): boolean => unchangedIn(session, secretsIn(wrapped(stated)), print, `secrets of authentication flow ${alias}`);
  const spec = specOf(shown, stated, unchanged);
  return {
    kind: flow.kind,
    id: flow.id(session.realm, held?.alias ?? alias),
    spec: old === undefined ? spec : { ...spec, replacing: true },
    ...ownershipOf(session, shown),
    ref: { held, old, spec },
  };
};

/** What the blueprint states of its configurations: Keycloak hides what the authenticator does not declare, and what is secret. */
const statedConfig = (session: Session, { alias }: HeldFlow): Spec => {
  const forms = statedForms(session.raw.entities);
  const form = forms.flows.get(asNew(alias));
  return (form && flowSpec(form, forms).config) ?? {};
};
const wrapped = (config: Spec): Spec => Object.fromEntries(Object.entries(config).map(([path, value]) => [path, typeof value === 'string' ? new Secret(value) : value]));
const printOf = (session: Session, config: Spec): string | undefined => {
  const stated = secretsIn(wrapped(config));
  return stated.length > 0 ? fingerprintOf(session.fingerprints, stated) : undefined;
};

/** What a flow is told to be for changes nothing for whoever passes it. */
const describe = async (session: Session, desired: Wanted, { id, alias, rep }: HeldFlow, live: Live<FlowSpec, FlowRef> | undefined): Promise<boolean> => {
  if (live === undefined || differencesOf(desired.spec, refOf(live).spec).some((path) => path !== 'description')) return false;
  const { providerId, topLevel, builtIn } = rep;
  const body = { id, alias, description: desired.spec.description ?? '', providerId, topLevel, builtIn };
  await session.admin.write('PUT', flowPath(session, id), { doing: `change authentication flow "${alias}"`, at: desired.origin, body });
  return true;
};

/** All that led to the old one leads to the other, and the old one goes. */
const finish = async (session: Session, old: HeldFlow, id: string, { origin: at }: Wanted): Promise<void> => {
  await rebind(session, old, id, at);
  await session.admin.write('DELETE', flowPath(session, old.id), { doing: `delete authentication flow "${old.alias}"`, at, accept: [404] });
  await session.notes.forget(old.id);
};
