import { randomBytes } from 'node:crypto';
import { defineKind } from '../../../core/provider.ts';
import type { Spec } from '../../../core/resource.ts';
import type { Entity } from '../client.ts';
import { fieldsOf, live, markerName, namesIn, toWrite } from './rows.ts';
import type { KongClient, RowRef } from './rows.ts';

/**
 * The header that a closed route asks for, with a random value nobody sends. A route cannot be disabled in Kong, and route and plugins
 * come into force by two timers (up to 5 s apart), so a new route is created closed, and opened when its plugins are in force.
 */
const CLOSED = 'x-authctl-pending';

/** https://docs.konghq.com/gateway/latest/key-concepts/routes/ */
export const route = defineKind<KongClient>()({
  name: 'kong.route',
  after: ['kong.service'],
  removeAfter: [],
  immutable: [],
  list: async (kong) => {
    const [rows, services] = await Promise.all([kong.rows('routes', 'subject'), kong.rows('services')]);
    const serviceOf = namesIn(services, 'name');
    return rows
      .filter(({ name }) => name !== markerName(kong.name))
      .map((row) => {
        const fields = fieldsOf(row, ['paths', 'methods', 'hosts', 'protocols', 'snis']);
        // A run that was cut short left it closed. It matches nothing, so its paths are none: a difference that the next run mends.
        const closed = isClosed(row) && { paths: null };
        return live('kong.route', row.name, row, { ...fields, service: serviceOf(row.service), ...closed }, kong.name);
      });
  },
  put: async (kong, desired, held) => {
    const { headers = null, ...others } = desired.spec;
    const row = { entity: 'routes', key: { field: 'name', value: desired.id }, path: '/routes' } as const;
    const stillClosed = held !== undefined && isClosed(held.spec);
    if (kong.store.atomic || (held !== undefined && !stillClosed) || (await kong.gate.manner(desired)) === 'open')
      return kong.store.put(toWrite(desired, held, row));
    const asked = { ...(headers as Spec | null), [CLOSED]: [randomBytes(16).toString('hex')] };
    await kong.store.put(toWrite({ ...desired, spec: stillClosed ? others : { ...others, headers: asked } }, held, row));
    kong.closed.set(desired.id, headers as Spec | null);
  },
  remove: (kong, held) => kong.store.remove('routes', (held.ref as RowRef).id),
});

const isClosed = ({ headers }: Spec | Entity): boolean => typeof headers === 'object' && headers !== null && CLOSED in headers;
