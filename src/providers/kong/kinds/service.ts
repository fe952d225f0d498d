import { textOf } from '../../../core/json.ts';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import { kong as specs } from '../specs/index.ts';
import type { ServiceSpec } from '../specs/index.ts';
import { markerName } from '../specs/marks.ts';
import { isClosedHost } from '../specs/service.ts';
import type { KongClient, RowRef } from './kong-client.ts';
import { fieldsOf, liveRow } from './live-row.ts';
import { toWrite } from './row-write.ts';

const { service } = specs;

export const serviceKind = defineKind<KongClient, ServiceSpec, RowRef>()({
  name: service.kind,
  // A service that is there balances over its targets and shows its certificate from the first request on.
  after: [specs.upstream.kind, specs.target.kind, specs.certificate.kind, specs.caCertificate.kind],
  // Kong takes its plugins along, and does not delete it while a route stands on it: a route that came since the plan keeps what guards it.
  removeAfter: [specs.route.kind],
  immutable: service.immutable,
  list: async (kong) =>
    (await kong.rows('services', 'subject'))
      .filter(({ name }) => name !== markerName(kong.name))
      .map((row) => ({ ...liveRow(service, textOf(row.name), row, service.read(fieldsOf(row)), kong.name), ...(isClosedHost(row.host) && { kept: ['host'] }) })),
  put: async (kong, desired, held) => {
    const left = held !== undefined && isClosedHost(held.spec.host);
    const host = left ? held.spec.host : held === undefined ? await kong.opening.hostOf(desired.id) : undefined;
    const written = host === undefined ? desired : { ...desired, spec: { ...desired.spec, host } };
    await kong.store.put(toWrite(written, held, { entity: 'services', key: { field: 'name', value: desired.id }, path: '/services' }));
    if (typeof host === 'string') kong.opening.wrote(desired.id, host);
  },
  remove: async (kong, held) => {
    if (!kong.store.atomic) await kong.exposure.departed();
    await kong.store.remove('services', refOf(held).id);
    if (isClosedHost(held.spec.host)) kong.opening.gone();
  },
  release: async (kong, held) => {
    await kong.store.release('services', refOf(held));
    const { host } = held.spec;
    if (typeof host === 'string' && isClosedHost(host)) await kong.opening.release(host);
  },
});
