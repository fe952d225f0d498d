import { bundle } from './bundle.ts';

export type { BundleSpec } from './bundle.ts';

/** The specs of OPA's kinds by name: `opa.bundle.address(name)`. */
export const opa = { bundle } as const;
