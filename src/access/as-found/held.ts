import { groupBy } from '../../core/collections.ts';
import { changesOf } from '../../core/plan.ts';
import type { Plan } from '../../core/plan.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Change, Live, Spec } from '../../core/resource.ts';
import type { SpecType } from '../../core/spec.ts';

/** Looks up what the targets hold of an object that the plan is about: `held(kong.route, 'shop.orders.list')`. */
export interface Held {
  <S extends Spec, Parts extends readonly string[]>(type: SpecType<S, Parts>, ...parts: Parts): (Live & { readonly spec: S }) | undefined;
  /** Whether there is one of a kind whose id begins so. Where the plan wants none of the kind, or does not know yet which, that is no reason for a no. */
  readonly some: (type: { readonly kind: string }, beginning: string) => boolean;
}

export const heldIn = (plan: Plan): Held => lookUp(wantedBy(plan), indexed(foundIn(plan)));

const foundIn = (plan: Plan): ReadonlyMap<Address, Live> => new Map([...formerNames(plan), ...changesOf(plan).flatMap((change) => pair(liveOf(change))), ...(plan.found ?? []).flatMap(pair)]);

/**
 * All as it is stated, all as it is found, and as if only this object were as it is found, or only this as the blueprint states it, and everything else the other way round. A plan with a thousand
 * changes is asked two thousand times: what all of these have in common is put together once.
 */
export const heldBut = (plan: Plan): { readonly stated: Held; readonly found: Held; readonly but: (choice: { readonly found: Address } | { readonly stated: Address }) => Held } => {
  const stating = new Map(changesOf(plan).flatMap((change) => ('desired' in change ? [[addressOf(change.desired), change] as const] : [])));
  const looked = new Map((plan.found ?? []).flatMap(pair));
  const rest = new Map([...formerNames(plan), ...changesOf(plan).flatMap((change) => ('desired' in change ? [] : pair(liveOf(change)))), ...looked]);
  const stated = new Map([...formerNames(plan), ...changesOf(plan).flatMap((change) => pair('desired' in change ? statedBy(change, plan.name) : liveOf(change))), ...looked]);
  const [asFound, asStated, wanted] = [indexed(foundIn(plan)), indexed(stated), wantedBy(plan)];
  const but = (choice: { readonly found: Address } | { readonly stated: Address }): Held => {
    const address = 'found' in choice ? choice.found : choice.stated;
    const change = stating.get(address);
    if (change === undefined) return lookUp(wanted, 'found' in choice ? asStated : asFound);
    const one = looked.get(address) ?? ('found' in choice ? liveOf(change) : statedBy(change, plan.name)) ?? rest.get(address);
    return lookUp(wanted, 'found' in choice ? asStated : asFound, { address, live: one });
  };
  return { stated: lookUp(wanted, asStated), found: lookUp(wanted, asFound), but };
};

/** Who asks for what, piece by piece of what is made of it. */
export interface Noted {
  readonly held: Held;
  readonly during: During;
  /** Makes these pieces anew, and takes the others as they were made. */
  readonly remaking: (pieces: ReadonlySet<string>) => During;
  /** The pieces for which this object was asked for, or its whole kind. */
  readonly madeOf: (address: Address) => ReadonlySet<string>;
}
/** Makes a piece; `piece` is its name. */
export type During = <Made>(piece: string, make: () => Made) => Made;

export const noted = (held: Held): Noted => {
  const [readers, values] = [new Map<string, Set<string>>(), new Map<string, unknown>()];
  let current = '';
  const note = (what: string): void => {
    const its = readers.get(what);
    if (its) its.add(current);
    else readers.set(what, new Set([current]));
  };
  const asked = <S extends Spec, Parts extends readonly string[]>(type: SpecType<S, Parts>, ...parts: Parts): (Live & { readonly spec: S }) | undefined => {
    note(type.address(...parts));
    return held(type, ...parts);
  };
  const some: Held['some'] = (type, beginning) => {
    note(`${type.kind}/*`);
    return held.some(type, beginning);
  };
  return {
    held: Object.assign(asked, { some }),
    during: (piece, make) => {
      current = piece;
      const made = make();
      values.set(piece, made);
      return made;
    },
    // What a piece is made of is what it was made of then: nobody else says its name.
    remaking: (pieces) => (piece, make) => (pieces.has(piece) || !values.has(piece) ? make() : (values.get(piece) as ReturnType<typeof make>)),
    madeOf: (address) => new Set([...(readers.get(address) ?? []), ...(readers.get(`${address.slice(0, address.indexOf('/'))}/*`) ?? [])]),
  };
};

/** Objects by their address, and the ids of each kind. */
interface Indexed {
  readonly live: ReadonlyMap<Address, Live>;
  readonly ids: ReadonlyMap<string, readonly string[]>;
}
const indexed = (live: ReadonlyMap<Address, Live>): Indexed => ({ live, ids: new Map([...groupBy(live.values(), ({ kind }) => kind)].map(([kind, its]) => [kind, its.map(({ id }) => id)])) });

const pair = (live: Live | undefined): readonly (readonly [Address, Live])[] => (live ? [[addressOf(live), live]] : []);
/** What is called otherwise from now on, by its next name: until that is there, it is what does the work. */
const formerNames = (plan: Plan): readonly (readonly [Address, Live])[] =>
  plan.removals.flatMap((change) =>
    change.action === 'delete' && change.renamed !== undefined && change.renamed !== 'gone' ? [[change.renamed, { ...change.live, id: change.renamed.slice(change.live.kind.length + 1) }] as const] : [],
  );
const liveOf = (change: Change): Live | undefined => ('live' in change ? change.live : undefined);
const statedBy = (change: Change, owner: string): Live | undefined =>
  'desired' in change ? { kind: change.desired.kind, id: change.desired.id, owner, spec: { ...liveOf(change)?.spec, ...change.desired.spec } } : undefined;

/** Kinds of which a plan wants something, and those of which it does not know yet what. */
const wantedBy = (plan: Plan): { readonly wanted: ReadonlySet<string>; readonly unknown: ReadonlySet<string> } => {
  const [wanted, unknown] = [new Set<string>(), new Set<string>()];
  for (const change of changesOf(plan)) {
    if (change.action === 'deferred') unknown.add(change.deferred.kind);
    else if ('desired' in change) wanted.add(change.desired.kind);
  }
  return { wanted, unknown };
};

/** `but`: one that is otherwise, or is not there. */
const lookUp = ({ wanted, unknown }: ReturnType<typeof wantedBy>, { live, ids }: Indexed, but?: { readonly address: Address; readonly live: Live | undefined }): Held => {
  const held = <S extends Spec, Parts extends readonly string[]>(type: SpecType<S, Parts>, ...parts: Parts): (Live & { readonly spec: S }) | undefined => {
    const address = type.address(...parts);
    const found = but?.address === address ? but.live : live.get(address);
    return found && type.is(found) ? found : undefined;
  };
  const isThere = (kind: string, id: string): boolean => but?.address !== addressOf({ kind, id }) || but.live !== undefined;
  const some = ({ kind }: { readonly kind: string }, beginning: string): boolean =>
    !wanted.has(kind) || unknown.has(kind) || (but?.live?.kind === kind && but.live.id.startsWith(beginning)) || (ids.get(kind) ?? []).some((id) => id.startsWith(beginning) && isThere(kind, id));
  return Object.assign(held, { some });
};
