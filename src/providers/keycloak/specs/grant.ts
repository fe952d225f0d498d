import { defineSpec, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inside } from './id.ts';

/** Who has roles of clients: the account of a client, what its tokens may carry, and what tokens with a client scope may carry. */
export type GrantedTo = 'account' | 'client' | 'scope';

/**
 * The roles of clients that something has: an object of its own, because they come after all clients. Clients that are not named keep what they have in it.
 */
export const grant = defineSpec('keycloak.grant', {
  always: { clientRoles: map(set(text()), { access: 'the roles of clients in these tokens, and the audiences that come with them' }) },
  fields: { groups: set(text(), { access: 'what the account has by being in these groups', about: 'the groups of the account, by path; those that are not stated are left alone' }) },
  /** `shop/account/reports` */
  id: (realm: string, to: GrantedTo, name: string): string => inside(realm, to, name),
});
export type GrantSpec = SpecOf<typeof grant>;
