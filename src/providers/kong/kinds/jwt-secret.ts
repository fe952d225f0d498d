import { defineKind } from '../../../core/provider.ts';
import type { Spec } from '../../../core/resource.ts';
import { fieldsOf, live, namesIn, toWrite } from './rows.ts';
import type { KongClient, RowRef } from './rows.ts';

/**
 * A credential of the jwt plugin: one public key under its kid. Kong makes up a `secret` for every credential, for RS256 too; it is neither
 * read nor sent. Keys are unique over all consumers, and a PUT would silently take one away from its holder, so a new one is POSTed.
 */
export const jwtSecret = defineKind<KongClient>()({
  name: 'kong.jwt_secret',
  after: ['kong.consumer'],
  // A credential of a key that is no longer published must not outlive the routes' protection: it goes whenever, it opens nothing.
  removeAfter: [],
  immutable: [],
  derived: true,
  list: async (kong) => {
    const [rows, consumers] = await Promise.all([kong.rows('jwts', 'subject'), kong.rows('consumers')]);
    const holderOf = namesIn(consumers, 'username');
    return rows.map((row) => {
      const { secret: _made, ...fields } = fieldsOf(row);
      const holder = holderOf(row.consumer) as Spec | null;
      const id = `${String(holder?.username ?? `#${String(holder?.id)}`)}/${String(row.key)}`;
      return live('kong.jwt_secret', id, row, { ...fields, consumer: holder }, kong.name);
    });
  },
  put: (kong, desired, held) => {
    const { consumer, ...fields } = desired.spec as { consumer: Spec; key: string } & Spec;
    const path = `/consumers/${encodeURIComponent(String(consumer.username))}/jwt`;
    // The path names the consumer, so that no write can move the credential to another.
    return kong.store.put(toWrite({ ...desired, spec: fields }, held, { entity: 'jwts', key: { field: 'key', value: fields.key }, path }));
  },
  remove: (kong, held) => kong.store.remove('jwts', (held.ref as RowRef).id),
});
