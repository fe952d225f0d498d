import type { AccessChange } from '../core/report.ts';
import type { Address } from '../core/resource.ts';
import type { Route } from '../blueprint/types.ts';
import { keyOf, passesIn } from './by-cells.ts';
import type { CellsBy } from './by-cells.ts';
import { isCellOf } from './matrix.ts';
import type { Cell } from './matrix.ts';
import { requestText } from './ownership.ts';

/** Cells that fare differently before and after. A cell that is missing on one side (no such route, no such person) is closed there. */
export const accessChanges = (before: readonly Cell[], after: readonly Cell[], routes: readonly Route[], reasons: readonly CellsBy[] = []): readonly AccessChange[] => {
  const wasOpen = passesIn(before);
  const reasonFor = (cell: Cell): readonly Address[] => reasons.flatMap(({ address, opens, refuses }) => ([...opens, ...refuses].some((one) => keyOf(one) === keyOf(cell)) ? [address] : []));
  return after
    .filter((cell) => cell.passes !== wasOpen(cell))
    .map((cell) => {
      const by = reasonFor(cell);
      const route = routes.find((one) => isCellOf(one, cell));
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
