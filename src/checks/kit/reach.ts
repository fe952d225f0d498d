import type { Blueprint } from '../../blueprint/types.ts';
import { sortByAcceptance } from '../../core/accept.ts';
import { FIXTURE_MARK } from '../../core/fixture.ts';
import { outputOf } from '../../core/plan.ts';
import type { Provider, Way } from '../../core/provider.ts';
import type { Danger, Desired, Live } from '../../core/resource.ts';
import { expand } from '../../patterns/index.ts';
import { kong } from '../../providers/kong/specs/index.ts';

interface Reading {
  readonly blueprint: Blueprint;
  readonly providers: readonly Provider[];
  readonly live: (kind: string) => Promise<readonly Live[]>;
}

/** What drift works out of the live gateway, for checks that try it. Each is read at most once in a run. */
export const liveReach = ({ blueprint, providers, live }: Reading): { readonly reach: () => Promise<readonly Danger[]>; readonly ways: () => Promise<readonly Way[]> } => {
  const provider = providers.find(({ kinds }) => kinds.some(({ name }) => name === kong.route.kind));
  const read = async (): Promise<readonly [readonly Desired[], readonly Live[]]> => {
    const { desired, deferred } = expand(blueprint);
    const later = await Promise.all(deferred.map(async (object) => {
      const value = await outputOf(providers, object);
      return value === undefined ? [] : object.expand(value);
    }));
    const kinds = (provider?.kinds ?? []).filter(({ name }) => name.startsWith('kong.'));
    return [[...desired, ...later.flat()], (await Promise.all(kinds.map(({ name }) => live(name)))).flat()];
  };
  let reading: ReturnType<typeof read> | undefined;
  let dangers: Promise<readonly Danger[]> | undefined;
  let ways: Promise<readonly Way[]> | undefined;
  const workOut = async (): Promise<readonly Danger[]> => {
    const found = (await provider?.reach(...(await (reading ??= read()))))?.dangers ?? [];
    const { told } = sortByAcceptance(found, expand(blueprint).accept ?? [], new Date().toISOString().slice(0, 10));
    // What this run made for itself goes with it.
    return told.filter(({ tags = [] }) => !tags.includes(FIXTURE_MARK));
  };
  return {
    reach: () => (dangers ??= workOut()),
    ways: () => (ways ??= (reading ??= read()).then(([desired, held]) => provider?.ways?.(desired, held) ?? [])),
  };
};
