/*
 * Field descriptions of Kong Gateway 3.9.3 (https://github.com/Kong/kong, Copyright 2016-2025 Kong Inc., Apache License 2.0),
 * as its Admin API states them under /schemas, without the prose. `fn` names the function that Kong keeps in the field;
 * schema/functions.ts has ours.
 */
import type { EntitySchema } from '../schema/types.ts';
import { allProtocols, id, name, path, seconds, tags, wildcardHost } from './typedefs.ts';

const services: EntitySchema = {
  name: 'services',
  endpoint_key: 'name',
  fields: [
    { id },
    { created_at: seconds },
    { updated_at: seconds },
    { name },
    { retries: { type: 'integer', between: [0, 32767], default: 5 } },
    {
      protocol: {
        type: 'string',
        default: 'http',
        one_of: ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls', 'tls_passthrough', 'udp'],
        required: true,
      },
    },
    { host: { type: 'string', required: true, fn: 'host' } },
    { port: { type: 'integer', between: [0, 65535], default: 80, required: true } },
    { path },
    { connect_timeout: { type: 'integer', between: [1, 2147483646], default: 60000 } },
    { write_timeout: { type: 'integer', between: [1, 2147483646], default: 60000 } },
    { read_timeout: { type: 'integer', between: [1, 2147483646], default: 60000 } },
    { tags },
    { client_certificate: { type: 'foreign', reference: 'certificates' } },
    { tls_verify: { type: 'boolean' } },
    { tls_verify_depth: { type: 'integer', between: [0, 64], default: null } },
    { ca_certificates: { type: 'array', elements: { type: 'string', uuid: true } } },
    { enabled: { type: 'boolean', default: true, required: true } },
  ],
  entity_checks: [
    {
      conditional: {
        if_field: 'protocol',
        if_match: { one_of: ['tcp', 'tls', 'udp', 'grpc', 'grpcs'] },
        then_field: 'path',
        then_match: { eq: null },
      },
    },
    {
      conditional: {
        if_field: 'protocol',
        if_match: { not_one_of: ['https', 'tls'] },
        then_field: 'client_certificate',
        then_match: { eq: null },
      },
    },
    {
      conditional: {
        if_field: 'protocol',
        if_match: { not_one_of: ['https', 'tls'] },
        then_field: 'tls_verify',
        then_match: { eq: null },
      },
    },
    {
      conditional: {
        if_field: 'protocol',
        if_match: { not_one_of: ['https', 'tls'] },
        then_field: 'tls_verify_depth',
        then_match: { eq: null },
      },
    },
    {
      conditional: {
        if_field: 'protocol',
        if_match: { not_one_of: ['https', 'tls'] },
        then_field: 'ca_certificates',
        then_match: { eq: null },
      },
    },
  ],
  shorthand_fields: [{ url: { type: 'string', fn: 'service_url' } }],
};

const routes: EntitySchema = {
  name: 'routes',
  endpoint_key: 'name',
  subschema_key: 'protocols',
  fields: [
    { id },
    { created_at: seconds },
    { updated_at: seconds },
    { name },
    {
      protocols: {
        type: 'set',
        default: ['http', 'https'],
        elements: { type: 'string', one_of: ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls', 'tls_passthrough', 'udp'] },
        len_min: 1,
        mutually_exclusive_subsets: [['http', 'https'], ['tcp', 'tls', 'udp'], ['tls_passthrough'], ['grpc', 'grpcs']],
        required: true,
      },
    },
    { https_redirect_status_code: { type: 'integer', default: 426, one_of: [426, 301, 302, 307, 308], required: true } },
    { strip_path: { type: 'boolean', default: true, required: true } },
    { preserve_host: { type: 'boolean', default: false, required: true } },
    { request_buffering: { type: 'boolean', default: true, required: true } },
    { response_buffering: { type: 'boolean', default: true, required: true } },
    { tags },
    { service: { type: 'foreign', reference: 'services' } },
    { snis: { type: 'set', elements: wildcardHost } },
    {
      sources: {
        type: 'set',
        elements: {
          type: 'record',
          entity_checks: [{ at_least_one_of: ['ip', 'port'] }],
          fields: [{ ip: { type: 'string', fn: 'ip_or_cidr' } }, { port: { type: 'integer', between: [0, 65535] } }],
        },
      },
    },
    {
      destinations: {
        type: 'set',
        elements: {
          type: 'record',
          entity_checks: [{ at_least_one_of: ['ip', 'port'] }],
          fields: [{ ip: { type: 'string', fn: 'ip_or_cidr' } }, { port: { type: 'integer', between: [0, 65535] } }],
        },
      },
    },
    { methods: { type: 'set', elements: { type: 'string', match: '^%u+$' } } },
    {
      hosts: {
        type: 'array',
        elements: {
          type: 'string',
          match_all: [{ err: 'invalid wildcard: must have at most one wildcard', pattern: '^[^*]*%*?[^*]*$' }],
          match_any: { err: 'invalid wildcard: must be placed at leftmost or rightmost label', patterns: ['^%*%.', '%.%*$', '^[^*]*$'] },
          fn: 'route_host',
        },
      },
    },
    {
      paths: {
        type: 'array',
        elements: {
          type: 'string',
          match_any: { err: 'should start with: / (fixed path) or ~/ (regex path)', patterns: ['^/', '^~/'] },
          match_none: [{ err: 'must not have empty segments', pattern: '//' }],
          fn: 'router_path',
        },
      },
    },
    {
      headers: {
        type: 'map',
        keys: {
          type: 'string',
          match_none: [
            { err: 'cannot contain \'host\' header, which must be specified in the \'hosts\' attribute', pattern: '^[Hh][Oo][Ss][Tt]$' },
          ],
          fn: 'header_name',
        },
        values: { type: 'array', elements: { type: 'string' } },
      },
    },
    { regex_priority: { type: 'integer', default: 0 } },
    { path_handling: { type: 'string', default: 'v0', one_of: ['v0', 'v1'] } },
  ],
  entity_checks: [
    {
      conditional: {
        if_field: 'protocols',
        if_match: { elements: { type: 'string', not_one_of: ['grpcs', 'https', 'tls', 'tls_passthrough'] } },
        then_err: '\'snis\' can only be set when \'protocols\' is \'grpcs\', \'https\', \'tls\' or \'tls_passthrough\'',
        then_field: 'snis',
        then_match: { len_eq: 0 },
      },
    },
    { custom_entity_check: { field_sources: ['path_handling'], fn: 'accept' } },
    {
      custom_entity_check: {
        field_sources: [
          'id', 'protocols', 'snis', 'sources', 'destinations', 'methods', 'hosts', 'paths', 'headers', 'expression', 'regex_priority',
          'priority',
        ],
        run_with_missing_fields: true,
        fn: 'route_expression',
      },
    },
  ],
};

const consumers: EntitySchema = {
  name: 'consumers',
  endpoint_key: 'username',
  fields: [
    { id },
    { created_at: seconds },
    { updated_at: seconds },
    { username: { type: 'string', unique: true } },
    { custom_id: { type: 'string', unique: true } },
    { tags },
  ],
  entity_checks: [{ at_least_one_of: ['custom_id', 'username'] }],
};

const plugins: EntitySchema = {
  name: 'plugins',
  endpoint_key: 'instance_name',
  cache_key: ['name', 'route', 'service', 'consumer'],
  subschema_key: 'name',
  subschema_error: 'plugin \'%s\' not enabled; add it to the \'plugins\' configuration property',
  fields: [
    { id },
    { name: { type: 'string', required: true } },
    { instance_name: name },
    { created_at: seconds },
    { updated_at: seconds },
    { route: { type: 'foreign', default: null, on_delete: 'cascade', reference: 'routes' } },
    { service: { type: 'foreign', default: null, on_delete: 'cascade', reference: 'services' } },
    { consumer: { type: 'foreign', default: null, on_delete: 'cascade', reference: 'consumers' } },
    { config: { type: 'record', abstract: true } },
    { protocols: allProtocols },
    { enabled: { type: 'boolean', default: true, required: true } },
    { tags },
  ],
};

export const coreEntities: readonly EntitySchema[] = [services, routes, consumers, plugins];
