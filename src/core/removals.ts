import { fitting } from './accept.ts';
import { removalOrder } from './order.ts';
import { Problem } from './problem.ts';
import type { BoundKind, Provider } from './provider.ts';
import { renamedTo } from './renames.ts';
import type { Rename } from './renames.ts';
import type { Address, Dependent, Live, Step } from './resource.ts';
import { addressOf } from './resource.ts';

export interface RemovalOptions {
  /** Delete what carries our mark and is no longer in the blueprint. */
  readonly prune?: boolean;
  /** What is there by a former name stays, too. */
  readonly keepRenamed?: boolean;
  /** With `prune`: everything is asked to go, whether or not the blueprint names it. */
  readonly everything?: boolean;
  /** With `prune`: what has one of these addresses stays all the same. */
  readonly spared?: ReadonlySet<string>;
  /** Take our mark off what has one of these addresses (`*` stands for any text), and leave everything else alone. */
  readonly release?: readonly string[];
}

interface Asked {
  readonly name: string;
  readonly renames: readonly Rename[];
  readonly kinds: ReadonlyMap<string, BoundKind>;
  readonly read: readonly { readonly provider: Provider; readonly live: readonly Live[] }[];
  readonly wanted: ReadonlySet<Address>;
  /** Kinds of which objects are wanted whose names are not known yet: none of them is deleted meanwhile. */
  readonly waiting: ReadonlySet<string>;
  readonly options: RemovalOptions;
}

interface Removals {
  /** In the order in which they are carried out. */
  readonly removals: readonly Step[];
  /** Ours, no longer wanted, and staying. */
  readonly orphans: readonly Step[];
}

/**
 * What becomes of the objects of ours that the blueprint does not name. What was there before it was taken over is let go, never deleted;
 * what something foreign stands on is not deleted either, and says so.
 */
export const planRemovals = async ({ name, renames, kinds, read, wanted, waiting, options }: Asked): Promise<Removals> => {
  const live = read.flatMap((part) => part.live);
  const left = live.filter((object) => object.owner === name && !wanted.has(addressOf(object)));
  const order = removalOrder([...kinds.values()]);
  const inOrder = (steps: readonly Live[]): readonly Live[] => steps.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));

  if (options.release) {
    const patterns = options.release.map(fitting);
    const chosen = inOrder(left.filter((object) => patterns.some((fits) => fits(addressOf(object)))));
    return { removals: chosen.filter(({ kind }) => kinds.get(kind)?.release).map((object) => ({ action: 'release', live: object })), orphans: [] };
  }

  const derives = new Set([...wanted].map((address) => address.slice(0, address.indexOf('/'))));
  const noLonger = options.everything === true ? 'carries our mark' : NO_LONGER;
  const stepOf = (object: Live): Step => {
    const orphan = (why?: string): Step => ({ action: 'orphan', live: object, ...(why !== undefined && { why }) });
    const kind = kinds.get(object.kind);
    if (kind === undefined) return orphan();
    if (waiting.has(object.kind)) return orphan('stays until it is known what comes in its place');
    // It goes as it came.
    if (object.doubled === true && object.adopted !== true && options.keepRenamed !== true) return { action: 'delete', live: object };
    // A derived object goes by itself where others come in its place; where nothing of its kind is wanted any more it is left out like any other.
    const renamed = options.keepRenamed === true ? undefined : renamedTo(renames, object);
    if (renamed === undefined && !(kind.derived && derives.has(object.kind)) && (options.prune !== true || options.spared?.has(addressOf(object)) === true)) return orphan(object.adopted ? `${noLonger}; it was there before, so --prune lets it go and does not delete it` : undefined);
    if (object.adopted && kind.release) return { action: 'release', live: object };
    if (object.adopted) return orphan(`${noLonger}; it was there before it was taken over, and is never deleted`);
    if (object.protected) return orphan(`${noLonger}; it is protected, and never deleted`);
    if (kind.undeletable) return orphan(`${noLonger}; it is never deleted, and "authctl release" lets it go`);
    return { action: 'delete', live: object, ...(renamed !== undefined && { renamed: wanted.has(renamed) ? renamed : 'gone' }) };
  };
  const steps = inOrder(left).map(stepOf);
  const by = (action: Step['action']): ReadonlySet<Live> => new Set(steps.flatMap((step) => (step.action === action && 'live' in step && step.live ? [step.live] : [])));
  const [deleted, released] = [by('delete'), by('release')];
  const dependents = (await Promise.all(read.map(({ provider, live: held }) => dependentsIn(provider, held, deleted, released)))).flat();
  return {
    removals: steps.filter(({ action }) => action !== 'orphan').map((step) => withDependents(step, dependents)),
    orphans: steps.filter(({ action }) => action === 'orphan'),
  };
};

const NO_LONGER = 'carries our mark but is no longer in the blueprint';

const dependentsIn = async (provider: Provider, held: readonly Live[], deleted: ReadonlySet<Live>, released: ReadonlySet<Live>): Promise<readonly Dependent[]> => {
  const ours = held.filter((object) => deleted.has(object));
  if (ours.length === 0 || provider.dependents === undefined) return [];
  // What is let go is nobody's by then.
  const staying = held.filter((object) => !deleted.has(object)).map((object) => (released.has(object) ? { ...object, owner: undefined } : object));
  return provider.dependents(ours, staying);
};

const withDependents = (step: Step, dependents: readonly Dependent[]): Step => {
  if (step.action !== 'delete') return step;
  const address = addressOf(step.live);
  const held = dependents.filter(({ of }) => of === address);
  return held.length === 0 ? step : { action: 'blocked', live: step.live, problem: standsOn(address, held) };
};

/** How many are named one by one. */
const NAMED = 5;

const standsOn = (address: Address, dependents: readonly Dependent[]): Problem => {
  const named = dependents.slice(0, NAMED).map(({ dependent, harm }) => `${dependent} ${harm}`);
  const more = dependents.length > NAMED ? `, and ${dependents.length - NAMED} more like these` : '';
  return new Problem('PLAN_DEPENDENTS', `${address} is not deleted: ${named.join('; ')}${more}`, {
    expected: 'nothing that stays stands on what is deleted',
    hint: `take away or move what stands on it, or let it go without deleting it: authctl release --only ${asArgument(address)}`,
  });
};

/** As it is typed: quoted where a shell would read it otherwise; `--only` is a list by comma, in which `*` stands for any text. */
const asArgument = (address: Address): string => {
  const pattern = address.replace(/[,']/g, '*');
  return /^[\w./:@-]+$/.test(pattern) ? pattern : `'${pattern}'`;
};

const addressIn = (step: Step): Address | undefined => ('live' in step && step.live ? addressOf(step.live) : undefined);

/**
 * Asked again in the moment before anything is deleted: somebody may have come since the plan. Answers what must not go any more; a
 * provider whose objects go is read once more for it.
 */
export const newDependents = async (providers: readonly Provider[], removals: readonly Step[]): Promise<ReadonlyMap<Address, Problem>> => {
  const going = removals.flatMap((step) => (step.action === 'delete' ? [step] : []));
  const found = await Promise.all(
    providers.map(async (provider): Promise<readonly Step[]> => {
      const kinds = new Map(provider.kinds.map((kind) => [kind.name, kind]));
      const own = going.filter(({ live }) => kinds.get(live.kind)?.derived === false);
      if (own.length === 0 || provider.dependents === undefined) return [];
      const held = (await Promise.all(provider.kinds.map((kind) => kind.list()))).flat();
      const among = (steps: readonly Step[]): ReadonlySet<Live> => {
        const addresses = new Set(steps.map(addressIn));
        return new Set(held.filter((object) => addresses.has(addressOf(object))));
      };
      const dependents = await dependentsIn(provider, held, among(own), among(removals.filter(({ action }) => action === 'release')));
      return own.map((step) => withDependents(step, dependents));
    }),
  );
  return new Map(found.flat().flatMap((step) => (step.action === 'blocked' && 'live' in step ? [[addressOf(step.live), step.problem] as const] : [])));
};
