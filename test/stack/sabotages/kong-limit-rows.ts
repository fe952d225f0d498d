import { breaks, change, differs, foreign, ours, weakens } from './kong-hands.ts';
import type { Row } from './kong-hands.ts';

const [rate, size, cors, route] = ['rate', 'size', 'cors', 'offers.rate'].map((suffix) => `shop.partners.${suffix}`) as [string, string, string, string];
const lessens = (what: string, instance: string, config: Readonly<Record<string, unknown>>): Row => ({ what, do: (hand) => hand.config(instance, config), told: change(ours(instance), 'weakens') });
const refuses = (what: string, instance: string, config: Readonly<Record<string, unknown>>): Row => ({ what, do: (hand) => hand.config(instance, config), told: change(ours(instance), 'breaks') });
const gone = (what: string, instance: string): Row => ({ what: `${what} taken away`, do: (hand) => hand.removePlugin(instance), told: change(ours(instance), 'weakens') });
const off = (what: string, instance: string): Row => ({ what: `${what} switched off`, do: async (hand) => hand.patch(`/plugins/${instance}`, { enabled: false }), told: change(ours(instance), 'weakens') });

/** The bounds of partners in blueprints/routes.yaml, and what it says about pages of other origins. */
export const kongLimitRows: readonly Row[] = [
  lessens('more requests a minute', rate, { minute: 60_000 }),
  lessens('no limit by the second', rate, { second: null }),
  { what: 'a limit that is counted by a header, which its sender chooses', do: (hand) => hand.config(rate, { limit_by: 'header', header_name: 'x-client' }), told: [change(ours(rate), 'weakens'), differs(ours(rate))] },
  lessens('more on a route of its own limit', route, { minute: 3001 }),
  lessens('more by the second and less by the minute', rate, { second: 500, minute: 600 }),
  refuses('fewer requests a minute', rate, { minute: 300 }),
  refuses('a limit by the hour that nobody stated', rate, { hour: 6000 }),
  refuses('one count for everybody', rate, { limit_by: 'service' }),
  { what: 'headers that no longer say how many are left', do: (hand) => hand.config(rate, { hide_client_headers: true }), told: change(ours(rate), 'differs') },
  gone('a limit of requests', rate),
  off('a limit of requests', rate),
  lessens('larger bodies', size, { allowed_payload_size: 65 }),
  lessens('bodies in a larger unit', size, { size_unit: 'megabytes' }),
  refuses('smaller bodies', size, { allowed_payload_size: 63 }),
  refuses('bodies in a smaller unit', size, { size_unit: 'bytes' }),
  refuses('bodies whose length is said before', size, { require_content_length: true }),
  { what: 'the same bound in other words', do: (hand) => hand.config(size, { allowed_payload_size: 65_536, size_unit: 'bytes' }), told: change(ours(size), 'differs') },
  gone('a bound of bodies', size),
  off('a bound of bodies', size),
  lessens('pages of one more origin', cors, { origins: ['https://shop.example', 'https://evil.example'] }),
  lessens('pages of every origin', cors, { origins: ['*'] }),
  lessens('pages of every origin, because none is named', cors, { origins: null }),
  lessens('pages with credentials', cors, { credentials: true }),
  lessens('pages that read one more header', cors, { exposed_headers: ['X-Request-Id', 'X-Other'] }),
  lessens('pages that send whatever they like', cors, { headers: null }),
  lessens('pages of every origin, by an empty list', cors, { origins: [] }),
  refuses('pages that read no header', cors, { exposed_headers: null }),
  refuses('pages that send fewer headers', cors, { headers: ['Authorization'] }),
  { what: 'a preflight that is kept longer', do: (hand) => hand.config(cors, { max_age: 86_400 }), told: change(ours(cors), 'differs') },
  { what: 'a limit on a route in the place of ours, with more', do: (hand) => hand.plugin('/routes/shop.partners.orders', { name: 'rate-limiting', config: { minute: 60_000, limit_by: 'ip', policy: 'local' } }), told: weakens(foreign) },
  { what: 'a limit on a route in the place of ours, with less', do: (hand) => hand.plugin('/routes/shop.partners.orders', { name: 'rate-limiting', config: { second: 2, minute: 60, limit_by: 'ip', policy: 'local' } }), told: breaks(foreign) },
  { what: 'larger bodies on a route', do: (hand) => hand.plugin('/routes/shop.partners.orders', { name: 'request-size-limiting', config: { allowed_payload_size: 8 } }), told: weakens(foreign) },
  { what: 'a limit on a route where none is stated', do: (hand) => hand.plugin('/services/shop.catalogue', { name: 'rate-limiting', config: { minute: 60, policy: 'local' } }), told: breaks(foreign) },
];
