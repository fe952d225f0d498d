import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownStack } from '../own.ts';
import { awsHands } from './aws-by-hand.ts';
import type { AwsHands } from './aws-by-hand.ts';
import { moreAwsRows } from './aws-more-rows.ts';
import { awsRows } from './aws-rows.ts';
import { driftOf } from './drift.ts';

const BLUEPRINT = 'blueprints/aws.yaml';
const WORST = ['opens', 'exposes', 'weakens', 'breaks', 'differs'];

describe('what is done by hand to an API on a running stack', () => {
  const stack = ownStack(BLUEPRINT);
  let hands: AwsHands;
  beforeAll(async () => {
    await stack.succeed('stack', 'up', BLUEPRINT);
    await stack.succeed('apply', BLUEPRINT, '--yes');
    const { AWS_ENDPOINT: endpoint = '', AWS_REGION: region = 'ap-northeast-1', PARCELS_URL: upstream = '', KEYCLOAK_URL = '' } = stack.env();
    hands = awsHands({ region, endpoint, upstream, issuer: `${KEYCLOAK_URL}/realms/parcels`, keycloak: KEYCLOAK_URL });
  });
  afterAll(async () => {
    hands.client.destroy();
    await stack.down();
  });

  it.each([...awsRows, ...moreAwsRows])('is told: $what', async (row) => {
    const undo = await row.do(hands);
    try {
      const found = await driftOf(stack, BLUEPRINT);
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
    expect(await driftOf(stack, BLUEPRINT)).toEqual([]);
  });
});
