import { expect } from 'vitest';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { addressOfChange, changesOf, makePlan, reasonsOf } from '../../../../src/core/plan.ts';
import type { Plan, PlanOptions } from '../../../../src/core/plan.ts';
import type { Provider } from '../../../../src/core/provider.ts';
import { realmPart } from '../../../../src/patterns/realm.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { keycloak as keycloakSpecs } from '../../../../src/providers/keycloak/specs/index.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

export const expansion = (blueprint: Blueprint) => ({ name: blueprint.name, desired: realmPart(blueprint).desired, deferred: [] });

/** As the registry makes it: with what is known about the fields of its kinds. */
const connected = (blueprint: Blueprint, keycloak: FakeKeycloak): Provider => ({ ...createKeycloakProvider(blueprint, keycloak), fieldsOf: (kind) => FIELDS.get(kind) });
const FIELDS = new Map(Object.values(keycloakSpecs).map((type) => [type.kind, type.fields]));

export const planned = (keycloak: FakeKeycloak, blueprint: Blueprint, options: PlanOptions = {}): Promise<Plan> =>
  makePlan([connected(blueprint, keycloak)], expansion(blueprint), options);

/** What a plan would change: `update keycloak.user/shop/sam realmRoles`; and what it tells: `danger keycloak.client/shop/web attributes.team`. */
export const toldBy = async (keycloak: FakeKeycloak, blueprint: Blueprint, options: PlanOptions = {}): Promise<string[]> =>
  changesOf(await planned(keycloak, blueprint, options))
    .filter(({ action }) => action !== 'keep')
    .map((change) => [change.action, addressOfChange(change), ...('danger' in change ? [change.danger.field] : reasonsOf(change).map(({ path }) => path))].join(' '));

export const applied = async (keycloak: FakeKeycloak, blueprint: Blueprint, options: PlanOptions = {}): Promise<void> => {
  const provider = connected(blueprint, keycloak);
  const results = await applyPlan({ providers: [provider], plan: await makePlan([provider], expansion(blueprint), options), options });
  expect(results.flatMap(({ problem }) => problem ?? [])).toEqual([]);
};
