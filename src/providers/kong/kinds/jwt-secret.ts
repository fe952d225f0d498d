import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import { kong as specs } from '../specs/index.ts';
import type { JwtSecretSpec } from '../specs/index.ts';
import type { KongClient, RowRef } from './kong-client.ts';
import { fieldsOf, liveRow, namesIn } from './live-row.ts';
import { toWrite } from './row-write.ts';

const { jwtSecret } = specs;

/**
 * A credential of the jwt plugin: one public key under its kid. Kong makes up a `secret` for every credential, for RS256 too; it is neither
 * read nor sent. Keys are unique over all consumers, and a PUT would silently take one away from its holder, so a new one is POSTed.
 */
export const jwtSecretKind = defineKind<KongClient, JwtSecretSpec, RowRef>()({
  name: jwtSecret.kind,
  after: [specs.consumer.kind],
  // It opens nothing, and a jwt plugin that goes with it must not be left for a moment without a key.
  removeAfter: [specs.plugin.kind],
  immutable: jwtSecret.immutable,
  derived: true,
  list: async (kong) => {
    const [rows, consumers] = await Promise.all([kong.rows('jwts', 'subject'), kong.rows('consumers')]);
    const holderOf = namesIn(consumers, 'username');
    return rows.map((row) => {
      const { secret: _made, ...fields } = fieldsOf(row);
      const holder = holderOf(row.consumer);
      const id = jwtSecret.id(holder?.username ?? `#${String(holder?.id)}`, String(row.key));
      return liveRow(jwtSecret, id, row, jwtSecret.read({ ...fields, consumer: holder }), kong.name);
    });
  },
  put: async (kong, desired, held) => {
    const { consumer, ...fields } = desired.spec;
    const path = `/consumers/${encodeURIComponent(String(consumer.username))}/jwt`;
    // The path names the consumer, so that no write can move the credential to another.
    const row = await kong.store.put(toWrite({ ...desired, spec: fields }, held, { entity: 'jwts', key: { field: 'key', value: String(fields.key) }, path }));
    if (held === undefined && !kong.store.atomic) kong.exposure.keyed(String(consumer.username));
    return row;
  },
  remove: (kong, held) => kong.store.remove('jwts', refOf(held).id),
  release: (kong, held) => kong.store.release('jwts', refOf(held)),
});
