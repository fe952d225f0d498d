import { any, defineSpec, flag, list, map, number, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { named } from './references.ts';

const access = 'which requests become this route';

/** https://developer.konghq.com/gateway/entities/route/ */
export const route = defineSpec('kong.route', {
  always: { name: text() },
  fields: {
    service: named({ default: null, access: 'whose plugins stand before it' }),
    protocols: set(text(), { default: ['http', 'https'], access }),
    methods: set(text(), { default: null, access }),
    // Kong keeps lists of hosts and paths, but one counts the same wherever it stands.
    hosts: set(text(), { default: null, access }),
    paths: set(text(), { default: null, access }),
    headers: map(list(text()), { default: null, access }),
    snis: set(text(), { default: null, access }),
    sources: set(any(), { default: null, access }),
    destinations: set(any(), { default: null, access }),
    regex_priority: number({ default: 0, access }),
    path_handling: text<'v0' | 'v1'>({ default: 'v0' }),
    strip_path: flag({ default: true }),
    preserve_host: flag({ default: false }),
    https_redirect_status_code: number({ default: 426 }),
    request_buffering: flag({ default: true }),
    response_buffering: flag({ default: true }),
    expression: text({ about: 'in the place of all conditions, with router_flavor = expressions', access }),
    priority: number({ about: 'with router_flavor = expressions', access }),
  },
});
export type RouteSpec = SpecOf<typeof route>;
