/*
 * Field descriptions of Kong Gateway 3.9.3 (https://github.com/Kong/kong, Copyright 2016-2025 Kong Inc., Apache License 2.0),
 * as its Admin API states them under /schemas, without the prose. `fn` names the function that Kong keeps in the field;
 * schema/functions.ts has ours.
 */
import type { Field } from '../schema/types.ts';

export const id: Field = { type: 'string', auto: true, uuid: true };
export const seconds: Field = { type: 'integer', auto: true, timestamp: true };
export const tags: Field = { type: 'set', elements: { type: 'string', required: true, fn: 'tag' } };
export const noConsumer: Field = { type: 'foreign', eq: null, reference: 'consumers' };
export const httpProtocols: Field = {
  type: 'set',
  default: ['grpc', 'grpcs', 'http', 'https'],
  elements: { type: 'string', one_of: ['grpc', 'grpcs', 'http', 'https'] },
  required: true,
};
export const milliseconds: Field = { type: 'number', auto: true, timestamp: true };
export const owner: Field = { type: 'foreign', on_delete: 'cascade', reference: 'consumers', required: true };
export const allProtocols: Field = {
  type: 'set',
  default: ['grpc', 'grpcs', 'http', 'https'],
  elements: { type: 'string', one_of: ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls', 'tls_passthrough', 'udp'] },
  required: true,
};
export const name: Field = { type: 'string', unique: true, fn: 'utf8_name' };
export const wildcardHost: Field = { type: 'string', fn: 'wildcard_host' };
export const headerName: Field = { type: 'string', fn: 'header_name' };
export const path: Field = {
  type: 'string',
  match_none: [{ err: 'must not have empty segments', pattern: '//' }],
  starts_with: '/',
  fn: 'path',
};
export const url: Field = { type: 'string', fn: 'url', referenceable: true };
export const queue: Field = {
  type: 'record',
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
};
