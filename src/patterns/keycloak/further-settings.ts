import type { Realm } from '../../blueprint/types.ts';
import type { Spec } from '../../core/resource.ts';
import { sorted } from '../objects.ts';

/** Settings of a realm that have fields of their own: those that are not stated are nobody's, and Keycloak's. */
export const furtherSettings = ({ login, passwordPolicy, themes, locales, smtp, events }: Realm): Spec => {
  const on = (field: string, flag: boolean): Spec => (flag ? { [field]: true } : {});
  const themed = (['login', 'account', 'admin', 'email'] as const).flatMap((page) => (themes?.[page] === undefined ? [] : [[`${page}Theme`, themes[page]] as const]));
  return {
    ...on('rememberMe', login.rememberMe),
    ...on('verifyEmail', login.verifyEmail),
    ...on('registrationEmailAsUsername', login.emailAsUsername),
    ...(passwordPolicy !== undefined && { passwordPolicy }),
    ...Object.fromEntries(themed),
    ...(locales && { internationalizationEnabled: true, supportedLocales: sorted(locales.supported), ...(locales.default !== undefined && { defaultLocale: locales.default }) }),
    ...(smtp && { smtpServer: mailServer(smtp) }),
    ...(events && {
      eventsEnabled: events.login,
      adminEventsEnabled: events.admin,
      adminEventsDetailsEnabled: events.adminDetails,
      ...(events.expiration !== undefined && { eventsExpiration: events.expiration }),
    }),
  };
};

/** Keycloak keeps texts, and a user only where `auth` says so. */
const mailServer = ({ host, from, fromDisplayName, port, user, password, starttls, ssl }: NonNullable<Realm['smtp']>): Spec => ({
  host,
  from,
  ...(fromDisplayName !== undefined && { fromDisplayName }),
  ...(port !== undefined && { port }),
  ...(user !== undefined && { auth: 'true', user }),
  ...(password !== undefined && { password }),
  ...(starttls && { starttls: 'true' }),
  ...(ssl && { ssl: 'true' }),
});
