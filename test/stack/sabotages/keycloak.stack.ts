import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { authctl, verify } from '../authctl.ts';
import { keycloakHand } from './keycloak-hand.ts';
import { keycloakMoreWays } from './keycloak-more-ways.ts';
import { keycloakRows } from './keycloak-rows.ts';
import { keycloakWays } from './keycloak-ways.ts';
import { mismatches } from './table.ts';
import type { Line } from './table.ts';

const BLUEPRINT = 'blueprints/sso.yaml';
const hand = keycloakHand('shop');
const rows = [...keycloakRows, ...keycloakWays, ...keycloakMoreWays];

/** Everything that drift tells: what apply would change, and what nobody stated. */
const drift = async (): Promise<readonly Line[]> => {
  const { stdout, stderr } = await authctl('drift', BLUEPRINT, '--json');
  const report = JSON.parse(stdout || '{}') as { changes?: (Line & { readonly severity?: string })[]; problems?: unknown[] };
  if (report.changes === undefined || (report.problems ?? []).length > 0) throw new Error(`drift did not answer:\n${stdout}${stderr}`);
  return report.changes.filter(({ action }) => action !== 'keep').map(({ action, address, severity }) => ({ action, address, ...(severity !== undefined && { effect: severity }) }));
};

describe('what somebody changes in Keycloak by hand', () => {
  beforeAll(async () => {
    const applied = await authctl('apply', BLUEPRINT, '--yes');
    if (applied.exitCode !== 0) throw new Error(`apply failed:\n${applied.stdout}${applied.stderr}`);
    expect(await drift()).toEqual([]);
  });
  afterEach(() => hand.undo());
  afterAll(async () => expect(await drift()).toEqual([]));

  it('names a check of verify for each row that opens something', () => {
    const opening = rows.filter(({ told }) => told !== 'silent' && [told].flat().some(({ effect }) => effect === 'opens' || effect === 'exposes'));
    expect(opening.filter(({ verify: named = [] }) => named.length === 0).map(({ what }) => what)).toEqual([]);
  });

  it.each(rows.map((row) => [row.what, row] as const))('%s', async (_what, row) => {
    await row.do(hand);
    expect(mismatches(row.told, await drift())).toEqual([]);
    if (row.verify === undefined) return;
    const { exitCode, bad } = await verify('--only', row.verify.join(','));
    expect(bad).toEqual(row.verify);
    expect(exitCode).toBe(2);
  });

  it('leaves what others have there alone: verify passes with a client of theirs', async () => {
    await hand.newClient('theirs', { publicClient: true, redirectUris: ['*'], directAccessGrantsEnabled: true });
    const { notPassed } = await verify('--only', 'IDP-44,IDP-45,IDP-46,IDP-47,IDP-48,IDP-49,IDP-50');
    expect(notPassed).toEqual([]);
  });
});
