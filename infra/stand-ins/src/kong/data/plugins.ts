/*
 * Field descriptions of Kong Gateway 3.9.3 (https://github.com/Kong/kong, Copyright 2016-2025 Kong Inc., Apache License 2.0),
 * as its Admin API states them under /schemas, without the prose. `fn` names the function that Kong keeps in the field;
 * schema/functions.ts has ours.
 */
import type { PluginSchema } from '../schema/types.ts';
import { allProtocols, headerName, httpProtocols, noConsumer } from './typedefs.ts';

const jwt: PluginSchema = {
  name: 'jwt',
  priority: 1450,
  fields: [
    { consumer: noConsumer },
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { uri_param_names: { type: 'set', default: ['jwt'], elements: { type: 'string' } } },
          { cookie_names: { type: 'set', default: [], elements: { type: 'string' } } },
          { key_claim_name: { type: 'string', default: 'iss' } },
          { secret_is_base64: { type: 'boolean', default: false, required: true } },
          { claims_to_verify: { type: 'set', elements: { type: 'string', one_of: ['exp', 'nbf'] } } },
          { anonymous: { type: 'string' } },
          { run_on_preflight: { type: 'boolean', default: true, required: true } },
          { maximum_expiration: { type: 'number', between: [0, 31536000], default: 0 } },
          { header_names: { type: 'set', default: ['authorization'], elements: { type: 'string' } } },
          { realm: { type: 'string', required: false } },
        ],
        required: true,
      },
    },
  ],
  entity_checks: [
    {
      conditional: {
        if_field: 'config.maximum_expiration',
        if_match: { gt: 0 },
        then_field: 'config.claims_to_verify',
        then_match: { contains: 'exp' },
      },
    },
  ],
};

const acl: PluginSchema = {
  name: 'acl',
  priority: 950,
  fields: [
    { consumer: noConsumer },
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { allow: { type: 'array', elements: { type: 'string' } } },
          { deny: { type: 'array', elements: { type: 'string' } } },
          { hide_groups_header: { type: 'boolean', default: false, required: true } },
          { always_use_authenticated_groups: { type: 'boolean', default: false, required: true } },
        ],
        required: true,
      },
    },
  ],
  entity_checks: [{ only_one_of: ['config.allow', 'config.deny'] }, { at_least_one_of: ['config.allow', 'config.deny'] }],
};

const keyAuth: PluginSchema = {
  name: 'key-auth',
  priority: 1250,
  fields: [
    { consumer: noConsumer },
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { key_names: { type: 'array', default: ['apikey'], elements: headerName, required: true } },
          { hide_credentials: { type: 'boolean', default: false, required: true } },
          { anonymous: { type: 'string' } },
          { key_in_header: { type: 'boolean', default: true, required: true } },
          { key_in_query: { type: 'boolean', default: true, required: true } },
          { key_in_body: { type: 'boolean', default: false, required: true } },
          { run_on_preflight: { type: 'boolean', default: true, required: true } },
          { realm: { type: 'string', required: false } },
        ],
        required: true,
      },
    },
  ],
};

const basicAuth: PluginSchema = {
  name: 'basic-auth',
  priority: 1100,
  fields: [
    { consumer: noConsumer },
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        required: true,
        fields: [
          { anonymous: { type: 'string' } },
          { hide_credentials: { type: 'boolean', default: false, required: true } },
          { realm: { type: 'string', default: 'service', required: true } },
        ],
      },
    },
  ],
};

const cors: PluginSchema = {
  name: 'cors',
  priority: 2000,
  fields: [
    { consumer: noConsumer },
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { origins: { type: 'array', elements: { type: 'string', fn: 'origin' } } },
          { headers: { type: 'array', elements: { type: 'string' } } },
          { exposed_headers: { type: 'array', elements: { type: 'string' } } },
          {
            methods: {
              type: 'array',
              default: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'],
              elements: { type: 'string', one_of: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'] },
            },
          },
          { max_age: { type: 'number' } },
          { credentials: { type: 'boolean', default: false, required: true } },
          { private_network: { type: 'boolean', default: false, required: true } },
          { preflight_continue: { type: 'boolean', default: false, required: true } },
        ],
        required: true,
      },
    },
  ],
};

const ipRestriction: PluginSchema = {
  name: 'ip-restriction',
  priority: 990,
  fields: [
    {
      protocols: {
        type: 'set',
        default: ['http', 'https', 'tcp', 'tls', 'grpc', 'grpcs'],
        elements: { type: 'string', one_of: ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls', 'tls_passthrough', 'udp'] },
        required: true,
      },
    },
    {
      config: {
        type: 'record',
        fields: [
          { allow: { type: 'array', elements: { type: 'string', fn: 'ip_or_cidr' } } },
          { deny: { type: 'array', elements: { type: 'string', fn: 'ip_or_cidr' } } },
          { status: { type: 'number', required: false } },
          { message: { type: 'string', required: false } },
        ],
        required: true,
      },
    },
  ],
  entity_checks: [{ at_least_one_of: ['config.allow', 'config.deny'] }],
};

const correlationId: PluginSchema = {
  name: 'correlation-id',
  priority: 100001,
  fields: [
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { header_name: { type: 'string', default: 'Kong-Request-ID', fn: 'header_name' } },
          { generator: { type: 'string', default: 'uuid#counter', one_of: ['uuid', 'uuid#counter', 'tracker'], required: true } },
          { echo_downstream: { type: 'boolean', default: false, required: true } },
        ],
        required: true,
      },
    },
  ],
};

const requestSizeLimiting: PluginSchema = {
  name: 'request-size-limiting',
  priority: 951,
  fields: [
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { allowed_payload_size: { type: 'integer', default: 128 } },
          { size_unit: { type: 'string', default: 'megabytes', one_of: ['megabytes', 'kilobytes', 'bytes'], required: true } },
          { require_content_length: { type: 'boolean', default: false, required: true } },
        ],
        required: true,
      },
    },
  ],
};

const requestTermination: PluginSchema = {
  name: 'request-termination',
  priority: 2,
  fields: [
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { status_code: { type: 'integer', between: [100, 599], default: 503, required: true } },
          { message: { type: 'string' } },
          { content_type: { type: 'string' } },
          { body: { type: 'string' } },
          { echo: { type: 'boolean', default: false, required: true } },
          { trigger: headerName },
        ],
        required: true,
        fn: 'request_termination',
      },
    },
  ],
};

const preFunction: PluginSchema = {
  name: 'pre-function',
  priority: 1000000,
  fields: [
    { consumer: noConsumer },
    { protocols: allProtocols },
    {
      config: {
        type: 'record',
        fields: [
          {
            certificate: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_pre_function' },
              required: true,
            },
          },
          {
            rewrite: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_pre_function' },
              required: true,
            },
          },
          {
            access: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_pre_function' },
              required: true,
            },
          },
          {
            header_filter: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_pre_function' },
              required: true,
            },
          },
          {
            body_filter: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_pre_function' },
              required: true,
            },
          },
          { log: { type: 'array', default: [], elements: { type: 'string', required: false, fn: 'lua_pre_function' }, required: true } },
        ],
        required: true,
      },
    },
  ],
  entity_checks: [
    {
      at_least_one_of: [
        'config.certificate', 'config.rewrite', 'config.access', 'config.header_filter', 'config.body_filter', 'config.log',
      ],
    },
  ],
};

const postFunction: PluginSchema = {
  name: 'post-function',
  priority: -1000,
  fields: [
    { consumer: noConsumer },
    { protocols: allProtocols },
    {
      config: {
        type: 'record',
        fields: [
          {
            certificate: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_post_function' },
              required: true,
            },
          },
          {
            rewrite: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_post_function' },
              required: true,
            },
          },
          {
            access: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_post_function' },
              required: true,
            },
          },
          {
            header_filter: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_post_function' },
              required: true,
            },
          },
          {
            body_filter: {
              type: 'array',
              default: [],
              elements: { type: 'string', required: false, fn: 'lua_post_function' },
              required: true,
            },
          },
          {
            log: { type: 'array', default: [], elements: { type: 'string', required: false, fn: 'lua_post_function' }, required: true },
          },
        ],
        required: true,
      },
    },
  ],
  entity_checks: [
    {
      at_least_one_of: [
        'config.certificate', 'config.rewrite', 'config.access', 'config.header_filter', 'config.body_filter', 'config.log',
      ],
    },
  ],
};

const prometheus: PluginSchema = {
  name: 'prometheus',
  priority: 13,
  fields: [
    { protocols: allProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { per_consumer: { type: 'boolean', default: false } },
          { status_code_metrics: { type: 'boolean', default: false } },
          { ai_metrics: { type: 'boolean', default: false } },
          { latency_metrics: { type: 'boolean', default: false } },
          { bandwidth_metrics: { type: 'boolean', default: false } },
          { upstream_health_metrics: { type: 'boolean', default: false } },
        ],
        required: true,
      },
    },
  ],
};

export const commonPlugins: readonly PluginSchema[] = [
  jwt, acl, keyAuth, basicAuth, cors, ipRestriction, correlationId, requestSizeLimiting, requestTermination, preFunction,
  postFunction, prometheus,
];
