/*
 * Field descriptions of Kong Gateway 3.9.3 (https://github.com/Kong/kong, Copyright 2016-2025 Kong Inc., Apache License 2.0),
 * as its Admin API states them under /schemas, without the prose. `fn` names the function that Kong keeps in the field;
 * schema/functions.ts has ours.
 */
import type { EntitySchema } from '../schema/types.ts';
import { id, owner, seconds, tags } from './typedefs.ts';

const jwtSecrets: EntitySchema = {
  name: 'jwt_secrets',
  endpoint_key: 'key',
  cache_key: ['key'],
  admin_api_name: 'jwts',
  admin_api_nested_name: 'jwt',
  fields: [
    { id },
    { created_at: seconds },
    { consumer: owner },
    { key: { type: 'string', auto: true, required: false, unique: true } },
    { secret: { type: 'string', auto: true } },
    { rsa_public_key: { type: 'string' } },
    {
      algorithm: {
        type: 'string',
        default: 'HS256',
        one_of: ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'EdDSA'],
      },
    },
    { tags },
  ],
  entity_checks: [
    {
      conditional: {
        if_field: 'algorithm',
        if_match: { match_any: { patterns: ['^RS256$', '^RS384$', '^RS512$', '^PS256$', '^PS384$', '^PS512$', '^EdDSA$'] } },
        then_field: 'rsa_public_key',
        then_match: { required: true, fn: 'public_key' },
      },
    },
  ],
};

const acls: EntitySchema = {
  name: 'acls',
  cache_key: ['consumer', 'group'],
  fields: [{ id }, { created_at: seconds }, { consumer: owner }, { group: { type: 'string', required: true } }, { tags }],
};

const keyauthCredentials: EntitySchema = {
  name: 'keyauth_credentials',
  ttl: true,
  endpoint_key: 'key',
  cache_key: ['key'],
  admin_api_name: 'key-auths',
  admin_api_nested_name: 'key-auth',
  fields: [
    { id },
    { created_at: seconds },
    { consumer: owner },
    { key: { type: 'string', auto: true, required: false, unique: true } },
    { tags },
  ],
};

const basicauthCredentials: EntitySchema = {
  name: 'basicauth_credentials',
  endpoint_key: 'username',
  cache_key: ['username'],
  admin_api_name: 'basic-auths',
  admin_api_nested_name: 'basic-auth',
  fields: [
    { id },
    { created_at: seconds },
    { consumer: owner },
    { username: { type: 'string', required: true, unique: true } },
    { password: { type: 'string', encrypted: true, required: true } },
    { tags },
  ],
};

const hmacauthCredentials: EntitySchema = {
  name: 'hmacauth_credentials',
  endpoint_key: 'username',
  cache_key: ['username'],
  admin_api_name: 'hmac-auths',
  admin_api_nested_name: 'hmac-auth',
  fields: [
    { id },
    { created_at: seconds },
    { consumer: owner },
    { username: { type: 'string', required: true, unique: true } },
    { secret: { type: 'string', auto: true } },
    { tags },
  ],
};

export const credentialEntities: readonly EntitySchema[] = [
  jwtSecrets, acls, keyauthCredentials, basicauthCredentials, hmacauthCredentials,
];
