import { groupBy } from '../core/collections.ts';
import type { AccessChange } from '../core/report.ts';
import type { Address } from '../core/resource.ts';
import type { Route } from '../blueprint/types.ts';
import { keyOf, passesIn } from './by-cells.ts';
import type { CellsBy } from './by-cells.ts';
import { placeOf, placeOfRoute } from './matrix.ts';
import type { Cell } from './matrix.ts';
import { requestText } from './ownership.ts';

/** Cells that fare differently before and after. A cell that is missing on one side (no such route, no such person) is closed there. */
export const accessChanges = (before: readonly Cell[], after: readonly Cell[], routes: readonly Route[], reasons: readonly CellsBy[] = []): readonly AccessChange[] => {
  const wasOpen = passesIn(before);
  const because = new Map<string, Set<Address>>();
  for (const { address, opens, refuses } of reasons)
    for (const key of [...opens, ...refuses].map(keyOf)) {
      const its = because.get(key);
      if (its) its.add(address);
      else because.set(key, new Set([address]));
    }
  const routeOf = groupBy(routes, placeOfRoute);
  return after
    .filter((cell) => cell.passes !== wasOpen(cell))
    .map((cell) => {
      const by = [...(because.get(keyOf(cell)) ?? [])];
      const [route] = routeOf.get(placeOf(cell)) ?? [];
      return {
        change: cell.passes ? 'opens' : 'closes',
        who: cell.who,
        gateway: cell.gateway,
        route: `${cell.service}.${cell.route}`,
        request: route ? requestText(route, cell.object) : '',
        origin: cell.at,
        ...(by.length > 0 && { by }),
      };
    });
};
