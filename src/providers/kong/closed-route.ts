import { isObject, objectOf } from '../../core/json.ts';
import { CLOSED } from './specs/marks.ts';

type Conditions = Readonly<Record<string, unknown>>;

/** The header that closes a route, in a router expression. */
export const PENDING = 'http.headers.x_authctl_pending';

/** True for a route that a run which was cut short left closed: nobody sends what it asks for. */
export const isClosed = ({ headers, expression }: Conditions): boolean =>
  (isObject(headers) && CLOSED in headers) || (typeof expression === 'string' && expression.includes(PENDING));

/**
 * What makes a route match nothing, for who does not know `secret`. A route has conditions or an expression, never both. (GET /schemas/routes with
 * router_flavor = expressions, 3.9)
 */
export const closedFields = ({ headers, expression }: Conditions, secret: string): Readonly<Record<string, unknown>> =>
  typeof expression === 'string' ? { expression: `(${expression}) && ${PENDING} == "${secret}"` } : { headers: { ...objectOf(headers), [CLOSED]: [secret] } };
