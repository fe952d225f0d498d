import { expect } from 'vitest';
import type { Blueprint } from '../../src/blueprint/types.ts';
import { applyPlan } from '../../src/core/apply.ts';
import { addressOfChange, changesOf, makePlan, reasonsOf } from '../../src/core/plan.ts';
import type { PlanOptions } from '../../src/core/plan.ts';
import type { Provider } from '../../src/core/provider.ts';
import type { Danger } from '../../src/core/resource.ts';
import { realmPart } from '../../src/patterns/realm.ts';
import { connectKeycloak } from '../../src/providers/keycloak/index.ts';
import { keycloak } from '../../src/providers/keycloak/specs/index.ts';

/** As the registry makes it: with what is known about the fields of its kinds. */
export const connected = (of: Blueprint): Provider => ({ ...connectKeycloak(of), fieldsOf: (kind) => Object.values(keycloak).find((type) => type.kind === kind)?.fields });
export const expansion = (of: Blueprint) => ({ name: of.name, desired: realmPart(of).desired, deferred: [] });

/** What a plan would change in a realm, and what it tells beside that, of which `ofDanger` says how; the realm is called `shop` in it. */
export const toldIn = async (realm: string, of: Blueprint, options: PlanOptions, ofDanger: (danger: Danger) => readonly (string | undefined)[] = ({ field }) => [field]): Promise<readonly string[]> => {
  const provider = connected(of);
  const plan = await makePlan([provider], expansion(of), options);
  await provider.close?.();
  return changesOf(plan)
    .filter(({ action }) => action !== 'keep')
    .map((change) => [change.action, addressOfChange(change).replace(realm, 'shop'), ...('danger' in change ? ofDanger(change.danger) : reasonsOf(change).map(({ path }) => path))].join(' ').trim());
};

/** Applies without a problem; how many writes it took. */
export const appliedTo = async (of: Blueprint, options: PlanOptions): Promise<number> => {
  const provider = connected(of);
  const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], expansion(of), options), options });
  expect(results.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  await provider.close?.();
  return provider.requests().writes;
};
