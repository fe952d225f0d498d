import type { Spec } from '../../../core/resource.ts';
import { storedPassword } from '../stored.ts';
import { rareKind } from './rare.ts';
import { namesIn } from './rows.ts';

/** A membership in a group of the acl plugin: nothing but itself. (https://developer.konghq.com/plugins/acl/) */
export const acl = rareKind({ name: 'kong.acl', entity: 'acls', below: 'acls', key: 'group', removeAfter: [] });

/** A key of key-auth. Kong finds it by the key, which is a secret: it is written and read by its id. */
export const keyAuth = rareKind({
  name: 'kong.keyauth_credential',
  entity: 'key-auths',
  below: 'key-auth',
  key: 'id',
  removeAfter: [],
  secrets: ['key'],
});

/**
 * A login of basic-auth. Kong shows the password hashed: one that is the hash of the blueprint's is the blueprint's, any other is a
 * difference, whoever made it.
 */
export const basicAuth = rareKind({
  name: 'kong.basicauth_credential',
  entity: 'basic-auths',
  below: 'basic-auth',
  key: 'username',
  removeAfter: [],
  secrets: ['password'],
  toSpec: async (row, spec, kong): Promise<Spec> => {
    const holder = namesIn(await kong.rows('consumers'), 'username')(row.consumer) as Spec | null;
    const password = kong.stated.password(`${String(holder?.username)}/${String(row.username)}`);
    const consumer = String((row.consumer as Spec | null)?.id);
    return password && storedPassword(password.reveal(), consumer) === row.password ? { ...spec, password } : spec;
  },
});

/** A login of hmac-auth. Kong shows the secret, and makes one up where none is given. */
export const hmacAuth = rareKind({
  name: 'kong.hmacauth_credential',
  entity: 'hmac-auths',
  below: 'hmac-auth',
  key: 'username',
  removeAfter: [],
  secrets: ['secret'],
});
