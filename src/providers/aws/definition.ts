import type { ProviderDefinition } from '../definition.ts';
import { aws as specs } from './specs/index.ts';

export const aws: ProviderDefinition = {
  name: 'aws',
  title: 'AWS API Gateway',
  specs: Object.values(specs),
  attackedBy: ['AWS'],
  fake: { documented: 'test/stack/ministack.stack.ts' },
  connect: async (blueprint) => (await import('./index.ts')).connectAws(blueprint),
};
