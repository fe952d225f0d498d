/*
 * Field descriptions of Kong Gateway 3.9.3 (https://github.com/Kong/kong, Copyright 2016-2025 Kong Inc., Apache License 2.0),
 * as its Admin API states them under /schemas, without the prose. `fn` names the function that Kong keeps in the field;
 * schema/functions.ts has ours.
 */
import type { EntitySchema } from '../schema/types.ts';
import { headerName, id, milliseconds, seconds, tags } from './typedefs.ts';

const upstreams: EntitySchema = {
  name: 'upstreams',
  endpoint_key: 'name',
  fields: [
    { id },
    { created_at: seconds },
    { name: { type: 'string', required: true, unique: true, fn: 'upstream_name' } },
    { updated_at: seconds },
    {
      algorithm: {
        type: 'string',
        default: 'round-robin',
        one_of: ['consistent-hashing', 'least-connections', 'round-robin', 'latency'],
      },
    },
    {
      hash_on: {
        type: 'string',
        default: 'none',
        one_of: ['none', 'consumer', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'],
      },
    },
    {
      hash_fallback: {
        type: 'string',
        default: 'none',
        one_of: ['none', 'consumer', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'],
      },
    },
    { hash_on_header: headerName },
    { hash_fallback_header: headerName },
    { hash_on_cookie: { type: 'string', fn: 'cookie_name' } },
    {
      hash_on_cookie_path: {
        type: 'string',
        default: '/',
        match_none: [{ err: 'must not have empty segments', pattern: '//' }],
        starts_with: '/',
        fn: 'path',
      },
    },
    { hash_on_query_arg: { type: 'string', len_min: 1 } },
    { hash_fallback_query_arg: { type: 'string', len_min: 1 } },
    { hash_on_uri_capture: { type: 'string', len_min: 1 } },
    { hash_fallback_uri_capture: { type: 'string', len_min: 1 } },
    { slots: { type: 'integer', between: [10, 65536], default: 10000 } },
    {
      healthchecks: {
        type: 'record',
        default: {
          active: {
            type: 'http',
            concurrency: 10,
            healthy: { http_statuses: [200, 302], interval: 0, successes: 0 },
            http_path: '/',
            https_verify_certificate: true,
            timeout: 1,
            unhealthy: {
              http_failures: 0,
              http_statuses: [429, 404, 500, 501, 502, 503, 504, 505],
              interval: 0,
              tcp_failures: 0,
              timeouts: 0,
            },
          },
          passive: {
            type: 'http',
            healthy: {
              http_statuses: [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308],
              successes: 0,
            },
            unhealthy: { http_failures: 0, http_statuses: [429, 500, 503], tcp_failures: 0, timeouts: 0 },
          },
        },
        fields: [
          {
            passive: {
              type: 'record',
              default: {
                type: 'http',
                healthy: {
                  http_statuses: [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308],
                  successes: 0,
                },
                unhealthy: { http_failures: 0, http_statuses: [429, 500, 503], tcp_failures: 0, timeouts: 0 },
              },
              fields: [
                {
                  unhealthy: {
                    type: 'record',
                    default: { http_failures: 0, http_statuses: [429, 500, 503], tcp_failures: 0, timeouts: 0 },
                    fields: [
                      { http_failures: { type: 'integer', between: [0, 255], default: 0 } },
                      { tcp_failures: { type: 'integer', between: [0, 255], default: 0 } },
                      { timeouts: { type: 'integer', between: [0, 255], default: 0 } },
                      { http_statuses: { type: 'array', default: [429, 500, 503], elements: { type: 'integer', between: [100, 999] } } },
                    ],
                    required: true,
                  },
                },
                { type: { type: 'string', default: 'http', one_of: ['tcp', 'http', 'https', 'grpc', 'grpcs'] } },
                {
                  healthy: {
                    type: 'record',
                    default: {
                      http_statuses: [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308],
                      successes: 0,
                    },
                    fields: [
                      { successes: { type: 'integer', between: [0, 255], default: 0 } },
                      {
                        http_statuses: {
                          type: 'array',
                          default: [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308],
                          elements: { type: 'integer', between: [100, 999] },
                        },
                      },
                    ],
                    required: true,
                  },
                },
              ],
              required: true,
            },
          },
          {
            active: {
              type: 'record',
              default: {
                type: 'http',
                concurrency: 10,
                healthy: { http_statuses: [200, 302], interval: 0, successes: 0 },
                http_path: '/',
                https_verify_certificate: true,
                timeout: 1,
                unhealthy: {
                  http_failures: 0,
                  http_statuses: [429, 404, 500, 501, 502, 503, 504, 505],
                  interval: 0,
                  tcp_failures: 0,
                  timeouts: 0,
                },
              },
              fields: [
                { type: { type: 'string', default: 'http', one_of: ['tcp', 'http', 'https', 'grpc', 'grpcs'] } },
                { timeout: { type: 'number', between: [0, 65535], default: 1 } },
                { headers: { type: 'map', keys: headerName, required: false, values: { type: 'array', elements: { type: 'string' } } } },
                {
                  unhealthy: {
                    type: 'record',
                    default: {
                      http_failures: 0,
                      http_statuses: [429, 404, 500, 501, 502, 503, 504, 505],
                      interval: 0,
                      tcp_failures: 0,
                      timeouts: 0,
                    },
                    fields: [
                      {
                        http_statuses: {
                          type: 'array',
                          default: [429, 404, 500, 501, 502, 503, 504, 505],
                          elements: { type: 'integer', between: [100, 999] },
                        },
                      },
                      { interval: { type: 'number', between: [0, 65535], default: 0 } },
                      { tcp_failures: { type: 'integer', between: [0, 255], default: 0 } },
                      { timeouts: { type: 'integer', between: [0, 255], default: 0 } },
                      { http_failures: { type: 'integer', between: [0, 255], default: 0 } },
                    ],
                    required: true,
                  },
                },
                {
                  healthy: {
                    type: 'record',
                    default: { http_statuses: [200, 302], interval: 0, successes: 0 },
                    fields: [
                      { successes: { type: 'integer', between: [0, 255], default: 0 } },
                      { interval: { type: 'number', between: [0, 65535], default: 0 } },
                      { http_statuses: { type: 'array', default: [200, 302], elements: { type: 'integer', between: [100, 999] } } },
                    ],
                    required: true,
                  },
                },
                {
                  http_path: {
                    type: 'string',
                    default: '/',
                    match_none: [{ err: 'must not have empty segments', pattern: '//' }],
                    starts_with: '/',
                    fn: 'path',
                  },
                },
                { https_sni: { type: 'string', required: false, fn: 'sni' } },
                { https_verify_certificate: { type: 'boolean', default: true, required: true } },
                { concurrency: { type: 'integer', between: [1, 2147483648], default: 10 } },
              ],
              required: true,
            },
          },
          { threshold: { type: 'number', between: [0, 100], default: 0 } },
        ],
        required: true,
      },
    },
    { tags },
    { host_header: { type: 'string', fn: 'host_with_optional_port' } },
    { client_certificate: { type: 'foreign', reference: 'certificates' } },
    { use_srv_name: { type: 'boolean', default: false } },
  ],
  entity_checks: [
    {
      conditional: {
        if_field: 'hash_on',
        if_match: { match: '^header$' },
        then_field: 'hash_on_header',
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: 'hash_fallback',
        if_match: { match: '^header$' },
        then_field: 'hash_fallback_header',
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: 'hash_on',
        if_match: { match: '^cookie$' },
        then_field: 'hash_on_cookie',
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: 'hash_fallback',
        if_match: { match: '^cookie$' },
        then_field: 'hash_on_cookie',
        then_match: { required: true },
      },
    },
    {
      conditional: { if_field: 'hash_on', if_match: { match: '^none$' }, then_field: 'hash_fallback', then_match: { one_of: ['none'] } },
    },
    {
      conditional: {
        if_field: 'hash_on',
        if_match: { match: '^cookie$' },
        then_field: 'hash_fallback',
        then_match: { one_of: ['none'] },
      },
    },
    {
      conditional: {
        if_field: 'hash_on',
        if_match: { match: '^consumer$' },
        then_field: 'hash_fallback',
        then_match: { one_of: ['none', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'] },
      },
    },
    {
      conditional: {
        if_field: 'hash_on',
        if_match: { match: '^ip$' },
        then_field: 'hash_fallback',
        then_match: { one_of: ['none', 'consumer', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'] },
      },
    },
    {
      conditional: {
        if_field: 'hash_on',
        if_match: { match: '^path$' },
        then_field: 'hash_fallback',
        then_match: { one_of: ['none', 'consumer', 'header', 'cookie', 'query_arg', 'ip', 'uri_capture'] },
      },
    },
    { distinct: ['hash_on_header', 'hash_fallback_header'] },
    {
      conditional: {
        if_field: 'hash_on',
        if_match: { match: '^query_arg$' },
        then_field: 'hash_on_query_arg',
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: 'hash_fallback',
        if_match: { match: '^query_arg$' },
        then_field: 'hash_fallback_query_arg',
        then_match: { required: true },
      },
    },
    { distinct: ['hash_on_query_arg', 'hash_fallback_query_arg'] },
    {
      conditional: {
        if_field: 'hash_on',
        if_match: { match: '^uri_capture$' },
        then_field: 'hash_on_uri_capture',
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: 'hash_fallback',
        if_match: { match: '^uri_capture$' },
        then_field: 'hash_fallback_uri_capture',
        then_match: { required: true },
      },
    },
    { distinct: ['hash_on_uri_capture', 'hash_fallback_uri_capture'] },
  ],
  shorthand_fields: [
    { algorithm: { type: 'string', fn: 'upstream_algorithm' } },
    { hash_on: { type: 'string', fn: 'upstream_hash_on' } },
  ],
};

const targets: EntitySchema = {
  name: 'targets',
  endpoint_key: 'target',
  cache_key: ['upstream', 'target'],
  fields: [
    { id },
    { created_at: milliseconds },
    { updated_at: milliseconds },
    { upstream: { type: 'foreign', on_delete: 'cascade', reference: 'upstreams', required: true } },
    { target: { type: 'string', required: true, fn: 'target' } },
    { weight: { type: 'integer', between: [0, 65535], default: 100 } },
    { tags },
  ],
};

export const balancingEntities: readonly EntitySchema[] = [upstreams, targets];
