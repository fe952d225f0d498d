import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownStack } from '../own.ts';
import { awsHands } from './aws-by-hand.ts';
import type { AwsHands } from './aws-by-hand.ts';
import { moreAwsRows } from './aws-more-rows.ts';
import { awsFunctionRows } from './aws-function-rows.ts';
import { awsRows } from './aws-rows.ts';
import { driftOf } from './drift.ts';

const WORST = ['opens', 'exposes', 'weakens', 'breaks', 'differs'];

describe.each([
  { name: 'parcels', blueprint: 'blueprints/aws.yaml', upstream: 'PARCELS_URL', rows: [...awsRows, ...moreAwsRows] },
  { name: 'bookings', blueprint: 'blueprints/functions.yaml', upstream: 'BOOKINGS_URL', rows: awsFunctionRows },
])('what is done by hand to the API $name on a running stack', ({ name, blueprint, upstream, rows }) => {
  const stack = ownStack(blueprint);
  let hands: AwsHands;
  beforeAll(async () => {
    await stack.succeed('stack', 'up', blueprint);
    await stack.succeed('apply', blueprint, '--yes');
    const env = stack.env();
    const { AWS_ENDPOINT: endpoint = '', AWS_REGION: region = 'ap-northeast-1', KEYCLOAK_URL = '' } = env;
    hands = awsHands({ region, endpoint, name, upstream: env[upstream] ?? '', issuer: `${KEYCLOAK_URL}/realms/${name}`, keycloak: KEYCLOAK_URL });
  });
  afterAll(async () => {
    hands.client.destroy();
    await stack.down();
  });

  it.each(rows)('is told: $what', async (row) => {
    const undo = await row.do(hands);
    try {
      const found = await driftOf(stack, blueprint);
      if (row.told === 'silent') expect(found).toEqual([]);
      else {
        const { effect, address, beside } = row.told;
        expect(found.filter((line) => line.effect === effect && address.test(line.address)), JSON.stringify(found)).not.toEqual([]);
        expect(found.filter((line) => !address.test(line.address) && beside?.test(line.address) !== true)).toEqual([]);
        expect(found.filter((line) => WORST.indexOf(line.effect ?? 'differs') < WORST.indexOf(effect))).toEqual([]);
      }
      if (row.verify) expect((await stack.verify('--only', row.verify.join(','))).idsOf('failed')).toEqual(row.verify);
    } finally {
      await undo();
    }
  });

  it('is nothing once it is taken back', async () => {
    expect(await driftOf(stack, blueprint)).toEqual([]);
  });
});
