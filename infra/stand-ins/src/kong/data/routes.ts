/*
 * What the protocols of a route change in its fields, from Kong Gateway 3.9.3 (https://github.com/Kong/kong,
 * kong/db/schema/entities/routes_subschemas.lua, Copyright 2016-2025 Kong Inc., Apache License 2.0).
 */
import type { Field, NamedField, Schema } from '../schema/types.ts';

const unset = (name: string, type: NonNullable<Field['type']>, when: string): NamedField => ({
  [name]: { type, eq: null, err: `cannot set '${name}' when 'protocols' is ${when}` },
});

const HTTP = "'http' or 'https'";
const STREAM = "'tcp', 'tls', 'tls_passthrough' or 'udp'";
const GRPC = "'grpc' or 'grpcs'";

const http: Schema = {
  fields: [unset('sources', 'set', HTTP), unset('destinations', 'set', HTTP)],
  entity_checks: [
    {
      conditional_at_least_one_of: {
        if_field: 'protocols',
        if_match: { contains: 'https' },
        then_at_least_one_of: ['methods', 'hosts', 'headers', 'paths', 'snis'],
        then_err: "must set one of %s when 'protocols' is 'https'",
        else_match: { contains: 'http' },
        else_then_at_least_one_of: ['methods', 'hosts', 'headers', 'paths'],
        else_then_err: "must set one of %s when 'protocols' is 'http'",
      },
    },
  ],
};

const stream: Schema = {
  fields: [
    unset('methods', 'set', STREAM), unset('hosts', 'array', STREAM), unset('paths', 'array', STREAM), unset('headers', 'map', STREAM),
  ],
  entity_checks: [
    {
      conditional_at_least_one_of: {
        if_field: 'protocols',
        if_match: { elements: { type: 'string', one_of: ['tcp', 'tls', 'udp'] } },
        then_at_least_one_of: ['sources', 'destinations', 'snis'],
        then_err: "must set one of %s when 'protocols' is 'tcp', 'tls' or 'udp'",
      },
    },
    {
      conditional_at_least_one_of: {
        if_field: 'protocols',
        if_match: { elements: { type: 'string', one_of: ['tls_passthrough'] } },
        then_at_least_one_of: ['snis'],
        then_err: "must set snis when 'protocols' is 'tls_passthrough'",
      },
    },
  ],
};

const grpc: Schema = {
  fields: [
    {
      strip_path: {
        type: 'boolean', required: true, default: false, ne: true, err: "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'",
      },
    },
    unset('methods', 'set', GRPC),
    unset('sources', 'set', GRPC),
    unset('destinations', 'set', GRPC),
  ],
  entity_checks: [
    {
      conditional_at_least_one_of: {
        if_field: 'protocols',
        if_match: { contains: 'grpcs' },
        then_at_least_one_of: ['hosts', 'headers', 'paths', 'snis'],
        then_err: "must set one of %s when 'protocols' is 'grpcs'",
        else_match: { contains: 'grpc' },
        else_then_at_least_one_of: ['hosts', 'headers', 'paths'],
        else_then_err: "must set one of %s when 'protocols' is 'grpc'",
      },
    },
  ],
};

/** By protocol; a route takes the first one that its protocols name. */
export const routeSubschemas: Readonly<Record<string, Schema>> = {
  http, https: http, tcp: stream, tls: stream, udp: stream, tls_passthrough: stream, grpc, grpcs: grpc,
};
