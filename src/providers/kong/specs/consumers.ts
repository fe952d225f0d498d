import { defineSpec, secret, text } from '../../../core/spec.ts';
import type { Effect } from '../../../core/resource.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { consumerOf } from './references.ts';

/** https://developer.konghq.com/gateway/entities/consumer/ */
export const consumer = defineSpec('kong.consumer', {
  always: { username: text() },
  fields: { custom_id: text({ default: null }) },
});
export type ConsumerSpec = SpecOf<typeof consumer>;

const belowConsumer = (username: string, name: string): string => `${username}/${name}`;
const holder = { consumer: consumerOf({ access: 'whose requests are believed to be' }) };

/** Who holds the other key signs tokens that are taken for the issuer's. */
const ofAnother = (): Effect => 'opens';

/** A credential of the jwt plugin: one key under its kid. The `secret` that Kong makes up for each is neither read nor sent. */
export const jwtSecret = defineSpec('kong.jwt_secret', {
  always: holder,
  fields: {
    key: text({ access: 'which tokens it verifies' }),
    algorithm: text({ default: 'HS256', access: 'which tokens it verifies', changed: ofAnother }),
    rsa_public_key: text({ default: null, access: 'which tokens it verifies', changed: ofAnother }),
  },
  id: belowConsumer,
});
export type JwtSecretSpec = SpecOf<typeof jwtSecret>;

/** Who has it gets in, or gets on. */
const lets = (): Effect => 'opens';

/** A membership in a group of the acl plugin: nothing but itself. (https://developer.konghq.com/plugins/acl/) */
export const acl = defineSpec('kong.acl', { always: { ...holder, group: text({ access: 'where the consumer may go', made: lets }) }, fields: {}, id: belowConsumer });

/** A key of key-auth. Kong finds it by the key, which is a secret: its id is made of the name that the blueprint gives it. */
export const keyAuth = defineSpec('kong.keyauth_credential', {
  always: { ...holder, id: text() },
  fields: { key: secret({ access: 'who holds it is let in', made: lets }) },
  id: belowConsumer,
});

/** A login of basic-auth. Kong keeps the password hashed. */
export const basicAuth = defineSpec('kong.basicauth_credential', {
  always: { ...holder, username: text() },
  fields: { password: secret({ access: 'who knows it is let in', made: lets }) },
  id: belowConsumer,
});

/** A login of hmac-auth. Kong shows the secret, and makes one up where none is given. */
export const hmacAuth = defineSpec('kong.hmacauth_credential', {
  always: { ...holder, username: text() },
  fields: { secret: secret({ access: 'who knows it is let in', made: lets }) },
  id: belowConsumer,
});
