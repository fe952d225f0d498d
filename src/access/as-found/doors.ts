import type { Blueprint } from '../../blueprint/types.ts';
import { callersOf } from '../callers.ts';
import type { Caller } from '../callers.ts';
import type { Door } from '../../core/resource.ts';
import { cellKey } from '../matrix.ts';
import type { Cell } from '../matrix.ts';
import type { AsFound } from './index.ts';

/** The cells of a gateway that is only looked at, as its live routes let people through; of any other as they are. */
export const throughDoors = ({ blueprint, doors }: Pick<AsFound, 'blueprint' | 'doors'>, cells: readonly Cell[]): readonly Cell[] => {
  if (doors.length === 0) return cells;
  const byRoute = new Map(doors.map((door) => [door.route, door]));
  const callers = new Map(callersOf(blueprint).map((caller) => [caller.name, caller]));
  return cells.map((cell) => {
    const { service, who } = cell;
    const door = byRoute.get(`${service}.${cellKey(cell)}`);
    switch (door?.lets ?? 'nobody') {
      case 'nobody':
        return { ...cell, passes: false };
      case 'anybody':
        return { ...cell, passes: true };
      case 'bearers':
        // Of a scope or a role that the blueprint does not have nobody knows here who has it.
        return isKnown(blueprint, door?.asks) ? { ...cell, passes: passesAsBearer(callers.get(who), door?.asks) } : cell;
      case 'audience':
        return { ...cell, passes: callers.get(who)?.audiences.includes(blueprint.services[service]?.audience ?? '') === true };
      default:
        return cell;
    }
  });
};

const passesAsBearer = (caller: Caller | undefined, asks: Door['asks']): boolean =>
  caller?.client !== undefined && [[asks?.scopes ?? [], caller.scopes], [asks?.roles ?? [], caller.roles]].every(([wanted = [], held = []]) => wanted.length === 0 || wanted.some((one) => held.includes(one)));

const isKnown = ({ realm }: Blueprint, asks: Door['asks']): boolean => (asks?.scopes ?? []).every((name) => Object.hasOwn(realm.scopes, name)) && (asks?.roles ?? []).every((name) => Object.hasOwn(realm.roles, name));
