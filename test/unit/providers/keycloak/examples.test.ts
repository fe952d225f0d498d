import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadBlueprint, requiredSecrets } from '../../../../src/blueprint/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { makePlan } from '../../../../src/core/plan.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { fakeKeycloak } from './fake-keycloak.ts';

const examples = readdirSync('blueprints').filter((name) => name.endsWith('.yaml') && name !== 'broken.yaml' && readFileSync(`blueprints/${name}`, 'utf8').includes('\nrealm:'));

it.each(examples)('what apply makes of blueprints/%s is all that is in reach: nothing is told', async (name) => {
  const path = `blueprints/${name}`;
  const secrets = Object.fromEntries((await requiredSecrets(path)).map((secret) => [secret, `value-of-${secret}`]));
  const blueprint = await loadBlueprint(path, { env: { ...secrets, AWS_ENDPOINT: 'http://127.0.0.1:9', PROOF_STORE_URL: 'redis://127.0.0.1:9/1', KEYCLOAK_CLIENT_SECRET: 'admin-secret' } });
  const desired = expand(blueprint).desired.filter(({ kind }) => kind.startsWith('keycloak.'));
  const provider = createKeycloakProvider(blueprint, fakeKeycloak());
  const plan = () => makePlan([provider], { name: blueprint.name, desired, deferred: [] });
  const results = await applyPlan({ providers: [provider], plan: await plan(), options: {} });
  expect(results.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  expect(await plan()).toMatchObject({ dangers: [], unseen: [] });
});
