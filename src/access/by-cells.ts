import type { Route } from '../blueprint/types.ts';
import { groupBy } from '../core/collections.ts';
import { changesOf } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import { addressOf, effects } from '../core/resource.ts';
import type { Address, Change, Effect } from '../core/resource.ts';
import { inTheMatrix, standsOnLive } from './in-the-matrix.ts';
import { placeOf, placeOfRoute } from './matrix.ts';
import type { Cell } from './matrix.ts';
import { matchText } from './routing.ts';

/** The cells that fare otherwise by one change. */
export interface CellsBy {
  readonly address: Address;
  readonly opens: readonly Cell[];
  readonly refuses: readonly Cell[];
}

export const keyOf = (cell: Cell): string => `${gatewayPlaceOf(cell)} ${cell.who} ${cell.object ?? ''}`;

/** True for a cell that passes; who has no account passes where everybody does. */
export const passesIn = (cells: readonly Cell[]): ((cell: Cell) => boolean) => {
  const open = new Set(cells.filter(({ passes }) => passes).map(keyOf));
  return (cell) => open.has(keyOf(cell)) || open.has(keyOf({ ...cell, who: 'anonymous' }));
};

/** The plan, with the effect of each change by the cells that it opens or closes, and those cells in words. */
export const judgedByCells = (plan: Plan, found: readonly CellsBy[], wanted: readonly Cell[], routes: readonly Route[]): Plan => {
  const live = new Set(changesOf(plan).flatMap((change) => ('live' in change && change.live ? [addressOf(change.live)] : [])));
  const targets = new Set([...live].map((address) => address.slice(0, address.indexOf('.'))));
  const byAddress = groupBy(found, ({ address }) => address);
  const places = { wanted: groupBy(wanted, gatewayPlaceOf), routes: groupBy(routes, placeOfRoute) };
  const judge = (change: Change): Change => {
    if (!('desired' in change) || change.effect === undefined) return change;
    const how = inTheMatrix(change, change.desired);
    // What is missing together with all that it stands on lets nobody in.
    if (change.action === 'create' && how === 'whole' && change.desired.kind === 'kong.plugin' && !standsOnLive(change.desired, live)) return { ...change, effect: 'breaks' };
    const its = byAddress.get(addressOf(change.desired)) ?? [];
    // Nobody is refused at a gateway that has nothing yet.
    const isThere = ({ gateway }: Cell): boolean => change.action !== 'create' || targets.has(gateway);
    const [opens, refuses] = [its.flatMap((one) => one.opens), its.flatMap((one) => one.refuses).filter(isThere)];
    const shown: readonly Effect[] = [...(opens.length > 0 ? (['opens'] as const) : []), ...(refuses.length > 0 ? (['breaks'] as const) : [])];
    if (shown.length === 0) return change;
    const effect = worst(how === 'whole' ? shown : [...shown, change.effect]);
    const does = [inWords('lets in', opens, places), inWords('refuses', refuses, places)].filter((one) => one !== '').join('; ');
    return { ...change, effect, does: `now ${does}` };
  };
  return { ...plan, waves: plan.waves.map((wave) => wave.map(judge)) };
};

const worst = (shown: readonly Effect[]): Effect => effects.find((effect) => shown.includes(effect)) ?? 'differs';

/** As many routes, and as many people of each, are named. */
const [ROUTES, PEOPLE] = [2, 4];

/** What is wanted at each place, and the routes there. */
interface Places {
  readonly wanted: ReadonlyMap<string, readonly Cell[]>;
  readonly routes: ReadonlyMap<string, readonly Route[]>;
}

const inWords = (verb: string, cells: readonly Cell[], { wanted, routes }: Places): string => {
  const places = groupBy(cells, gatewayPlaceOf);
  const named = [...places].slice(0, ROUTES).map(([place, its]) => {
    const [route] = its.flatMap((cell) => routes.get(placeOf(cell))?.[0] ?? []);
    return `${whoIn(its, (wanted.get(place) ?? []).filter((cell) => cell.passes === its[0]?.passes))} at ${place.split('~')[0]}${route ? ` (${matchText(route)})` : ''}`;
  });
  if (named.length === 0) return '';
  return `${verb} ${named.join(', ')}${places.size > ROUTES ? `, and at ${places.size - ROUTES} more ${places.size === ROUTES + 1 ? 'route' : 'routes'}` : ''}`;
};

const gatewayPlaceOf = (cell: Cell): string => `${cell.gateway} ${placeOf(cell)}`;

const whoIn = (cells: readonly Cell[], all: readonly Cell[]): string => {
  const names = [...new Set(cells.map(({ who }) => who))];
  if (names.includes('anonymous') || new Set(all.map(({ who }) => who)).size === names.length) return 'everybody';
  return names.length <= PEOPLE ? names.join(', ') : `${names.slice(0, PEOPLE).join(', ')} and ${names.length - PEOPLE} more`;
};
