import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedAws } from '../../../../infra/stand-ins/src/aws/index.ts';
import type { EmbeddedAws } from '../../../../infra/stand-ins/src/aws/index.ts';
import { loadBlueprint } from '../../../../src/blueprint/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { addressOfChange, changesOf, hasDrift, makePlan, reasonsOf } from '../../../../src/core/plan.ts';
import type { Plan } from '../../../../src/core/plan.ts';
import { effects } from '../../../../src/core/resource.ts';
import type { Provider } from '../../../../src/core/provider.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { connectAws } from '../../../../src/providers/aws/index.ts';
import { aws as specs } from '../../../../src/providers/aws/specs/index.ts';
import { awsHands } from '../../../stack/sabotages/aws-by-hand.ts';
import type { AwsHands } from '../../../stack/sabotages/aws-by-hand.ts';
import { moreAwsRows } from '../../../stack/sabotages/aws-more-rows.ts';
import { awsClientRows } from '../../../stack/sabotages/aws-client-rows.ts';
import { awsFunctionRows } from '../../../stack/sabotages/aws-function-rows.ts';
import { awsRows } from '../../../stack/sabotages/aws-rows.ts';

const told = (made: Plan) =>
  changesOf(made)
    .filter(({ action }) => action !== 'keep')
    .map((change) => ({ effect: change.effect, address: addressOfChange(change), what: change.action === 'danger' ? change.danger.what : `${change.action} ${reasonsOf(change).map(({ path }) => path).join(' ')}` }));

describe.each([
  { name: 'parcels', file: 'blueprints/aws.yaml', rows: [...awsRows, ...moreAwsRows] },
  { name: 'bookings', file: 'blueprints/functions.yaml', rows: awsFunctionRows },
  { name: 'theatre', file: 'blueprints/cognito.yaml', rows: awsClientRows({ tickets: 'http://127.0.0.1:9303', prices: 'http://127.0.0.1:9304' }) },
])('what is done by hand to the API $name', ({ name, file, rows }) => {
  let issuerServer: Server;
  let gateway: EmbeddedAws;
  let provider: Provider;
  let hands: AwsHands;
  let plan: () => Promise<Plan>;

  beforeAll(async () => {
    issuerServer = createServer((request, response) => {
      const issuer = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}${(request.url ?? '').replace('/.well-known/openid-configuration', '')}`;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys`, keys: [] }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => issuerServer.once('listening', resolve));
    gateway = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true });
    const keycloak = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`;
    const upstream = 'http://127.0.0.1:9301';
    const env = {
      KEYCLOAK_URL: keycloak, KEYCLOAK_CLIENT_SECRET: 'secret-of-a-test', AWS_ENDPOINT: gateway.control.url, AWS_REGION: 'ap-northeast-1', PARCELS_URL: upstream,
      RATES_URL: 'http://127.0.0.1:9302', TRACKER_SECRET: 'tracker-secret', DORA_PASSWORD: 'dora-password', CLEO_PASSWORD: 'cleo-password',
      PAULA_PASSWORD: 'paula-password', GUS_PASSWORD: 'gus-password', ISSUER_URL: `${keycloak}/realms/${name}`, KIOSK_SECRET: 'kiosk-secret', NORA_TOKEN: 'token-of-nora',
      NORA_ID_TOKEN: 'id-token-of-nora', TICKETS_URL: 'http://127.0.0.1:9303', PRICES_URL: 'http://127.0.0.1:9304',
    };
    const blueprint = await loadBlueprint(file, { env });
    provider = { ...connectAws(blueprint, { ...env }), fieldsOf: (kind) => Object.values(specs).find((spec) => spec.kind === kind)?.fields };
    const expansion = { name: blueprint.name, desired: expand(blueprint).desired.filter(({ kind }) => kind.startsWith('aws.')), deferred: [] };
    plan = () => makePlan([provider], expansion);
    hands = awsHands({ name, region: blueprint.targets.aws?.region ?? '', endpoint: gateway.control.url, upstream, issuer: `${keycloak}/realms/${name}`, keycloak });
    const results = await applyPlan({ providers: [provider], plan: await plan(), options: {} });
    expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  });
  afterAll(async () => {
    hands.client.destroy();
    await provider.close?.();
    await gateway.close();
    issuerServer.close();
    issuerServer.closeAllConnections();
  });

  it('is nothing on a good one', async () => {
    const made = await plan();
    expect(told(made)).toEqual([]);
    // Who may ask a function is Lambda's to say.
    expect(made.unseen.map(({ what }) => what.slice(0, 33))).toEqual(name === 'bookings' ? Array(2).fill('who may ask the function arn:aws:') : []);
    expect(hasDrift(made)).toBe(false);
  });

  it.each(rows)('is told: $what', async (row) => {
    const undo = await row.do(hands);
    try {
      const found = told(await plan());
      if (row.told === 'silent') expect(found).toEqual([]);
      else {
        const { effect, address, beside } = row.told;
        expect(found.filter((one) => one.effect === effect && address.test(one.address)), JSON.stringify(found)).not.toEqual([]);
        expect(found.filter((one) => !address.test(one.address) && beside?.test(one.address) !== true)).toEqual([]);
        expect(found.filter((one) => effects.indexOf(one.effect ?? 'differs') < effects.indexOf(effect))).toEqual([]);
      }
    } finally {
      await undo();
    }
  });

  it.runIf(name === 'parcels')('says who can do what by it, where nobody is asked for anything', async () => {
    const undo = await hands.foreignApi('theirs', `http://localhost:${hands.port}/parcels`);
    try {
      const gains = (await plan()).dangers.flatMap((change) => (change.action === 'danger' ? (change.danger.gains ?? []) : []));
      expect(gains).toEqual([{ request: expect.stringMatching(/^GET http.*\/copy$/) as unknown, gateway: 'aws', reaches: 'parcels', who: 'anybody' }]);
    } finally {
      await undo();
    }
  });

  it('is nothing once it is taken back', async () => {
    expect(told(await plan())).toEqual([]);
  });
});
