import type { Danger, Desired, Live } from '../../core/resource.ts';
import { addressOf } from '../../core/resource.ts';
import { apiOf } from './kinds/fields.ts';

/** Routes that somebody added to our API by hand, open or behind an authorizer that the blueprint does not know. */
export const dangersOf = (desired: readonly Desired[], live: readonly Live[]): readonly Danger[] => {
  const wanted = new Set(desired.map(addressOf));
  const apis = new Map(desired.filter(({ kind }) => kind === 'aws.api').map((api) => [api.id, api]));
  return live.flatMap((route): readonly Danger[] => {
    const api = apis.get(apiOf(route));
    if (route.kind !== 'aws.route' || api === undefined || wanted.has(addressOf(route))) return [];
    const type = String(route.spec.AuthorizationType);
    const authorizer = String(route.spec.Authorizer);
    const known = type === 'JWT' && wanted.has(`aws.authorizer/${api.id}/${authorizer}`);
    if (known) return [];
    const what = type === 'NONE' ? 'is open to everybody' : `is behind ${type} ${authorizer}, which the blueprint does not know`;
    return [
      {
        kind: 'aws.route',
        id: route.id,
        what: `${what}, and the blueprint does not name it`,
        origin: api.origin,
        hint: 'delete it (apply --prune), or take it into the blueprint',
      },
    ];
  });
};
