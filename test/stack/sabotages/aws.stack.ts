import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForeignIssuer } from '../../foreign-issuer.ts';
import { ownStack } from '../own.ts';
import { awsHands } from './aws-by-hand.ts';
import type { AwsHands, AwsRow } from './aws-by-hand.ts';
import { moreAwsRows } from './aws-more-rows.ts';
import { awsClientRows } from './aws-client-rows.ts';
import { awsFunctionRows } from './aws-function-rows.ts';
import { awsRows } from './aws-rows.ts';
import { driftOf } from './drift.ts';
import type { Line } from './table.ts';

const WORST = ['opens', 'exposes', 'weakens', 'breaks', 'differs'];

/** All that the row expects, nothing worse, and nothing of anything else. */
const isTold = ({ told }: AwsRow, found: readonly Line[]): void => {
  if (told === 'silent') return expect(found).toEqual([]);
  const { effect, address, beside } = told;
  expect(found.filter((line) => line.effect === effect && address.test(line.address)), JSON.stringify(found)).not.toEqual([]);
  expect(found.filter((line) => !address.test(line.address) && beside?.test(line.address) !== true)).toEqual([]);
  expect(found.filter((line) => WORST.indexOf(line.effect ?? 'differs') < WORST.indexOf(effect))).toEqual([]);
};

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
      isTold(row, await driftOf(stack, blueprint));
      if (row.verify) expect((await stack.verify('--only', row.verify.join(','))).idsOf('failed')).toEqual(row.verify);
    } finally {
      await undo();
    }
  });

  it('is nothing once it is taken back', async () => {
    expect(await driftOf(stack, blueprint)).toEqual([]);
  });
});

const POOL = 'blueprints/cognito.yaml';

/** The issuer is nobody's Keycloak, so that it is one of the test's own. */
describe('what is done by hand to the API in front of a user pool', () => {
  let issuer: Awaited<ReturnType<typeof startForeignIssuer>>;
  let stack: ReturnType<typeof ownStack>;
  let hands: AwsHands;
  beforeAll(async () => {
    issuer = await startForeignIssuer();
    stack = ownStack(POOL, { ISSUER_URL: issuer.url, KIOSK_SECRET: 'secret-of-the-kiosk', NORA_TOKEN: 'token-of-nora', NORA_ID_TOKEN: 'id-token-of-nora' });
    await stack.succeed('stack', 'up', POOL);
    await stack.succeed('apply', POOL, '--yes');
    const { AWS_ENDPOINT: endpoint = '', TICKETS_URL: upstream = '' } = stack.env();
    hands = awsHands({ region: 'eu-central-1', endpoint, name: 'theatre', upstream, issuer: issuer.url });
  });
  afterAll(async () => {
    hands.client.destroy();
    await Promise.all([stack.down(), issuer.close()]);
  });

  it.each(awsClientRows({ tickets: 'TICKETS_URL', prices: 'PRICES_URL' }).map(({ what }, at) => ({ what, at })))('is told: $what', async ({ at }) => {
    const { TICKETS_URL: tickets = '', PRICES_URL: prices = '' } = stack.env();
    const row = awsClientRows({ tickets, prices })[at]!;
    const undo = await row.do(hands);
    try {
      isTold(row, await driftOf(stack, POOL));
    } finally {
      await undo();
    }
  });

  it('is nothing once it is taken back', async () => expect(await driftOf(stack, POOL)).toEqual([]));
});
