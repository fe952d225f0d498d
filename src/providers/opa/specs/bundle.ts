import { defineSpec, map, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

/**
 * https://www.openpolicyagent.org/docs/latest/management-bundles/
 * What is published, and what each who decides by it says that it has in force.
 */
export const bundle = defineSpec('opa.bundle', {
  always: {
    files: map(text(), { whole: true, access: 'who may pass', about: 'path to text: the Rego, `data.json`, `.manifest`' }),
  },
  fields: {
    // Stated by every blueprint; what is published may be no bundle, and have none.
    revision: text({ about: 'sixteen hexadecimal characters over policy, data and settings: equal content, equal revision' }),
    digest: text({ access: 'who may pass', about: 'of a bundle that somebody else publishes: SHA-256 of everything in it' }),
    signature: text({ default: null, access: 'whose bundles are taken', about: 'algorithm and key, as `ES256 by "prod"`' }),
    active: map(text(), { access: 'by which policy each OPA decides now', about: 'the revision of each OPA server, by its URL' }),
    module: text({ access: 'who may pass where services decide', about: 'the revision of the archive with the module for services' }),
    services: map(text(), { access: 'by which policy each service decides now', about: 'the revision of each service with a status, by its id' }),
  },
});
export type BundleSpec = SpecOf<typeof bundle>;
