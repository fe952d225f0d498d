import { changesOf, reasonsOf } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import type { AccessGain } from '../core/report.ts';
import { addressOf } from '../core/resource.ts';
import type { Address, GainBy } from '../core/resource.ts';
import type { Blueprint, Route } from '../blueprint/types.ts';
import { callersOf } from './callers.ts';
import { inTheMatrix, standsOnLive } from './in-the-matrix.ts';
import { isCellOf } from './matrix.ts';
import type { Cell } from './matrix.ts';
import { requestText } from './ownership.ts';

/** Everything that somebody gains by what is live and is neither stated nor accepted, in the words of the targets. */
export const gainsIn = (plan: Plan): readonly GainBy[] => [
  ...plan.dangers.flatMap((change) =>
    change.action === 'danger' ? (change.danger.gains ?? []).map((gain) => ({ by: addressOf(change.danger), origin: change.danger.origin, gain })) : [],
  ),
  ...(plan.gains ?? []),
];

/** Requests that get somewhere without what the blueprint asks for: of everybody, or of those whose tokens will do and who could not before. */
export const requestGains = (found: Blueprint, cells: readonly Cell[], gains: readonly GainBy[]): readonly AccessGain[] =>
  gains.flatMap(({ by, origin, gain }) => {
    if (!('request' in gain)) return [];
    const { gateway, request, reaches } = gain;
    const row = (who: string): AccessGain => ({ who, gateway, request, reaches, by, origin });
    if (gain.who === 'anybody') return [row('anonymous')];
    const { audience } = gain.who;
    const mayAnyway = (who: string): boolean => cells.some((cell) => cell.passes && cell.who === who && cell.gateway === gateway && `${cell.service}.${cell.route}` === reaches);
    return callersOf(found)
      .filter(({ name, audiences }) => audiences.includes(audience) && !mayAnyway(name))
      .map(({ name }) => row(name));
  });

/** Cells that open by roles beyond those of the blueprint. */
export const roleGains = (before: readonly Cell[], after: readonly Cell[], routes: readonly Route[], by: (who: string) => GainBy | undefined): readonly AccessGain[] => {
  const keyOf = ({ service, route, nth = 0, who, object }: Cell): string => `${service}.${route} ${nth} ${who} ${object ?? ''}`;
  const open = new Set(before.filter(({ passes }) => passes).map(keyOf));
  return after
    .filter((cell) => cell.passes && !open.has(keyOf(cell)) && !open.has(keyOf({ ...cell, who: 'anonymous' })))
    .flatMap((cell) => {
      const reason = by(cell.who);
      const route = routes.find((one) => isCellOf(one, cell));
      if (reason === undefined || route === undefined) return [];
      return [{ who: cell.who, gateway: cell.gateway, request: requestText(route, cell.object), reaches: `${cell.service}.${cell.route}`, by: reason.by, origin: reason.origin }];
    });
};

/** What changes who may do what, or a guard, and for which it is not worked out who can do what by it. */
export const notWorkedOut = (plan: Plan): readonly Address[] => {
  const changes = changesOf(plan);
  const live = new Set(changes.flatMap((change) => ('live' in change && change.live ? [addressOf(change.live)] : [])));
  // What one field of an object does is told beside the object's own change, in whose cells it is.
  const inCells = changes.flatMap((change) => ('desired' in change && 'live' in change && reasonsOf(change).length > 0 && inTheMatrix(change, change.desired) === 'whole' ? [addressOf(change.desired)] : []));
  const known = new Set([...gainsIn(plan).map(({ by }) => by), ...(plan.doors ?? []).flatMap(({ by }) => by ?? []), ...inCells]);
  const unknown = changes.flatMap((change) => {
    if (change.action === 'danger') return change.effect === 'opens' && !known.has(addressOf(change.danger)) ? [addressOf(change.danger)] : [];
    if ((change.effect !== 'weakens' && change.effect !== 'opens') || !('desired' in change)) return [];
    const address = addressOf(change.desired);
    if (change.action === 'create' && !standsOnLive(change.desired, live)) return [];
    return known.has(address) || inTheMatrix(change, change.desired) === 'whole' ? [] : [address];
  });
  return [...new Set(unknown)];
};
