import type { Danger, Desired, Live } from '../../core/resource.ts';
import { addressOf } from '../../core/resource.ts';
import { apiOf } from './kinds/fields.ts';
import { aws } from './specs/index.ts';

/** Routes that somebody added to our API by hand, open or behind an authorizer that the blueprint does not know. */
export const dangersOf = (desired: readonly Desired[], live: readonly Live[]): readonly Danger[] => {
  const wanted = new Set(desired.map(addressOf));
  const apis = new Map(desired.filter(aws.api.is).map((api) => [api.id, api]));
  return live.filter(aws.route.is).flatMap((route): readonly Danger[] => {
    const api = apis.get(apiOf(route));
    if (api === undefined || wanted.has(addressOf(route))) return [];
    const { AuthorizationType: type, Authorizer: authorizer } = route.spec;
    const known = type === 'JWT' && authorizer != null && wanted.has(aws.authorizer.address(api.id, authorizer));
    if (known) return [];
    const what = type === 'NONE' ? 'is open to everybody' : `is behind ${String(type)} ${String(authorizer)}, which the blueprint does not know`;
    return [
      {
        kind: aws.route.kind,
        id: route.id,
        effect: 'opens',
        what: `${what}, and the blueprint does not name it`,
        origin: api.origin,
        hint: 'delete it (apply --prune), or take it into the blueprint',
      },
    ];
  });
};
