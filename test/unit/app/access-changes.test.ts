import { describe, expect, it } from 'vitest';
import { withAccess } from '../../../src/app/access-changes.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { Report } from '../../../src/core/report.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { example, planOver } from '../access/in-force.ts';

/** Nothing asks a policy in this one. */
const BLUEPRINT = 'jwt.yaml';

const drifted = async (part: Partial<Report> = {}): Promise<Report> => {
  const blueprint = await example(BLUEPRINT);
  const plan = planOver(blueprint);
  const client = plan.waves.flat().find((change) => 'desired' in change && addressOf(change.desired).startsWith('keycloak.client/'));
  if (client === undefined || !('desired' in client)) throw new Error('the example has no client');
  const waves = [plan.waves.flat().map((change) => (change === client ? { action: 'create' as const, desired: client.desired, effect: 'weakens' as const } : change))];
  return withAccess(blueprint, { command: 'drift', plan: { ...plan, waves }, problems: [], ...part }, {});
};

describe('what drift means for people', () => {
  it('is told of each change by the cells that it opens or closes', async () => {
    const { access, plan } = await drifted();
    expect(access?.changes.length).toBeGreaterThan(0);
    expect(access?.changes.every(({ by = [] }) => by.length === 1 && by[0]?.startsWith('keycloak.client/') === true)).toBe(true);
    expect(plan?.waves.flat().find(({ action }) => action === 'create')).toMatchObject({ effect: 'breaks', does: expect.stringMatching(/^now refuses /) });
  });

  it('is not worked out while the servers themselves are not what it is worked out from', async () => {
    const { access } = await drifted({ unfounded: [new Problem('KEYCLOAK_ISSUER', 'another')] });
    expect(access).toEqual({ changes: [], first: false, dependsOn: 'what is wrong with the servers themselves (KEYCLOAK_ISSUER)' });
  });
});
