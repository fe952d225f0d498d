import { thing } from './thing.ts';

export type { ThingSpec } from './thing.ts';

/** The specs of the kinds by name: `template.thing.address(name)`. */
export const template = { thing } as const;
