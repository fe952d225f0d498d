/*
 * Field descriptions of Kong Gateway 3.9.3 (https://github.com/Kong/kong, Copyright 2016-2025 Kong Inc., Apache License 2.0),
 * as its Admin API states them under /schemas, without the prose. `fn` names the function that Kong keeps in the field;
 * schema/functions.ts has ours.
 */
import type { EntitySchema, Schema } from '../schema/types.ts';
import { id, seconds, tags, wildcardHost } from './typedefs.ts';

const certificates: EntitySchema = {
  name: 'certificates',
  fields: [
    { id },
    { created_at: seconds },
    { updated_at: seconds },
    { cert: { type: 'string', referenceable: true, required: true, fn: 'certificate' } },
    { key: { type: 'string', encrypted: true, referenceable: true, required: true, fn: 'key' } },
    { cert_alt: { type: 'string', referenceable: true, required: false, fn: 'certificate' } },
    { key_alt: { type: 'string', encrypted: true, referenceable: true, required: false, fn: 'key' } },
    { tags },
    { snis: { type: 'array', elements: wildcardHost, required: false, transient: true } },
  ],
  entity_checks: [
    { mutually_required: ['cert_alt', 'key_alt'] },
    { custom_entity_check: { field_sources: ['cert', 'key'], fn: 'certificate_matches_key' } },
    { custom_entity_check: { field_sources: ['cert_alt', 'key_alt'], fn: 'alternative_matches_key' } },
    { custom_entity_check: { field_sources: ['cert', 'cert_alt'], fn: 'certificate_types_differ' } },
  ],
};

const caCertificates: EntitySchema = {
  name: 'ca_certificates',
  fields: [
    { id },
    { created_at: seconds },
    { updated_at: seconds },
    { cert: { type: 'string', required: true, fn: 'certificate' } },
    { cert_digest: { type: 'string', unique: true } },
    { tags },
  ],
  entity_checks: [{ custom_entity_check: { field_sources: ['cert'], fn: 'ca_certificate' } }],
};

const snis: EntitySchema = {
  name: 'snis',
  endpoint_key: 'name',
  fields: [
    { id },
    { name: { type: 'string', required: true, unique: true, unique_across_ws: true, fn: 'wildcard_host' } },
    { created_at: seconds },
    { updated_at: seconds },
    { tags },
    { certificate: { type: 'foreign', reference: 'certificates', required: true } },
  ],
};

const keySets: EntitySchema = {
  name: 'key_sets',
  endpoint_key: 'name',
  admin_api_name: 'key-sets',
  fields: [
    { id },
    { name: { type: 'string', required: false, unique: true } },
    { tags },
    { created_at: seconds },
    { updated_at: seconds },
  ],
};

const keys: EntitySchema = {
  name: 'keys',
  endpoint_key: 'name',
  cache_key: ['kid', 'set'],
  fields: [
    { id },
    { set: { type: 'foreign', on_delete: 'cascade', reference: 'key_sets', required: false } },
    { name: { type: 'string', required: false, unique: true } },
    { kid: { type: 'string', required: true, unique: false } },
    { jwk: { type: 'string', encrypted: true, referenceable: true } },
    {
      pem: {
        type: 'record',
        entity_checks: [{ at_least_one_of: ['private_key', 'public_key'] }],
        fields: [
          { private_key: { type: 'string', encrypted: true, referenceable: true, required: false } },
          { public_key: { type: 'string', referenceable: true, required: false } },
        ],
        required: false,
        fn: 'pem_keys',
      },
    },
    { tags },
    { created_at: seconds },
    { updated_at: seconds },
  ],
  entity_checks: [
    { mutually_exclusive: ['pem', 'jwk'] },
    { at_least_one_of: ['pem', 'jwk'] },
    { custom_entity_check: { field_sources: ['jwk', 'pem', 'kid'], fn: 'key_material' } },
  ],
};

const vaults: EntitySchema = {
  name: 'vaults',
  endpoint_key: 'prefix',
  cache_key: ['prefix'],
  subschema_key: 'name',
  subschema_error: 'vault \'%s\' is not installed',
  admin_api_name: 'vaults',
  fields: [
    { id },
    {
      prefix: {
        type: 'string',
        match: '^[a-z][a-z%d-]-[a-z%d]+$',
        not_one_of: ['env'],
        required: true,
        unique: true,
        unique_across_ws: true,
      },
    },
    { name: { type: 'string', required: true } },
    { description: { type: 'string' } },
    { config: { type: 'record', abstract: true } },
    { created_at: seconds },
    { updated_at: seconds },
    { tags },
  ],
};

/** The vaults of open-source Kong by name: environment variables (`kong/vaults/env/schema.lua`). */
export const vaultSchemas: Readonly<Record<string, Schema>> = {
  env: { fields: [{ config: { type: 'record', required: true, fields: [{ prefix: { type: 'string', match: '^[%a_-][%a%d_-]*$' } }] } }] },
};

export const materialEntities: readonly EntitySchema[] = [certificates, caCertificates, snis, keySets, keys, vaults];
