import type { Blueprint, Route } from '../blueprint/types.ts';
import { furtherClients } from './further.ts';
import { mayUseAny } from './ownership.ts';
import type { Whose } from './ownership.ts';

/** Whom the matrix of the blueprint has a row for, in its order. */
export const rowsOf = ({ expect }: Blueprint): readonly string[] => Object.keys(expect);

export const isStated = ({ expect }: Blueprint, who: string): boolean => Object.hasOwn(expect, who);

/** The routes of each service that a row lists. */
export const listedIn = ({ expect }: Blueprint, who: string): readonly (readonly [service: string, routes: readonly string[]])[] =>
  Object.hasOwn(expect, who) ? Object.entries(expect[who] ?? {}) : [];

/** Where the row of `who` lists the route: the position in its list; undefined where it does not. */
export const placeInRow = (blueprint: Blueprint, who: string, { service, id }: Route): number | undefined => {
  const place = listedIn(blueprint, who).find(([name]) => name === service)?.[1].indexOf(id) ?? -1;
  return place < 0 ? undefined : place;
};

export const isListed = (blueprint: Blueprint, who: string, route: Route): boolean => placeInRow(blueprint, who, route) !== undefined;

/** Everybody whose row lists the route. */
export const listedFor = (blueprint: Blueprint, route: Route): readonly string[] => rowsOf(blueprint).filter((who) => isListed(blueprint, who, route));

/**
 * Whether the blueprint says that `who` must pass; everybody else must not. On a route whose objects are owned, with somebody else's object
 * only those who may use anybody's.
 */
export const expected = (blueprint: Blueprint, who: string, route: Route, whose?: Whose): boolean =>
  route.public || (isListed(blueprint, who, route) && (whose !== 'foreign' || mayUseAny(blueprint, route, who)));

/** Whom verify tries: everybody with a row, and anonymous in any case. */
export const judgedCallers = (blueprint: Blueprint): readonly string[] => [...new Set([...rowsOf(blueprint), 'anonymous'])];

/** Those of them who have a token to show. */
export const tokenHolders = (blueprint: Blueprint): readonly string[] => rowsOf(blueprint).filter((who) => who !== 'anonymous');

/** Those whose tokens are of the blueprint's own issuer. */
export const ownTokenHolders = (blueprint: Blueprint): readonly string[] => {
  const further = new Set(furtherClients(blueprint).map(({ name }) => name));
  return tokenHolders(blueprint).filter((who) => !further.has(who));
};

/** The first of ours whose row lists the route, and who has a token: whose good token a check uses. */
export const whoPasses = (blueprint: Blueprint, route: Route): string | undefined => ownTokenHolders(blueprint).find((who) => isListed(blueprint, who, route));
