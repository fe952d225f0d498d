import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/core/report.ts';
import { ownStack } from '../own.ts';
import { driftOf } from './drift.ts';
import { kongHand } from './kong-hand.ts';
import type { KongHand } from './kong-hand.ts';
import { kongLimitRows } from './kong-limit-rows.ts';
import { moreKongRows } from './kong-more-rows.ts';
import { kongRows } from './kong-rows.ts';
import { putInto, signedFor, withSignatures } from './kong-signed-for.ts';
import { mismatches } from './table.ts';
import type { Line } from './table.ts';

const FILE = 'blueprints/sso.yaml';
const stack = ownStack(FILE);

interface Report {
  readonly changes?: readonly { readonly action: string; readonly address: string; readonly severity?: string }[];
}

const rows = [...kongRows, ...moreKongRows];

/** The same table that `test/unit/providers/kong/sabotages.sweep.test.ts` goes through in one process, at a stack that a user would have. */
describe('what somebody does by hand to Kong', () => {
  let hand: KongHand;
  const drift = async (): Promise<readonly Line[]> => {
    const { stdout } = await stack.authctl('drift', FILE, '--json');
    const { changes = [] } = JSON.parse(stdout) as Report;
    return changes
      .filter(({ action, address }) => action !== 'keep' && address.startsWith('kong.'))
      .map(({ action, address, severity }) => ({ action, address, ...(severity !== undefined && { effect: severity }) }));
  };
  beforeAll(async () => {
    await stack.succeed('stack', 'up', FILE);
    await stack.succeed('apply', FILE, '--yes');
    hand = kongHand(stack.env().KONG_ADMIN_URL ?? '', stack.env().KEYCLOAK_URL, stack.env().KONG_PROXY_URL);
  });
  afterEach(() => hand.undo());
  afterAll(() => stack.down());

  it('is nothing before anybody has done anything', async () => expect(await drift()).toEqual([]));

  // An address has no upstream entity of its name: the local stack's services have addresses.
  it.each(rows.filter(({ what }) => !what.startsWith('an upstream with the name')))('is told by drift: $what', async (row) => {
    await row.do(hand);
    expect(mismatches(row.told, await drift())).toEqual([]);
  });

  it.each(rows.filter(({ verify }) => verify?.some((id) => id.startsWith('RCH'))))('is found by verify: $what', async (row) => {
    await row.do(hand);
    const { exitCode, idsOf } = await stack.verify('--only', 'RCH');
    expect(exitCode).toBe(2);
    expect(idsOf('failed')).toEqual(expect.arrayContaining((row.verify ?? []).filter((id) => id.startsWith('RCH'))));
  });

  it('is found by verify where another guard holds for now', async () => {
    await hand.patch('/plugins/shop.orders.scope', { enabled: false });
    await hand.patch('/plugins/shop.orders.cancel.scope', { enabled: false });
    await hand.patch('/plugins/shop.orders.place.opa', { enabled: false });
    await hand.config('shop.orders.place.scope', { scopes: [] });
    const { verdicts } = await stack.verify('--only', 'KONG-04,KONG-06,CLM-22');
    expect(verdicts.filter(({ status }) => status === 'failed').map(({ id, subject, why }) => [id, subject, why]).toSorted()).toEqual([
      ['CLM-22', 'kong orders.place', 'the gateway waits for the body: nobody has refused such a token'],
      ['KONG-04', 'kong orders.cancel', 'no enabled authctl-scope-guard plugin is in force on the route'],
      ['KONG-04', 'kong orders.place', 'the scope guard does not demand orders:write'],
      ['KONG-06', 'kong service shop.orders', 'the scope guard of the service is off: a route that somebody puts on it, or one whose own guard goes, demands nothing'],
    ]);
  });

  it('is found by verify, each by its own check, where somebody has signed for it and drift says nothing', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'authctl-signed-'));
    try {
      const file = join(directory, 'sso.yaml');
      writeFileSync(file, withSignatures(readFileSync(FILE, 'utf8'), process.cwd()));
      for (const one of signedFor) await putInto(one)(hand);
      expect(await driftOf(stack, file)).toEqual([]);
      const found = signedFor.map((one) => one.found);
      const { verdicts } = JSON.parse((await stack.authctl('verify', file, '--json', '--only', found.join(','))).stdout) as { readonly verdicts: readonly Verdict[] };
      expect([...new Set(verdicts.filter(({ status }) => status === 'failed').map(({ id }) => id))].toSorted()).toEqual(found.toSorted());
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

const LIMITS = 'blueprints/routes.yaml';

/** Rows about different plugins go together, so that one look tells of them all; what stands beside ours is looked at alone. */
const rounds = (() => {
  const isOf = (what: RegExp) => (row: (typeof kongLimitRows)[number]): boolean => [row.told].flat().some((told) => told !== 'silent' && what.test(told.address.source));
  const lanes = [/rate/, /size/, /cors/].map((what) => kongLimitRows.filter(isOf(what)));
  const together = lanes[0]!.concat(lanes[2]!).map((_, at) => lanes.flatMap((lane) => lane.slice(at, at + 1))).filter((rows) => rows.length > 0);
  const alone = kongLimitRows.filter((row) => !lanes.flat().includes(row)).map((row) => [row]);
  return [...together, ...alone];
})();

/** As above, of the bounds and of CORS: `test/unit/providers/kong/limits.sweep.test.ts` goes through them one by one. */
describe('what somebody does by hand to a bound at Kong', () => {
  const bounded = ownStack(LIMITS);
  let hand: KongHand;
  beforeAll(async () => {
    await bounded.succeed('stack', 'up', LIMITS);
    await bounded.succeed('apply', LIMITS, '--yes');
    hand = kongHand(bounded.env().KONG_ADMIN_URL ?? '', bounded.env().KEYCLOAK_URL, bounded.env().KONG_PROXY_URL);
  });
  afterEach(() => hand.undo());
  afterAll(() => bounded.down());

  it('is all gone through', () => expect(new Set(rounds.flat()).size).toBe(kongLimitRows.length));

  it.each(rounds.map((rows) => ({ what: rows.map((row) => row.what).join('; '), rows })))('is told by drift: $what', async ({ rows: together }) => {
    for (const row of together) await row.do(hand);
    const told = together.flatMap((row) => (row.told === 'silent' ? [] : row.told));
    expect(mismatches(told, await driftOf(bounded, LIMITS))).toEqual([]);
  });

  it('is nothing once it is taken back', async () => expect(await driftOf(bounded, LIMITS)).toEqual([]));
});
