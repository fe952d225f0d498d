import type { Blueprint } from '../../blueprint/types.ts';
import { sortByAcceptance } from '../../core/accept.ts';
import { FIXTURE_MARK } from '../../core/fixture.ts';
import { outputOf } from '../../core/plan.ts';
import type { Provider, Way } from '../../core/provider.ts';
import type { Danger, Desired, Live } from '../../core/resource.ts';
import { expand } from '../../patterns/index.ts';

interface Reading {
  readonly blueprint: Blueprint;
  readonly providers: readonly Provider[];
  readonly live: (kind: string) => Promise<readonly Live[]>;
}

type Gateway = 'kong' | 'aws';

export interface LiveReach {
  /** What is within reach at Kong and neither stated nor accepted. */
  readonly reach: () => Promise<readonly Danger[]>;
  /** Every live way by a gateway to what the blueprint protects, whoever made it. */
  readonly ways: (gateway: Gateway) => Promise<readonly Way[]>;
}

/** What drift works out of the live gateways, for checks that try it. Each is read at most once in a run. */
export const liveReach = ({ blueprint, providers, live }: Reading): LiveReach => {
  const providerOf = (gateway: Gateway): Provider | undefined => providers.find(({ kinds }) => kinds.some(({ name }) => name === `${gateway}.route`));
  const wanted = once(async (): Promise<readonly Desired[]> => {
    const { desired, deferred } = expand(blueprint);
    const later = await Promise.all(deferred.map(async (object) => {
      const value = await outputOf(providers, object);
      return value === undefined ? [] : object.expand(value);
    }));
    return [...desired, ...later.flat()];
  });
  const read = async (gateway: Gateway): Promise<readonly [readonly Desired[], readonly Live[]]> => {
    const kinds = (providerOf(gateway)?.kinds ?? []).filter(({ name }) => name.startsWith(`${gateway}.`));
    return [await wanted(), (await Promise.all(kinds.map(({ name }) => live(name)))).flat()];
  };
  const reading = { kong: once(() => read('kong')), aws: once(() => read('aws')) };
  const waysBy = (gateway: Gateway) => once(async () => ((await providerOf(gateway)?.ways?.(...(await reading[gateway]()))) ?? []).filter(({ address }) => address.startsWith(`${gateway}.`)));
  const ways = { kong: waysBy('kong'), aws: waysBy('aws') };
  return {
    reach: once(async () => {
      const found = (await providerOf('kong')?.reach(...(await reading.kong())))?.dangers ?? [];
      const { told } = sortByAcceptance(found, expand(blueprint).accept ?? [], new Date().toISOString().slice(0, 10));
      // What this run made for itself goes with it.
      return told.filter(({ tags = [] }) => !tags.includes(FIXTURE_MARK));
    }),
    ways: (gateway) => ways[gateway](),
  };
};

const once = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
};
