import type { AccessChange } from '../core/report.ts';
import type { Route } from '../blueprint/types.ts';
import type { Cell } from './matrix.ts';
import { requestText } from './ownership.ts';

/** Cells that fare differently before and after. A cell that is missing on one side (no such route, no such person) is closed there. */
export const accessChanges = (before: readonly Cell[], after: readonly Cell[], routes: readonly Route[]): readonly AccessChange[] => {
  const keyOf = ({ gateway, service, route, who, object }: Cell): string => `${gateway} ${service}.${route} ${who} ${object ?? ''}`;
  const open = new Set(before.filter(({ passes }) => passes).map(keyOf));
  // Who has no account yet passes where everybody does.
  const wasOpen = (cell: Cell): boolean => open.has(keyOf(cell)) || open.has(keyOf({ ...cell, who: 'anonymous' }));
  return after
    .filter((cell) => cell.passes !== wasOpen(cell))
    .map((cell) => {
      const route = routes.find(({ service, id }) => service === cell.service && id === cell.route);
      return {
        change: cell.passes ? 'opens' : 'closes',
        who: cell.who,
        gateway: cell.gateway,
        route: `${cell.service}.${cell.route}`,
        request: route ? requestText(route, cell.object) : '',
        origin: cell.at,
      };
    });
};
