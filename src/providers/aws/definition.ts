import type { ProviderDefinition } from '../definition.ts';
import { permissions } from './permissions.ts';
import { aws as specs } from './specs/index.ts';

export const aws: ProviderDefinition = {
  name: 'aws',
  title: 'AWS API Gateway',
  specs: Object.values(specs),
  permissions,
  attackedBy: ['AWS'],
  // What a description says beside who passes and where requests go, and what an authorizer is called, is its owner's.
  means: (desired, { path }) => (path === 'Description' && (specs.integration.is(desired) || specs.api.is(desired))) || (path === 'Name' && (specs.authorizer.is(desired) || specs.api.is(desired))),
  fake: { documented: 'test/stack/ministack.stack.ts' },
  connect: async (blueprint, _env, limitMs) => (await import('./index.ts')).connectAws(blueprint, process.env, limitMs),
};
