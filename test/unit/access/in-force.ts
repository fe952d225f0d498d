import { loadBlueprint, requiredSecrets } from '../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { addressOf } from '../../../src/core/resource.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';

/** A blueprint of blueprints/, with a value for each of its secrets. */
export const example = async (name: string): Promise<Blueprint> => {
  const path = `blueprints/${name}`;
  const secrets = Object.fromEntries((await requiredSecrets(path)).map((secret) => [secret, `value-of-${secret}`]));
  return loadBlueprint(path, { env: { ...secrets, AWS_ENDPOINT: 'http://127.0.0.1:9', PROOF_STORE_URL: 'redis://127.0.0.1:9/1' } });
};

/** The plan over targets that hold exactly what the blueprint asks for, but for the objects that `changed` answers: `null` is gone. */
export const planOver = (blueprint: Blueprint, changed: Readonly<Record<string, Spec | null>> = {}): Plan => ({
  name: blueprint.name,
  waves: [
    expand(blueprint).desired.map((desired) => {
      const spec = changed[addressOf(desired)];
      if (spec === null) return { action: 'create', desired };
      const live = { kind: desired.kind, id: desired.id, owner: blueprint.name, spec: { ...desired.spec, ...spec } };
      return spec === undefined ? { action: 'keep', desired, live } : { action: 'update', desired, live, because: [] };
    }),
  ],
  removals: [],
  orphans: [],
  dangers: [],
  accepted: [],
  unseen: [],
});
