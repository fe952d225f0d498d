import { textOf } from '../../../core/json.ts';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import { kong as specs } from '../specs/index.ts';
import type { ConsumerSpec } from '../specs/index.ts';
import type { KongClient, RowRef } from './kong-client.ts';
import { fieldsOf, liveRow } from './live-row.ts';
import { toWrite } from './row-write.ts';

const { consumer } = specs;

export const consumerKind = defineKind<KongClient, ConsumerSpec, RowRef>()({
  name: consumer.kind,
  after: [],
  removeAfter: [specs.route.kind, specs.plugin.kind, specs.jwtSecret.kind],
  immutable: consumer.immutable,
  list: async (kong) =>
    (await kong.rows('consumers', 'subject')).map((row) => liveRow(consumer, textOf(row.username), row, consumer.read(fieldsOf(row)), kong.name)),
  put: (kong, desired, held) =>
    kong.store.put(toWrite(desired, held, { entity: 'consumers', key: { field: 'username', value: desired.id }, path: '/consumers' })),
  remove: (kong, held) => kong.store.remove('consumers', refOf(held).id),
  release: (kong, held) => kong.store.release('consumers', refOf(held)),
});
