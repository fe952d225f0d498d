import { defineKind } from '../../../core/provider.ts';
import { fieldsOf, live, toWrite } from './rows.ts';
import type { KongClient, RowRef } from './rows.ts';

/** https://docs.konghq.com/gateway/latest/key-concepts/consumers/ */
export const consumer = defineKind<KongClient>()({
  name: 'kong.consumer',
  after: [],
  removeAfter: ['kong.route', 'kong.plugin', 'kong.jwt_secret'],
  immutable: [],
  list: async (kong) =>
    (await kong.rows('consumers', 'subject')).map((row) => live('kong.consumer', row.username, row, fieldsOf(row), kong.name)),
  put: (kong, desired, held) =>
    kong.store.put(toWrite(desired, held, { entity: 'consumers', key: { field: 'username', value: desired.id }, path: '/consumers' })),
  remove: (kong, held) => kong.store.remove('consumers', (held.ref as RowRef).id),
});
