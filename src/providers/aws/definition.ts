import type { ProviderDefinition } from '../definition.ts';
import { permissions } from './permissions.ts';
import { aws as specs } from './specs/index.ts';

export const aws: ProviderDefinition = {
  name: 'aws',
  title: 'AWS API Gateway',
  specs: Object.values(specs),
  permissions,
  attackedBy: ['AWS'],
  fake: { documented: 'test/stack/ministack.stack.ts' },
  connect: async (blueprint, _env, limitMs) => (await import('./index.ts')).connectAws(blueprint, process.env, limitMs),
};
