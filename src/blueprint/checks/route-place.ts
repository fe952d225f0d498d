import type { Path } from '../tree.ts';
import type { Route } from '../types.ts';

/** Where the blueprint states something of a route. */
export const pathOf = (route: Route, ...rest: string[]): Path => [
  'services',
  route.service,
  'routes',
  route.id,
  ...rest,
  ...(rest.at(-1) === 'match' && route.nth !== undefined ? [String(route.nth)] : []),
];
