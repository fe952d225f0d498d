import { isObject, objectOf, textOf } from '../../core/json.ts';
import { objectsOf } from './common.ts';
import type { Importing } from './common.ts';

/** What no section of a blueprint says, by name. */
export const leaveRest = ({ draft, rep }: Importing): void => {
  leaveUnread({ draft, rep });
  for (const one of objectsOf(rep.userFederationProviders)) draft.leave(`user federation ${textOf(one.displayName) ?? textOf(one.providerName) ?? '?'}`, 'where accounts come from');
};

/** What is a list in every export; of each, what one of them is called by. */
const LISTS: Readonly<Record<string, string>> = {
  clients: 'clientId', clientScopes: 'name', groups: 'name', users: 'username', identityProviders: 'alias', identityProviderMappers: 'name', authenticationFlows: 'alias',
  requiredActions: 'alias', organizations: 'name', scopeMappings: '', defaultRoles: '', userFederationProviders: '',
}; // prettier-ignore
const MAPPINGS = ['roles', 'components', 'smtpServer', 'attributes', 'localizationTexts', 'clientScopeMappings'];
/** Objects of a form that only other versions have. */
const FORMER: readonly string[] = ['applications', 'oauthClients', 'userFederationMappers', 'federatedUsers', 'clientTemplates'];

/** Nothing of a file is passed over in silence: what is of another form than Keycloak writes, what is there twice, what only other versions know. */
const leaveUnread = ({ draft, rep }: Pick<Importing, 'draft' | 'rep'>): void => {
  const unread = (field: string, is: string): void => draft.leave(`realm.${field}`, `not read: Keycloak writes ${is} there`);
  const known = (value: unknown): boolean => value !== undefined && value !== null;
  for (const [field, key] of Object.entries(LISTS)) {
    const held = rep[field];
    if (known(held) && !Array.isArray(held)) unread(field, 'a list');
    if (!Array.isArray(held) || key === '') continue;
    const nameless = held.filter((one) => textOf(objectOf(one)[key]) === undefined).length;
    if (nameless > 0) draft.leave(`realm.${field}`, `${nameless} without ${key}`);
    if (field === 'identityProviderMappers') continue;
    const names = objectsOf(held).flatMap((one) => textOf(one[key]) ?? []);
    for (const name of new Set(names.filter((one, index) => names.indexOf(one) < index))) draft.leave(`realm.${field} ${name}`, 'it is there more than once: the last is what the blueprint says');
  }
  for (const field of MAPPINGS) if (known(rep[field]) && !isObject(rep[field])) unread(field, 'a mapping');
  const roles = objectOf(rep.roles);
  if (known(roles.realm) && !Array.isArray(roles.realm)) unread('roles.realm', 'a list');
  if (known(roles.client) && !isObject(roles.client)) unread('roles.client', 'a mapping');
  for (const [field, under] of [['roles.client', roles.client], ['components', rep.components]] as const)
    for (const [name, held] of Object.entries(objectOf(under))) if (known(held) && !Array.isArray(held)) unread(`${field}.${name}`, 'a list');
  for (const field of FORMER) if (Array.isArray(rep[field]) && rep[field].length > 0) draft.leave(`realm.${field}`, `${rep[field].length} of a form that other versions of Keycloak have`);
};
