import type { ProviderDefinition } from '../definition.ts';
import { permissions } from './permissions.ts';
import { kong as specs } from './specs/index.ts';

export const kong: ProviderDefinition = {
  name: 'kong',
  title: 'Kong',
  specs: Object.values(specs),
  permissions,
  attackedBy: ['KONG', 'RCH', 'JWT', 'OPQ', 'SES'],
  fake: 'recorded',
  // What is stated in Kong's own words has their names; the routes and guards of a pattern have ours.
  demands: ({ fields }) => fields !== undefined,
  connect: async (blueprint, _env, limitMs) => (await import('./index.ts')).connectKong(blueprint, limitMs),
};
