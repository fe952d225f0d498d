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
/** The same header in a router expression. */
const PENDING = 'http.headers.x_authctl_pending';

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
    const row = { entity: 'routes', key: { field: 'name', value: desired.id }, path: '/routes' } as const;
    const stillClosed = held !== undefined && isClosed(held.spec);
    if (kong.store.atomic || (held !== undefined && !stillClosed) || (await kong.gate.manner(desired)) === 'open')
      return kong.store.put(toWrite(desired, held, row));
    const { headers = null, expression = null, ...others } = desired.spec;
    const secret = randomBytes(16).toString('hex');
    // A route has conditions or an expression, never both. (GET /schemas/routes with router_flavor = expressions, 3.9)
    const [open, shut]: readonly [Spec, Spec] =
      typeof expression === 'string'
        ? [{ expression }, { expression: `(${expression}) && ${PENDING} == "${secret}"` }]
        : [{ headers }, { headers: { ...(headers as Spec | null), [CLOSED]: [secret] } }];
    await kong.store.put(toWrite({ ...desired, spec: stillClosed ? others : { ...others, ...shut } }, held, row));
    kong.closed.set(desired.id, open);
  },
  remove: (kong, held) => kong.store.remove('routes', (held.ref as RowRef).id),
});

const isClosed = ({ headers, expression }: Spec | Entity): boolean =>
  (typeof headers === 'object' && headers !== null && CLOSED in headers) || (typeof expression === 'string' && expression.includes(PENDING));
