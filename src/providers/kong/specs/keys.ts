import { any, defineSpec, map, record, secret, text } from '../../../core/spec.ts';
import { named } from './references.ts';

/** https://developer.konghq.com/gateway/entities/key-set/ */
export const keySet = defineSpec('kong.key_set', { always: { name: text() }, fields: {} });

/** https://developer.konghq.com/gateway/entities/key/ */
export const key = defineSpec('kong.key', {
  always: { name: text() },
  fields: {
    kid: text(),
    set: named({ default: null }),
    jwk: secret({ default: null }),
    pem: record({ private_key: secret({ default: null }), public_key: text({ default: null }) }, { default: null }),
  },
});

/** Where references such as `{vault://prefix/name}` lead. Another sort of vault is another vault. */
export const vault = defineSpec('kong.vault', {
  always: { prefix: text() },
  fields: { name: text({ immutable: true }), description: text({ default: null }), config: map(any()) },
});
