import type { ProviderDefinition } from '../definition.ts';

export const kong: ProviderDefinition = {
  name: 'kong',
  title: 'Kong',
  specs: [],
  attackedBy: ['KONG', 'JWT', 'OPQ', 'SES'],
  fake: 'recorded',
  connect: async (blueprint) => (await import('./index.ts')).connectKong(blueprint),
};
