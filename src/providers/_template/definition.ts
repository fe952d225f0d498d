import type { ProviderDefinition } from '../definition.ts';
import { template as specs } from './specs/index.ts';

export const template: ProviderDefinition<'template'> = {
  name: 'template',
  title: 'A server',
  specs: Object.values(specs),
  permissions: { kinds: { 'template.thing': { look: ['read things'], write: ['write things'] } }, reach: [], apply: [], who: [], verify: [], disruptive: [] },
  attackedBy: [],
  fake: 'recorded',
  // In a copy: `blueprint.targets.<name>`, which `src/blueprint/declaration/targets.ts` declares.
  connect: async ({ name }) => (await import('./index.ts')).connectTemplate(name, { url: 'http://127.0.0.1:9' }),
};
