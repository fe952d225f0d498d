import type { Position, Problem } from './problem.ts';
import type { Secret } from './secret.ts';

/** What a spec is made of: JSON, and secrets that are compared but never shown. */
export type SpecValue = null | boolean | number | string | Secret | readonly SpecValue[] | Spec;
export interface Spec {
  readonly [field: string]: SpecValue;
}

/** `kind/id`: `kong.route/shop.orders.list`. Unique in a plan. */
export type Address = string;

/**
 * One object as the blueprint wants it: references resolved, every owned field stated. A field that is not in `spec`
 * is not owned: it is never compared and never changed. `null` means "must be absent".
 */
export interface Desired<S extends Spec = Spec> {
  readonly kind: string;
  /** The identity inside its kind: stable, readable, what the server finds it by. */
  readonly id: string;
  readonly spec: S;
  /** Addresses that must be in force before this one is written. */
  readonly after: readonly Address[];
  /** The blueprint line that asked for it. */
  readonly origin: Position;
  /**
   * Fields that the blueprint states in the target's own words, by their path in `spec` (`config.minute`): no pattern has thought about
   * them, so the live server is asked, and this is the line to name.
   */
  readonly fields?: Readonly<Record<string, Position>>;
  /** Never deleted by apply, prune or destroy. */
  readonly protected?: boolean;
  /**
   * Top-level fields that no line of the blueprint states: a new object begins with them. On one that was there before it was taken over they are
   * somebody else's, and stay as they are.
   */
  readonly initial?: readonly string[];
  /** Name or id, on its server, of one that is there already and is to be this one: it is taken over in its place. */
  readonly adopts?: string;
  /** Other blueprints want the very same object: one that carries their mark, and is as it is asked for, gets ours beside it. */
  readonly joint?: boolean;
}

/** One object as the target holds it, in the same shape as `Desired.spec`. Absent is `undefined`; unreadable throws. */
export interface Live<S extends Spec = Spec, Ref = unknown> {
  readonly kind: string;
  readonly id: string;
  readonly spec: S;
  /** The blueprint name in its mark; `undefined` when it carries none of ours. */
  readonly owner: string | undefined;
  readonly protected?: boolean;
  /** It was there before it was taken over: it is let go when the blueprint no longer names it, never deleted. */
  readonly adopted?: boolean;
  /** Nobody asked for it: the same made twice, by a request that was asked for again, or what a run that was cut short needed for itself. Nothing stands on it. */
  readonly doubled?: boolean;
  /** Fields that a run which was cut short has kept from it so that nothing was open: the next one gives them. */
  readonly kept?: readonly string[];
  /** Of maps that others add to, by the field: the entries that its mark says we made. One that is stated no more goes; those of others stay. */
  readonly made?: Readonly<Record<string, readonly string[]>>;
  /** The server's own handle (a uuid, an ARN): for the kind that read it, opaque to everyone else. */
  readonly ref?: Ref;
}

/**
 * Objects that cannot be named before another target answers: one Kong credential per key that Keycloak publishes.
 * `expand` turns the value into desired objects; until the value exists the plan shows one entry, "known after apply".
 */
export interface Deferred {
  readonly kind: string;
  /** Shown in the plan while the value is unknown. */
  readonly id: string;
  readonly after: readonly Address[];
  readonly origin: Position;
  /** Which provider's output is needed. */
  readonly needs: { readonly provider: string; readonly output: string };
  readonly expand: (value: unknown) => readonly Desired[];
  /** What to do when the value is there, and nothing can be made of it. */
  readonly hint?: string;
}

/**
 * What something that the blueprint does not state does to people, worst first. `opens`: somebody can do what they could not; `exposes`: tokens
 * or personal data go elsewhere; `weakens`: a guard is thinner than it was; `breaks`: somebody who may is locked out; `differs`: anything else.
 */
export const effects = ['opens', 'exposes', 'weakens', 'breaks', 'differs'] as const;
export type Effect = (typeof effects)[number];

/** What somebody can do by what is live and could not by the blueprint, as far as the target that tells of it knows. */
export type Gain =
  /** A request that gets to something protected: of anybody, or of whoever has a token for an audience. */
  | { readonly request: string; readonly gateway: string; readonly reaches: string; readonly who: 'anybody' | { readonly audience: string } }
  /** A role beyond those that the blueprint gives: of people by name, of everybody with another role, of a client's own account, or of all people. */
  | { readonly role: string; readonly holders: { readonly people: readonly string[] } | { readonly role: string } | { readonly client: string } | 'everybody' };

/** Something live that can change who gets to what the blueprint protects, or what a token says, and that the blueprint does not state. */
export interface Danger {
  readonly kind: string;
  readonly id: string;
  readonly effect: Effect;
  /** What the live stack lets through now, from the side of whoever reads it. */
  readonly what: string;
  /** The line of the blueprint that it concerns. */
  readonly origin: Position;
  readonly hint: string;
  /** The path in the object's spec, where it is about one field. */
  readonly field?: string;
  /** A fingerprint of all that was looked at (`seenOf`): what was accepted is told again when it is no longer the same. */
  readonly seen?: string;
  /** The tags that the object carries on its target. */
  readonly tags?: readonly string[];
  /** Who can do what by it, where that can be worked out. */
  readonly gains?: readonly Gain[];
  /** What of it other targets are given by the next apply: names of keys, the last part of the id of what is made of them. */
  readonly gives?: readonly string[];
}

/** How a route of the blueprint is reached by what is live at a gateway that is only looked at. */
export interface Door {
  readonly gateway: string;
  /** `orders.list` */
  readonly route: string;
  /** The live object that takes its requests; none where nothing does. */
  readonly by?: Address;
  /**
   * Who gets through: `nobody`, `anybody`, `bearers` of any token of the issuer, those with a token for its `audience`, those whom the blueprint lets
   * (`stated`), or those whom something lets that is not known here (`unknown`).
   */
  readonly lets: 'nobody' | 'anybody' | 'bearers' | 'audience' | 'stated' | 'unknown';
  /** What of `bearers` must be in their token: one of each that is listed. */
  readonly asks?: { readonly scopes: readonly string[]; readonly roles: readonly string[] };
}

/** By which object, and the line of the blueprint that it concerns. */
export interface GainBy {
  readonly by: Address;
  readonly origin: Position;
  readonly gain: Gain;
}

/** Something within reach that could not be looked at: a login without the right, an API that is off, a version without the field. */
export interface Unseen {
  /** `keycloak` */
  readonly target: string;
  readonly what: string;
  readonly why: string;
}

/** Something that stays, and would lose by the deletion of an object of ours. */
export interface Dependent {
  /** The object of ours. */
  readonly of: Address;
  /** What stands on it. */
  readonly dependent: Address;
  /** What would become of it, as the rest of a sentence that begins with its name. */
  readonly harm: string;
}

export interface FieldDiff {
  /** `config.claims_to_verify[0]` */
  readonly path: string;
  /** Secrets are masked: `[secret 1a2b…]`. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What apply would do with one object. Every case is named, so a new one does not compile until plan, apply and report know it. */
export type Step =
  | { readonly action: 'create' | 'keep'; readonly desired: Desired; readonly live?: Live }
  | { readonly action: 'update' | 'replace' | 'adopt'; readonly desired: Desired; readonly live: Live; readonly because: readonly FieldDiff[] }
  /** `renamed`: the address of what comes in its place, or `gone` where nothing does of what was renamed with it. */
  | { readonly action: 'delete'; readonly live: Live; readonly renamed?: Address }
  /** Our mark is taken off, and nothing else. */
  | { readonly action: 'release'; readonly live: Live }
  | { readonly action: 'orphan'; readonly live: Live; readonly why?: string }
  | { readonly action: 'blocked'; readonly desired: Desired; readonly live: Live; readonly problem: Problem }
  /** It would be deleted, and something that stays needs it. */
  | { readonly action: 'blocked'; readonly live: Live; readonly problem: Problem }
  /** The value that it waits for is there, and is good for nothing. */
  | { readonly action: 'blocked'; readonly deferred: Deferred; readonly problem: Problem }
  | { readonly action: 'deferred'; readonly deferred: Deferred }
  | { readonly action: 'danger'; readonly danger: Danger };
/** When something was last changed and by whom, as far as its server tells. */
export interface Changed {
  /** `2026-11-29T12:00:03.000Z` */
  readonly at: string;
  /** In the words of the server: an account, a client, an address. */
  readonly by?: string;
}

/** A step, with what it does to people that it is needed; nothing for an object that is as it should be. */
export type Change = Step & {
  readonly effect?: Effect;
  /** What it does, where that is worked out: `now lets in everybody at kong orders.cancel (DELETE /orders/{id})`. */
  readonly does?: string;
  /** Where drift asked for it, and the server tells. */
  readonly changed?: Changed;
};

export const addressOf = ({ kind, id }: { readonly kind: string; readonly id: string }): Address => `${kind}/${id}`;

/** The server's own handle of an object that the list of its kind gave: no other ever comes back to a kind. */
export const refOf = <Ref>(live: Live<Spec, Ref>): Ref => {
  if (live.ref === undefined) throw new Error(`${addressOf(live)} was not read by its kind`);
  return live.ref;
};
