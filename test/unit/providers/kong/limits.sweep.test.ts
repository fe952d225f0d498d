import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadBlueprint } from '../../../../src/blueprint/index.ts';
import { kongLimitRows } from '../../../stack/sabotages/kong-limit-rows.ts';
import { mismatches } from '../../../stack/sabotages/table.ts';
import { env } from '../../blueprint/loading.ts';
import { goodGateway } from './by-hand.ts';

describe('what somebody does by hand to a bound, or to what pages of other origins may do', () => {
  let gateway: Awaited<ReturnType<typeof goodGateway>>;
  beforeAll(async () => {
    gateway = await goodGateway(await loadBlueprint('blueprints/routes.yaml', { env: { ...env, KIM_PASSWORD: 'kim-password', ROB_PASSWORD: 'rob-password' } }));
    expect(gateway.failed).toEqual([]);
  });
  afterEach(() => gateway.hand.undo());
  afterAll(() => gateway.kong.close());

  it('is nothing on a good one', async () => expect(await gateway.lines()).toEqual([]));

  it.each(kongLimitRows)('is told as bad as it is: $what', async (row) => {
    await row.do(gateway.hand);
    expect(mismatches(row.told, await gateway.lines())).toEqual([]);
    await gateway.hand.undo();
    expect(await gateway.lines()).toEqual([]);
  });
});
