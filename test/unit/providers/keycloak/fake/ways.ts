import { randomUUID } from 'node:crypto';
import { answer, onlyKnown } from './state.ts';
import type { Body, FakeRealm, Route } from './state.ts';

/** What a realm has beside its objects: tokens that make clients, and organizations. */
interface Ways {
  readonly initialAccess: Body[];
  readonly organizations: Body[];
}
const kept = new WeakMap<FakeRealm, Ways>();
export const waysOf = (realm: FakeRealm): Ways => {
  const ways = kept.get(realm) ?? { initialAccess: [], organizations: [] };
  kept.set(realm, ways);
  return ways;
};

export const ways: readonly Route[] = [
  ['GET /clients-initial-access', ({ realm }) => answer(200, waysOf(realm).initialAccess)],
  [
    'POST /clients-initial-access',
    ({ realm, body }) => {
      onlyKnown(body, ['count', 'expiration']);
      const made = { id: randomUUID(), timestamp: 1_700_000_000, expiration: body.expiration, count: body.count, remainingCount: body.count };
      waysOf(realm).initialAccess.push(made);
      return answer(201, { ...made, token: 'a token' });
    },
  ],
  ['GET /roles/:name/groups', () => answer(200, [])],
];
