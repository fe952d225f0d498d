import { randomBytes } from 'node:crypto';
import { isObject, textOf } from '../../../core/json.ts';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired } from '../../../core/resource.ts';
import { PENDING, closedFields, isClosed } from '../closed-route.ts';
import { kong as specs } from '../specs/index.ts';
import type { RouteSpec } from '../specs/index.ts';
import { CLOSED, markerName } from '../specs/marks.ts';
import type { KongClient, RowRef } from './kong-client.ts';
import { fieldsOf, liveRow, namesIn } from './live-row.ts';
import { toWrite } from './row-write.ts';

const { route } = specs;

/** What stands in the place of its value. */
const UNTOLD = 'a random value';

export const routeKind = defineKind<KongClient, RouteSpec, RowRef>()({
  name: route.kind,
  after: [specs.service.kind],
  removeAfter: [],
  immutable: route.immutable,
  list: async (kong) => {
    const [rows, services] = await Promise.all([kong.rows('routes', 'subject'), kong.rows('services')]);
    const serviceOf = namesIn(services, 'name');
    return rows
      .filter(({ name }) => name !== markerName(kong.name))
      .map((row) => {
        // A run that was cut short left it closed. It matches nothing, so its paths are none, and no header of its own counts beside the one that
        // closes it: differences that the next write mends, headers as a whole.
        // The value is shown to nobody: who knows it passes before the plugins are in force.
        const closed = isClosed(row) && { paths: null, ...(isObject(row.headers) ? { headers: { [CLOSED]: [UNTOLD] } } : { expression: `${PENDING} == "${UNTOLD}"` }) };
        const spec = route.read({ ...fieldsOf(row), service: serviceOf(row.service), ...closed });
        return { ...liveRow(route, textOf(row.name), row, spec, kong.name), ...(closed && { kept: Object.keys(closed) }) };
      });
  },
  put: async (kong, desired, held) => {
    const row = rowOf(desired);
    // Somebody's requests go through it: it is led behind our guards when these are there, and refused by theirs or ours until it has its own.
    if (held !== undefined && held.owner === undefined) await kong.exposure.settled();
    const stillClosed = held !== undefined && isClosed(held.spec);
    const behind = held === undefined && kong.opening.holds(desired.spec.service?.name ?? '');
    if (behind || (held !== undefined && !stillClosed) || (await kong.exposure.manner(desired)) === 'open')
      return kong.store.put(toWrite(desired, held && kong.narrowing.since(held), row));
    const { headers = null, expression = null, ...others } = desired.spec;
    const open: Partial<RouteSpec> = typeof expression === 'string' ? { expression } : { headers };
    const shut = closedFields({ headers, expression }, randomBytes(16).toString('hex'));
    await kong.store.put(toWrite({ ...desired, spec: stillClosed ? others : { ...others, ...shut } }, held, row));
    kong.closed.set(desired.id, open);
  },
  // Other requests come when all that guards the route is in force.
  announce: async (kong, desired, held) => {
    const first = kong.narrowing.first(desired);
    if (first === undefined) return 'now';
    await kong.narrowing.narrowed();
    await kong.store.put(toWrite(first, held, rowOf(desired)));
    return 'later';
  },
  remove: async (kong, held) => {
    await kong.withdrawal.closed();
    await kong.store.remove('routes', refOf(held).id);
  },
  release: (kong, held) => kong.store.release('routes', refOf(held)),
});

const rowOf = ({ id }: Desired) => ({ entity: 'routes', key: { field: 'name', value: id }, path: '/routes' }) as const;
