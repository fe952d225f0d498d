import { defineKind } from '../../../core/provider.ts';
import { fieldsOf, live, markerName, toWrite } from './rows.ts';
import type { KongClient, RowRef } from './rows.ts';

/** https://docs.konghq.com/gateway/latest/key-concepts/services/ */
export const service = defineKind<KongClient>()({
  name: 'kong.service',
  // A service that is there balances over its targets and shows its certificate from the first request on.
  after: ['kong.upstream', 'kong.target', 'kong.certificate', 'kong.ca_certificate'],
  removeAfter: ['kong.route', 'kong.plugin'],
  immutable: [],
  list: async (kong) =>
    (await kong.rows('services', 'subject'))
      .filter(({ name }) => name !== markerName(kong.name))
      .map((row) => live('kong.service', row.name, row, fieldsOf(row, ['ca_certificates']), kong.name)),
  put: (kong, desired, held) =>
    kong.store.put(toWrite(desired, held, { entity: 'services', key: { field: 'name', value: desired.id }, path: '/services' })),
  remove: (kong, held) => kong.store.remove('services', (held.ref as RowRef).id),
});
