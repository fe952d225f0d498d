import { callersOf } from '../callers.ts';
import { cellKey } from '../matrix.ts';
import type { Cell } from '../matrix.ts';
import type { AsFound } from './index.ts';

/** The cells of a gateway that is only looked at, as its live routes let people through; of any other as they are. */
export const throughDoors = ({ blueprint, doors }: Pick<AsFound, 'blueprint' | 'doors'>, cells: readonly Cell[]): readonly Cell[] => {
  if (doors.length === 0) return cells;
  const lets = new Map(doors.map((door) => [door.route, door.lets]));
  const callers = new Map(callersOf(blueprint).map((caller) => [caller.name, caller]));
  return cells.map((cell) => {
    const { service, who } = cell;
    switch (lets.get(`${service}.${cellKey(cell)}`) ?? 'nobody') {
      case 'nobody':
        return { ...cell, passes: false };
      case 'anybody':
        return { ...cell, passes: true };
      case 'bearers':
        return { ...cell, passes: callers.get(who)?.client !== undefined };
      case 'audience':
        return { ...cell, passes: callers.get(who)?.audiences.includes(blueprint.services[service]?.audience ?? '') === true };
      default:
        return cell;
    }
  });
};
