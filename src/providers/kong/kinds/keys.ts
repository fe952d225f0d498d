import { rareKind } from './rare.ts';
import { namesIn } from './rows.ts';

/** https://developer.konghq.com/gateway/entities/key-set/ */
export const keySet = rareKind({ name: 'kong.key_set', entity: 'key-sets', key: 'name', removeAfter: ['kong.plugin', 'kong.key'] });

/** https://developer.konghq.com/gateway/entities/key/ */
export const key = rareKind({
  name: 'kong.key',
  entity: 'keys',
  key: 'name',
  after: ['kong.vault', 'kong.key_set'],
  removeAfter: ['kong.plugin'],
  secrets: ['jwk', 'pem.private_key'],
  toSpec: async (row, spec, kong) => ({ ...spec, set: namesIn(await kong.rows('key-sets'), 'name')(row.set) }),
});

/** Where references such as `{vault://prefix/name}` lead. Another sort of vault is another vault. */
export const vault = rareKind({
  name: 'kong.vault',
  entity: 'vaults',
  key: 'prefix',
  removeAfter: ['kong.service', 'kong.plugin', 'kong.certificate', 'kong.ca_certificate', 'kong.key'],
  immutable: ['name'],
});
