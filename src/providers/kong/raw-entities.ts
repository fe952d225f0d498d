import type { Blueprint } from '../../blueprint/types.ts';
import { Secret } from '../../core/secret.ts';
import { isSpec } from '../../core/spec.ts';
import type { EntityName } from './client.ts';

/** What of `raw.kong.entities` a kind must know before it has seen a desired object. */
export interface RawEntities {
  /** The entities that may be there by the blueprint's word. */
  readonly present: ReadonlySet<EntityName>;
  /** The password of a login of basic-auth, by the id of its object. */
  readonly password: (id: string) => Secret | undefined;
}

/** The entities that a section is made of: what hangs on a row of ours may be somebody else's, and is looked at, too. */
const ENTITIES: Readonly<Record<string, readonly EntityName[]>> = {
  vaults: ['vaults'],
  certificates: ['certificates', 'snis'],
  ca_certificates: ['ca_certificates'],
  key_sets: ['key-sets', 'keys'],
  keys: ['keys', 'key-sets'],
  upstreams: ['upstreams'],
  consumers: ['acls', 'key-auths', 'basic-auths', 'hmac-auths'],
};

export const rawEntitiesOf = (entities: Blueprint['raw']['kong']['entities']): RawEntities => ({
  present: new Set(Object.keys(entities).flatMap((section) => ENTITIES[section] ?? [])),
  password: (id) => {
    const [username = '', name = ''] = id.split('/');
    const logins = entities.consumers?.[username]?.basicauth_credentials;
    const login = isSpec(logins) ? logins[name] : undefined;
    const password = isSpec(login) ? login.password : undefined;
    return password instanceof Secret ? password : undefined;
  },
});
