import type { ProviderDefinition } from '../definition.ts';
import { permissions } from './permissions.ts';
import { client } from './specs/client.ts';
import { keycloak as specs } from './specs/index.ts';

export const keycloak: ProviderDefinition = {
  name: 'keycloak',
  title: 'Keycloak',
  specs: Object.values(specs),
  permissions,
  attackedBy: ['IDP'],
  fake: 'recorded',
  // A client that names no algorithm signs by the realm's, which is compared.
  means: (desired, { path, before }) => client.is(desired) && path === 'attributes.access.token.signed.response.alg' && before === null,
  connect: async (blueprint, _env, limitMs) => (await import('./index.ts')).connectKeycloak(blueprint, limitMs),
};
