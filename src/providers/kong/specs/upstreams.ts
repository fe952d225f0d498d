import { defineSpec, flag, number, record, text } from '../../../core/spec.ts';
import { named, withId } from './references.ts';

/** A name that services may have as their host, balanced over targets. (https://developer.konghq.com/gateway/entities/upstream/) */
export const upstream = defineSpec('kong.upstream', {
  always: { name: text() },
  fields: {
    algorithm: text({ default: 'round-robin' }),
    hash_on: text({ default: 'none' }),
    hash_fallback: text({ default: 'none' }),
    hash_on_header: text({ default: null }),
    hash_fallback_header: text({ default: null }),
    hash_on_cookie: text({ default: null }),
    hash_on_cookie_path: text({ default: '/' }),
    hash_on_query_arg: text({ default: null }),
    hash_fallback_query_arg: text({ default: null }),
    hash_on_uri_capture: text({ default: null }),
    hash_fallback_uri_capture: text({ default: null }),
    slots: number({ default: 10_000 }),
    healthchecks: record({ active: record({}), passive: record({}), threshold: number({ default: 0 }) }),
    host_header: text({ default: null }),
    client_certificate: withId({ default: null }),
    use_srv_name: flag({ default: false }),
  },
});

/** A host and port that gets a share of an upstream's requests. */
export const target = defineSpec('kong.target', {
  always: { upstream: named(), target: text({ access: 'where requests go' }) },
  fields: { weight: number({ default: 100 }) },
  id: (upstreamName: string, address: string) => `${upstreamName}/${address}`,
});
