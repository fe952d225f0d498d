import { any, defineSpec, flag, list, map, number, set, text } from '../../../core/spec.ts';
import type { FieldChange, SpecOf } from '../../../core/spec.ts';
import type { Effect } from '../../../core/resource.ts';
import { named } from './references.ts';

const access = 'which requests become this route';
/** What its guards have let through becomes another request behind them: of a public route that is any that nobody meant to be public. */
const asked = { changed: (): Effect => 'weakens' } as const;

/** A condition more, or fewer of its alternatives: fewer requests become the route, and whoever sent the others is locked out. */
const narrowed = ({ live, stated }: FieldChange): Effect | undefined => {
  if (live === null || live === undefined) return undefined;
  if (stated === null || stated === undefined) return isEmpty(live) ? undefined : 'breaks';
  return Array.isArray(live) && Array.isArray(stated) && live.length > 0 && live.every((one) => stated.includes(one)) ? 'breaks' : undefined;
};
const isEmpty = (value: unknown): boolean => (Array.isArray(value) ? value : typeof value === 'object' && value !== null ? Object.keys(value) : [value]).length === 0;
/** Another service of ours has other guards, or none; one of somebody else gets the requests with their tokens; without any each fails. */
const leadsElsewhere = ({ live, stated }: FieldChange): Effect => {
  const [now, wanted] = [live, stated].map((one) => (typeof one === 'object' && one !== null && 'name' in one ? one.name : one));
  if (now === null || now === undefined) return 'breaks';
  return String(now).split('.')[0] === String(wanted).split('.')[0] ? 'opens' : 'exposes';
};
const condition = { access, changed: narrowed, letsBackIn: (change: FieldChange): boolean => narrowed(change) === 'breaks' } as const;

/** https://developer.konghq.com/gateway/entities/route/ */
export const route = defineSpec('kong.route', {
  always: { name: text() },
  fields: {
    service: named({ default: null, access: 'whose plugins stand before it', changed: leadsElsewhere }),
    protocols: set(text(), { default: ['http', 'https'], ...condition }),
    methods: set(text(), { default: null, ...condition }),
    // Kong keeps lists of hosts and paths, but one counts the same wherever it stands.
    hosts: set(text(), { default: null, ...condition }),
    paths: set(text(), { default: null, ...condition }),
    // One more is one more condition.
    headers: map(list(text()), { default: null, whole: true, ...condition }),
    snis: set(text(), { default: null, ...condition }),
    sources: set(any(), { default: null, ...condition }),
    destinations: set(any(), { default: null, ...condition }),
    regex_priority: number({ default: 0, access }),
    path_handling: text<'v0' | 'v1'>({ default: 'v0' }),
    strip_path: flag({ default: true, ...asked }),
    preserve_host: flag({ default: false, ...asked }),
    https_redirect_status_code: number({ default: 426 }),
    request_buffering: flag({ default: true }),
    response_buffering: flag({ default: true }),
    expression: text({ about: 'in the place of all conditions, with router_flavor = expressions', access }),
    priority: number({ about: 'with router_flavor = expressions', access }),
  },
});
export type RouteSpec = SpecOf<typeof route>;
