import type { ProviderDefinition } from '../definition.ts';
import { kong as specs } from './specs/index.ts';

export const kong: ProviderDefinition = {
  name: 'kong',
  title: 'Kong',
  specs: Object.values(specs),
  attackedBy: ['KONG', 'RCH', 'JWT', 'OPQ', 'SES'],
  fake: 'recorded',
  connect: async (blueprint) => (await import('./index.ts')).connectKong(blueprint),
};
