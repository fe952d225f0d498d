import type { Blueprint, JsonFields } from '../../blueprint/types.ts';
import { Secret } from '../../core/secret.ts';
import type { EntityName } from './client.ts';
import type { Stated } from './kinds/rows.ts';

/** The entities that a section is made of: what hangs on a row of ours may be somebody else's, and is looked at, too. */
const ENTITIES: Readonly<Record<string, readonly EntityName[]>> = {
  vaults: ['vaults'],
  certificates: ['certificates', 'snis'],
  ca_certificates: ['ca_certificates'],
  key_sets: ['key-sets'],
  keys: ['keys', 'key-sets'],
  upstreams: ['upstreams'],
  consumers: ['acls', 'key-auths', 'basic-auths', 'hmac-auths'],
};

export const statedIn = (entities: Blueprint['raw']['kong']['entities']): Stated => ({
  entities: new Set(Object.keys(entities).flatMap((section) => ENTITIES[section] ?? [])),
  password: (id) => {
    const [username = '', login = ''] = id.split('/');
    const logins = entities.consumers?.[username]?.basicauth_credentials as Readonly<Record<string, JsonFields>> | undefined;
    const password = logins?.[login]?.password;
    return password instanceof Secret ? password : undefined;
  },
});
