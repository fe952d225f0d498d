import type { ProviderDefinition } from '../definition.ts';
import { keycloak as specs } from './specs/index.ts';

export const keycloak: ProviderDefinition = {
  name: 'keycloak',
  title: 'Keycloak',
  specs: Object.values(specs),
  attackedBy: ['IDP'],
  fake: 'recorded',
  connect: async (blueprint) => (await import('./index.ts')).connectKeycloak(blueprint),
};
