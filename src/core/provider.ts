import type { Problem } from './problem.ts';
import type { Finding } from './finding.ts';
import type { LockPlace } from './lock.ts';
import type { Rotation } from './rotation.ts';
import type { FieldsOf } from './severity.ts';
import type { Address, Change, Changed, Danger, Dependent, Desired, Door, FieldDiff, GainBy, Live, Spec, Unseen } from './resource.ts';

/** When an object is changed, that others depend on as it is. */
export type Moment = 'now' | 'later' | 'last' | 'gone';

/**
 * One sort of object in a target, its whole life. `list` is one bulk read (pages apart), never one request per object.
 * `put` converges: it works from nothing, from ours, from adopted, and is safe to run twice. Deleting twice is success.
 */
export interface Kind<Client, S extends Spec = Spec, Ref = unknown> {
  readonly name: string;
  /** Kinds that must be written before this one, whatever the single objects say. */
  readonly after: readonly string[];
  /** Kinds that must be deleted before this one. Unstated: those that name it in `after`. Stated where the reverse order would open a hole. */
  readonly removeAfter?: readonly string[];
  /** Fields (paths in spec) whose change needs delete and create. */
  readonly immutable: readonly string[];
  /** Made from another target's value (keys): one that is no longer wanted is deleted by apply, not kept as orphan. */
  readonly derived?: boolean;
  /** Never deleted by apply, not even with --prune (a realm). */
  readonly undeletable?: boolean;
  readonly list: (client: Client) => Promise<readonly Live<S, Ref>[]>;
  readonly put: (client: Client, desired: Desired<S>, live: Live<S, Ref> | undefined) => Promise<void>;
  /**
   * Before an object that is there is changed: tells others what is to come (publishes a key, takes the old and the new), and says when `put` may
   * follow. `later`: when all that others make of it is in force. `last`: when what was put `later` is done, too, and what was issued before has
   * ended (`drain`). `gone`: when what the blueprint no longer names is gone.
   */
  readonly announce?: (client: Client, desired: Desired<S>, live: Live<S, Ref>) => Promise<Moment>;
  readonly remove: (client: Client, live: Live<S, Ref>) => Promise<void>;
  /** Takes our mark off, and changes nothing else. Unstated: objects of this kind go and stay with what they belong to. */
  readonly release?: (client: Client, live: Live<S, Ref>) => Promise<void>;
}

/** What is within reach of a blueprint on one target, beside what the blueprint states. */
export interface Reach {
  readonly dangers: readonly Danger[];
  /** What could not be looked at: a verdict that depends on it says so. */
  readonly unseen: readonly Unseen[];
  /** Of a gateway that is only looked at: how every route of the blueprint is reached by what is live. */
  readonly doors?: readonly Door[];
  /** Who can do what by objects of the blueprint that are not as it says: they are told as changes, and not among the dangers. */
  readonly gains?: readonly GainBy[];
}

/** What a server tells of when and by whom its objects were changed. */
export interface Traces {
  readonly changed: ReadonlyMap<Address, Changed>;
  /** Why more is not told, in words. */
  readonly untold?: string;
}

/** A live way to what the blueprint protects, whoever made it, with requests that go it. */
export interface Way {
  /** What is live: `kong.route/side-door`, `aws.route/shop/GET /orders`. */
  readonly address: string;
  /** How a verdict names it, where the address alone is not enough: one route may be met at several doors. */
  readonly name: string;
  /** Of the blueprint, and of nobody else. */
  readonly stated: boolean;
  /** It stands on something of ours (a service, an API), not on somebody else's. */
  readonly own: boolean;
  /** The service of the blueprint that it leads to; absent where it leads elsewhere. */
  readonly service?: string;
  /** A door beside the one that clients are told of: another stage. */
  readonly beside?: string;
  /** It is met by these protocols alone, and by no request of HTTP. */
  readonly untried?: readonly string[];
  /** It leads there only if the service listens on all addresses of its machine. */
  readonly perhaps?: true;
  /** Every request is answered there in the place of the service. */
  readonly closed?: true;
  /** None where no request is known that goes it. */
  readonly requests: readonly {
    /** Where to send it, unless to the gateway that the blueprint names. */
    readonly base?: string;
    readonly method: string;
    readonly path: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    /** A call of gRPC. */
    readonly grpc?: true;
    /** Its body is a message of gRPC, and it is none of its calls: HTTP in front of a server of gRPC. */
    readonly message?: true;
  }[];
}

/** A live target, logged in. Everything that the engine asks of a provider; it knows no server by name. */
export interface Provider {
  /** `keycloak`, `kong`, `opa`, `aws`: the first part of its kinds' names. */
  readonly name: string;
  readonly kinds: readonly BoundKind[];
  /** Parallel writes the target takes well. */
  readonly concurrency: number;
  /** Writes are held back, and made together by `settle`: until then none of them is done. */
  readonly atomic?: boolean;
  /**
   * Milliseconds for which what was issued before this run may still be out (tokens). They pass before what was announced for `last` is done: it
   * takes away what that needs.
   */
  readonly drain?: number;
  /** A value other targets need (`keys` of Keycloak), or `undefined` while it does not exist yet. Throws when it cannot be read. */
  readonly output?: (name: string) => Promise<unknown>;
  /**
   * Live objects under the names that the blueprint has for them, where somebody has given one of ours another name and it is known by something
   * else: it is put right, and not made a second time. Asked before anything is compared.
   */
  readonly recognised?: (desired: readonly Desired[], live: readonly Live[]) => readonly Live[];
  /**
   * All within reach that the blueprint does not state and the server does not ship. Given everything that `list` returned; what else it needs it
   * reads in bulk.
   */
  readonly reach: (desired: readonly Desired[], live: readonly Live[]) => Promise<Reach>;
  /** What stays and would lose by the deletion of these: foreign objects that stand on ours. Nothing is deleted before it is asked. */
  readonly dependents?: (deleted: readonly Live[], staying: readonly Live[]) => Promise<readonly Dependent[]>;
  /** When and by whom these were last changed: asked by drift, of what it found, and of nothing else. Given what `reach` is given. */
  readonly traces?: (found: readonly Address[], live: readonly Live[]) => Promise<Traces>;
  /** Every live way to what the blueprint protects, declared or not: what verify tries. Given what `reach` is given. */
  readonly ways?: (desired: readonly Desired[], live: readonly Live[]) => Promise<readonly Way[]>;
  /**
   * Whether the server itself is what the blueprint takes it for, whatever objects are on it: asked beside the first reading. Nothing is written where
   * it is not.
   */
  readonly confirm?: () => Promise<readonly Problem[]>;
  /** What the server says it is (`26.4.1`), by what was read of it anyway: nothing is sent for it. `undefined` where it has not told. */
  readonly version?: () => string | undefined;
  /** What doctor tells of the server itself: its version, what of it these objects need. */
  readonly about?: (desired: readonly Desired[]) => Promise<readonly Finding[]>;
  /** Asked before the first write: what the live server would refuse (its schemas, its version), each with its blueprint line. */
  readonly check?: (desired: readonly Desired[]) => Promise<readonly Problem[]>;
  /** Told before the first write what is about to be done, objects that stay as they are and removals included; deferred ones are not known yet. */
  readonly prepare?: (changes: readonly Change[]) => void;
  /** Called once after the last write: returns when the change is in force, throws a Problem when it does not come. */
  readonly settle?: (desired: readonly Desired[]) => Promise<void>;
  /** Number of requests so far, split by whether they could have changed anything. */
  readonly requests: () => { readonly reads: number; readonly writes: number };
  readonly close?: () => Promise<void>;
  /** Where it keeps the lock of a blueprint; absent where nothing can be made that is refused to whoever comes second. */
  readonly lock?: LockPlace;
  /** An issuer that signs: how its key is changed. */
  readonly rotation?: Rotation;
  /** What was read is old: somebody else may have written meanwhile. */
  readonly forget?: () => void;
  /**
   * The target is only looked at: nothing is written there, and what is not as the blueprint says is told by what it does. `demands`: whether an
   * object must be there under its name. `means`: whether a difference is none, because what is unset there means what is stated.
   */
  readonly looking?: { readonly demands: (desired: Desired) => boolean; readonly means: (desired: Desired, difference: FieldDiff) => boolean };
  /** What is known about the fields of its kinds. */
  readonly fieldsOf?: FieldsOf;
}

/** A kind with its client already in hand: what the engine works with. */
export interface BoundKind {
  readonly name: string;
  readonly after: readonly string[];
  readonly removeAfter: readonly string[] | undefined;
  readonly immutable: readonly string[];
  readonly derived: boolean;
  readonly undeletable: boolean;
  readonly list: () => Promise<readonly Live[]>;
  readonly put: (desired: Desired, live: Live | undefined) => Promise<void>;
  readonly announce?: ((desired: Desired, live: Live) => Promise<Moment>) | undefined;
  readonly remove: (live: Live) => Promise<void>;
  readonly release?: ((live: Live) => Promise<void>) | undefined;
}

/** Names the client type, the spec and the server's handle once, so that a kind's file reads as a table. */
export const defineKind =
  <Client, S extends Spec = Spec, Ref = unknown>() =>
  (kind: Kind<Client, S, Ref>): Kind<Client, S, Ref> =>
    kind;

/** What `list` gave and patterns made for this kind comes back to it: the engine keeps objects by kind, and this is where it says so. */
export const bindKind = <Client, S extends Spec, Ref>(kind: Kind<Client, S, Ref>, client: Client): BoundKind => ({
  name: kind.name,
  after: kind.after,
  removeAfter: kind.removeAfter,
  immutable: kind.immutable,
  derived: kind.derived ?? false,
  undeletable: kind.undeletable ?? false,
  list: () => kind.list(client),
  put: (desired, live) => kind.put(client, desired as Desired<S>, live as Live<S, Ref> | undefined),
  remove: (live) => kind.remove(client, live as Live<S, Ref>),
  ...(kind.announce && { announce: (desired: Desired, live: Live) => kind.announce?.(client, desired as Desired<S>, live as Live<S, Ref>) ?? Promise.resolve('now') }),
  ...(kind.release && { release: (live: Live) => kind.release?.(client, live as Live<S, Ref>) ?? Promise.resolve() }),
});

/** What the servers say they are, those that do. */
export const versionsOf = (providers: readonly Provider[]): { readonly versions?: Readonly<Record<string, string>> } => {
  const told = providers.flatMap(({ name, version }) => {
    const found = version?.();
    return found === undefined ? [] : [[name, found] as const];
  });
  return told.length === 0 ? {} : { versions: Object.fromEntries(told) };
};
