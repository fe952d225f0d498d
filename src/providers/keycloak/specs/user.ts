import { any, defineSpec, flag, lessBreaks, letsInWhile, list, map, secret, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inRealm } from './id.ts';

/** Whether a list holds what the other does not. */
const more = (live: unknown, stated: unknown): boolean => Array.isArray(live) && live.some((one) => !Array.isArray(stated) || !stated.includes(one));

/** A user, called by the name that the blueprint writes: Keycloak keeps it in lower case. */
export const user = defineSpec('keycloak.user', {
  always: {},
  fields: {
    enabled: flag({ default: false, access: 'nobody signs in with an account that is off', changed: letsInWhile(true) }),
    emailVerified: flag({ default: false }),
    email: text({ default: null, access: 'who gets mail with links that set the password', changed: ({ live }) => (typeof live === 'string' && live !== '' ? 'exposes' : undefined) }),
    firstName: text({ default: null }),
    lastName: text({ default: null }),
    requiredActions: set(text(), { default: [], access: 'what must be done before the next sign-in', changed: ({ live, stated }) => (more(live, stated) ? 'breaks' : undefined), letsBackIn: ({ live, stated }) => more(live, stated) }),
    realmRoles: set(text(), { default: [], access: 'the roles given directly, without those that every account has', changed: lessBreaks }),
    clientRoles: map(set(text()), { access: 'the roles of clients given directly' }),
    groups: set(text(), { access: 'paths of the groups that a new account is put into' }),
    credentials: any(),
    password: secret({ access: 'who may sign in' }),
    otp: secret({ access: 'who may sign in at a level that asks for a one-time password', about: 'the secret of its one-time passwords, known by the label that the credential is given' }),
    attributes: map(list(text())),
  },
  id: inRealm,
});
export type UserSpec = SpecOf<typeof user>;
