import { objectOf } from '../../../core/json.ts';
import { storedPassword } from '../derived-fields.ts';
import { kong as specs } from '../specs/index.ts';
import { namesIn } from './live-row.ts';
import { credentialKind } from './raw-entity.ts';

const { acl, keyAuth, basicAuth, hmacAuth } = specs;

export const aclKind = credentialKind(acl, { entity: 'acls', below: 'acls', key: 'group' });

export const keyAuthKind = credentialKind(keyAuth, { entity: 'key-auths', below: 'key-auth', key: 'id' });

/** Kong shows the password hashed: one that is the hash of the blueprint's is the blueprint's, any other is a difference, whoever made it. */
export const basicAuthKind = credentialKind(basicAuth, {
  entity: 'basic-auths',
  below: 'basic-auth',
  key: 'username',
  toSpec: async (row, spec, kong) => {
    const holder = namesIn(await kong.rows('consumers'), 'username')(row.consumer);
    const password = kong.rawEntities.password(basicAuth.id(String(holder?.username), spec.username));
    return password && storedPassword(password.reveal(), String(objectOf(row.consumer).id)) === row.password ? { ...spec, password } : spec;
  },
});

export const hmacAuthKind = credentialKind(hmacAuth, { entity: 'hmac-auths', below: 'hmac-auth', key: 'username' });
