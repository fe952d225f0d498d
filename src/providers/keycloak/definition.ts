import type { ProviderDefinition } from '../definition.ts';

export const keycloak: ProviderDefinition = {
  name: 'keycloak',
  title: 'Keycloak',
  specs: [],
  attackedBy: ['IDP'],
  fake: 'recorded',
  connect: async (blueprint) => (await import('./index.ts')).connectKeycloak(blueprint),
};
