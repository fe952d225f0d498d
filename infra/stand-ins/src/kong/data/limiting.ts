/*
 * Field descriptions of Kong Gateway 3.9.3 (https://github.com/Kong/kong, Copyright 2016-2025 Kong Inc., Apache License 2.0),
 * as its Admin API states them under /schemas, without the prose. `fn` names the function that Kong keeps in the field;
 * schema/functions.ts has ours.
 */
import type { PluginSchema } from '../schema/types.ts';
import { allProtocols, headerName, httpProtocols, path, queue, url } from './typedefs.ts';

const rateLimiting: PluginSchema = {
  name: 'rate-limiting',
  priority: 910,
  fields: [
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { second: { type: 'number', gt: 0 } },
          { minute: { type: 'number', gt: 0 } },
          { hour: { type: 'number', gt: 0 } },
          { day: { type: 'number', gt: 0 } },
          { month: { type: 'number', gt: 0 } },
          { year: { type: 'number', gt: 0 } },
          { limit_by: { type: 'string', default: 'consumer', one_of: ['consumer', 'credential', 'ip', 'service', 'header', 'path'] } },
          { header_name: headerName },
          { path },
          { policy: { type: 'string', default: 'local', len_min: 0, one_of: ['local', 'cluster', 'redis'] } },
          { fault_tolerant: { type: 'boolean', default: true, required: true } },
          {
            redis: {
              type: 'record',
              fields: [
                { host: { type: 'string', fn: 'host' } },
                { port: { type: 'integer', between: [0, 65535], default: 6379 } },
                { timeout: { type: 'integer', between: [0, 2147483646], default: 2000 } },
                { username: { type: 'string', referenceable: true } },
                { password: { type: 'string', encrypted: true, len_min: 0, referenceable: true } },
                { database: { type: 'integer', default: 0 } },
                { ssl: { type: 'boolean', default: false, required: false } },
                { ssl_verify: { type: 'boolean', default: false, required: false } },
                { server_name: { type: 'string', required: false, fn: 'sni' } },
              ],
              required: true,
            },
          },
          { hide_client_headers: { type: 'boolean', default: false, required: true } },
          { error_code: { type: 'number', default: 429, gt: 0 } },
          { error_message: { type: 'string', default: 'API rate limit exceeded' } },
          { sync_rate: { type: 'number', default: -1, required: true } },
        ],
        required: true,
        shorthand_fields: [
          {
            redis_host: {
              type: 'string',
              deprecation: {
                message: 'rate-limiting: config.redis_host is deprecated, please use config.redis.host instead',
                removal_in_version: '4.0',
                replaced_with: [{ path: ['redis', 'host'] }],
              },
            },
          },
          {
            redis_port: {
              type: 'integer',
              deprecation: {
                message: 'rate-limiting: config.redis_port is deprecated, please use config.redis.port instead',
                removal_in_version: '4.0',
                replaced_with: [{ path: ['redis', 'port'] }],
              },
            },
          },
          {
            redis_password: {
              type: 'string',
              deprecation: {
                message: 'rate-limiting: config.redis_password is deprecated, please use config.redis.password instead',
                removal_in_version: '4.0',
                replaced_with: [{ path: ['redis', 'password'] }],
              },
              len_min: 0,
            },
          },
          {
            redis_username: {
              type: 'string',
              deprecation: {
                message: 'rate-limiting: config.redis_username is deprecated, please use config.redis.username instead',
                removal_in_version: '4.0',
                replaced_with: [{ path: ['redis', 'username'] }],
              },
            },
          },
          {
            redis_ssl: {
              type: 'boolean',
              deprecation: {
                message: 'rate-limiting: config.redis_ssl is deprecated, please use config.redis.ssl instead',
                removal_in_version: '4.0',
                replaced_with: [{ path: ['redis', 'ssl'] }],
              },
            },
          },
          {
            redis_ssl_verify: {
              type: 'boolean',
              deprecation: {
                message: 'rate-limiting: config.redis_ssl_verify is deprecated, please use config.redis.ssl_verify instead',
                removal_in_version: '4.0',
                replaced_with: [{ path: ['redis', 'ssl_verify'] }],
              },
            },
          },
          {
            redis_server_name: {
              type: 'string',
              deprecation: {
                message: 'rate-limiting: config.redis_server_name is deprecated, please use config.redis.server_name instead',
                removal_in_version: '4.0',
                replaced_with: [{ path: ['redis', 'server_name'] }],
              },
            },
          },
          {
            redis_timeout: {
              type: 'integer',
              deprecation: {
                message: 'rate-limiting: config.redis_timeout is deprecated, please use config.redis.timeout instead',
                removal_in_version: '4.0',
                replaced_with: [{ path: ['redis', 'timeout'] }],
              },
            },
          },
          {
            redis_database: {
              type: 'integer',
              deprecation: {
                message: 'rate-limiting: config.redis_database is deprecated, please use config.redis.database instead',
                removal_in_version: '4.0',
                replaced_with: [{ path: ['redis', 'database'] }],
              },
            },
          },
        ],
        fn: 'rate_limiting',
      },
    },
  ],
  entity_checks: [
    { at_least_one_of: ['config.second', 'config.minute', 'config.hour', 'config.day', 'config.month', 'config.year'] },
    {
      conditional: {
        if_field: 'config.policy',
        if_match: { eq: 'redis' },
        then_field: 'config.redis.host',
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: 'config.policy',
        if_match: { eq: 'redis' },
        then_field: 'config.redis.port',
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: 'config.policy',
        if_match: { eq: 'redis' },
        then_field: 'config.redis.timeout',
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: 'config.limit_by',
        if_match: { eq: 'header' },
        then_field: 'config.header_name',
        then_match: { required: true },
      },
    },
    {
      conditional: { if_field: 'config.limit_by', if_match: { eq: 'path' }, then_field: 'config.path', then_match: { required: true } },
    },
  ],
};

const httpLog: PluginSchema = {
  name: 'http-log',
  priority: 12,
  fields: [
    { protocols: allProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { http_endpoint: { type: 'string', encrypted: true, referenceable: true, required: true, fn: 'url' } },
          { method: { type: 'string', default: 'POST', one_of: ['POST', 'PUT', 'PATCH'] } },
          {
            content_type: {
              type: 'string',
              default: 'application/json',
              one_of: ['application/json', 'application/json; charset=utf-8'],
            },
          },
          { timeout: { type: 'number', default: 10000 } },
          { keepalive: { type: 'number', default: 60000 } },
          {
            retry_count: {
              type: 'integer',
              deprecation: {
                message: 'http-log: config.retry_count no longer works, please use config.queue.max_retry_time instead',
                old_default: 10,
                removal_in_version: '4.0',
              },
            },
          },
          {
            queue_size: {
              type: 'integer',
              deprecation: {
                message: 'http-log: config.queue_size is deprecated, please use config.queue.max_batch_size instead',
                old_default: 1,
                removal_in_version: '4.0',
              },
            },
          },
          {
            flush_timeout: {
              type: 'number',
              deprecation: {
                message: 'http-log: config.flush_timeout is deprecated, please use config.queue.max_coalescing_delay instead',
                old_default: 2,
                removal_in_version: '4.0',
              },
            },
          },
          {
            headers: {
              type: 'map',
              keys: {
                type: 'string',
                match_none: [
                  { err: 'cannot contain \'Host\' header', pattern: '^[Hh][Oo][Ss][Tt]$' },
                  {
                    err: 'cannot contain \'Content-Length\' header',
                    pattern: '^[Cc][Oo][Nn][Tt][Ee][Nn][Tt]%-[Ll][Ee][nn][Gg][Tt][Hh]$',
                  },
                  { err: 'cannot contain \'Content-Type\' header', pattern: '^[Cc][Oo][Nn][Tt][Ee][Nn][Tt]%-[Tt][Yy][Pp][Ee]$' },
                ],
                fn: 'header_name',
              },
              values: { type: 'string', referenceable: true },
            },
          },
          { queue },
          { custom_fields_by_lua: { type: 'map', keys: { type: 'string', len_min: 1 }, values: { type: 'string', len_min: 1 } } },
        ],
        required: true,
        fn: 'http_log',
      },
    },
  ],
};

const opentelemetry: PluginSchema = {
  name: 'opentelemetry',
  priority: 14,
  fields: [
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        entity_checks: [{ at_least_one_of: ['traces_endpoint', 'logs_endpoint'] }],
        fields: [
          { traces_endpoint: url },
          { logs_endpoint: url },
          { headers: { type: 'map', keys: headerName, values: { type: 'string', referenceable: true } } },
          {
            resource_attributes: {
              type: 'map',
              keys: { type: 'string', required: true },
              values: { type: 'string', required: true },
              fn: 'resource_attributes',
            },
          },
          {
            queue: {
              type: 'record',
              default: { max_batch_size: 200 },
              fields: [
                { max_batch_size: { type: 'integer', between: [1, 1000000], default: 1 } },
                { max_coalescing_delay: { type: 'number', between: [0, 3600], default: 1 } },
                { max_entries: { type: 'integer', between: [1, 1000000], default: 10000 } },
                { max_bytes: { type: 'integer' } },
                { max_retry_time: { type: 'number', default: 60 } },
                { initial_retry_delay: { type: 'number', between: [0.001, 1000000], default: 0.01 } },
                { max_retry_delay: { type: 'number', between: [0.001, 1000000], default: 60 } },
                { concurrency_limit: { type: 'integer', default: 1, one_of: [-1, 1] } },
              ],
              required: true,
            },
          },
          {
            batch_span_count: {
              type: 'integer',
              deprecation: {
                message: 'opentelemetry: config.batch_span_count is deprecated, please use config.queue.max_batch_size instead',
                old_default: 200,
                removal_in_version: '4.0',
              },
            },
          },
          {
            batch_flush_delay: {
              type: 'integer',
              deprecation: {
                message: 'opentelemetry: config.batch_flush_delay is deprecated, please use config.queue.max_coalescing_delay instead',
                old_default: 3,
                removal_in_version: '4.0',
              },
            },
          },
          { connect_timeout: { type: 'integer', between: [0, 2147483646], default: 1000 } },
          { send_timeout: { type: 'integer', between: [0, 2147483646], default: 5000 } },
          { read_timeout: { type: 'integer', between: [0, 2147483646], default: 5000 } },
          { http_response_header_for_traceid: { type: 'string' } },
          {
            header_type: {
              type: 'string',
              default: 'preserve',
              deprecation: {
                message: 'opentelemetry: config.header_type is deprecated, please use config.propagation options instead',
                old_default: 'preserve',
                removal_in_version: '4.0',
              },
              one_of: ['preserve', 'ignore', 'b3', 'b3-single', 'w3c', 'jaeger', 'ot', 'aws', 'gcp', 'datadog'],
              required: false,
            },
          },
          { sampling_rate: { type: 'number', between: [0, 1], required: false } },
          {
            propagation: {
              type: 'record',
              default: { default_format: 'w3c' },
              fields: [
                {
                  extract: {
                    type: 'array',
                    elements: { type: 'string', one_of: ['jaeger', 'gcp', 'ot', 'w3c', 'datadog', 'b3', 'aws'] },
                  },
                },
                { clear: { type: 'array', elements: { type: 'string' } } },
                {
                  inject: {
                    type: 'array',
                    elements: {
                      type: 'string',
                      one_of: ['preserve', 'jaeger', 'gcp', 'ot', 'w3c', 'datadog', 'b3', 'aws', 'b3-single'],
                    },
                  },
                },
                {
                  default_format: {
                    type: 'string',
                    one_of: ['jaeger', 'gcp', 'ot', 'w3c', 'datadog', 'b3', 'aws', 'b3-single'],
                    required: true,
                  },
                },
              ],
              required: true,
            },
          },
        ],
        required: true,
        shorthand_fields: [
          {
            endpoint: {
              type: 'string',
              deprecation: {
                message: 'OpenTelemetry: config.endpoint is deprecated, please use config.traces_endpoint instead',
                removal_in_version: '4.0',
              },
              referenceable: true,
              fn: 'url',
            },
          },
        ],
      },
    },
  ],
};

export const otherPlugins: readonly PluginSchema[] = [rateLimiting, httpLog, opentelemetry];
