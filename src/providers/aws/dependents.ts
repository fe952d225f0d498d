import type { Dependent, Live } from '../../core/resource.ts';
import { addressOf } from '../../core/resource.ts';
import { aws } from './specs/index.ts';

/** Routes that somebody else put into our API: everything in it belongs to it, so that what tells them is an integration that authctl did not make. */
export const dependentsOf = (deleted: readonly Live[], staying: readonly Live[]): readonly Dependent[] => {
  const routes = [...deleted, ...staying].filter(aws.route.is).filter(({ spec }) => spec.Integration?.startsWith('#') === true);
  return deleted
    .filter(aws.api.is)
    .flatMap((api) => routes.filter(({ id }) => id.startsWith(`${api.id}/`)).map((route) => ({ of: addressOf(api), dependent: addressOf(route), harm: 'leads to an integration that authctl did not make, and would be deleted with the API' })));
};
