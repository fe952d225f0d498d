import type { Blueprint } from '../blueprint/types.ts';
import { object } from './objects.ts';
import type { Part } from './objects.ts';
import { buildBundle } from '../providers/opa/bundle.ts';
import { policyData } from './policy-data.ts';

/** One bundle, asked by the gateway: the policy's Rego beside the facts of the blueprint, under one revision that every OPA must report. */
export const centralisedPart = (blueprint: Blueprint): Part => {
  const { revision, files } = buildBundle({ name: blueprint.name, policyFiles: blueprint.authorization.policyFiles, data: policyData(blueprint) });
  const servers = blueprint.targets.opa?.servers ?? [];
  return {
    desired: [
      object(blueprint, 'authorization', 'opa.bundle', blueprint.name, {
        revision,
        files: { ...files },
        active: Object.fromEntries(servers.map((url) => [url, revision])),
      }),
    ],
  };
};
