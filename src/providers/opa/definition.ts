import type { ProviderDefinition } from '../definition.ts';
import { permissions } from './permissions.ts';
import { opa as specs } from './specs/index.ts';

export const opa: ProviderDefinition = {
  name: 'opa',
  title: 'OPA',
  specs: Object.values(specs),
  permissions,
  attackedBy: ['AZ'],
  fake: 'recorded',
  connect: async (blueprint, env, limitMs) => {
    const { connectOpa } = await import('./index.ts');
    // Loaded when a bundle is built: most commands never ask.
    return connectOpa(blueprint, async (given) => (await import('../../stack/opa/find.ts')).opaAtHand({ env, given }), limitMs);
  },
};
