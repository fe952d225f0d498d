import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiGatewayV2Client, CreateApiCommand, CreateAuthorizerCommand, CreateIntegrationCommand, CreateRouteCommand, CreateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedAws } from '../../../infra/stand-ins/src/aws/index.ts';
import { createAuthctl } from '../../../src/app/index.ts';
import { startForeignIssuer } from '../../foreign-issuer.ts';

let cwd: string;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'authctl-import-live-'));
});
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
  await rm(cwd, { recursive: true, force: true });
});

it('an HTTP API that somebody made by hand is imported, and a plan tells what it has that no blueprint says, and changes nothing', async () => {
  const aws = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true });
  closing.push(() => aws.close());
  const issuer = await startForeignIssuer();
  closing.push(() => issuer.close());
  const sdk = new ApiGatewayV2Client({ region: 'eu-central-1', endpoint: aws.control.url, credentials: { accessKeyId: 'stand-in', secretAccessKey: 'stand-in' } });
  closing.push(() => sdk.destroy());
  const { ApiId } = await sdk.send(new CreateApiCommand({ Name: 'orchard', ProtocolType: 'HTTP' }));
  const { AuthorizerId } = await sdk.send(new CreateAuthorizerCommand({ ApiId, Name: 'growers', AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'], JwtConfiguration: { Issuer: issuer.url, Audience: ['fruit'] } }));
  const to = async (place: string): Promise<string> => {
    const { IntegrationId = '' } = await sdk.send(new CreateIntegrationCommand({ ApiId, IntegrationType: 'HTTP_PROXY', IntegrationMethod: 'GET', IntegrationUri: `http://127.0.0.1:9${place}`, PayloadFormatVersion: '1.0' }));
    return `integrations/${IntegrationId}`;
  };
  await sdk.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /fruit', AuthorizationType: 'JWT', AuthorizerId, AuthorizationScopes: ['fruit/read'], Target: await to('/fruit') }));
  await sdk.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /fruit/health', Target: await to('/fruit/health') }));
  await sdk.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
  const { writes } = aws.requests();

  const authctl = createAuthctl({ env: { AWS_REGION: 'eu-central-1', AWS_ENDPOINT: aws.control.url }, cwd, localStack: false });
  const report = await authctl.import({ from: ['aws'], out: 'blueprint.yaml' });
  expect(report.problems).toEqual([]);
  expect(report.data?.blueprint).toContain('match: GET /fruit\n        scopes: [ fruit/read ]');
  const plan = await authctl.plan(join(cwd, 'blueprint.yaml'));
  expect(plan.problems).toEqual([]);
  expect(plan.plan?.waves.flat().map((change) => [change.action, 'desired' in change ? change.desired.id : ''])).toEqual([['keep', 'orchard/growers']]);
  const told = plan.plan?.dangers.flatMap((change) => (change.action === 'danger' ? [`${change.danger.kind} ${change.danger.id}: ${change.danger.what}`] : []));
  // Its authorizer, scopes and audience are as they are said. What it has by no name, and what a blueprint always states, is told.
  expect(new Set(told?.map((one) => one.split(':')[0]))).toEqual(new Set([
    'aws.api orchard', 'aws.integration orchard/growers.get-fruit', 'aws.integration orchard/growers.get-fruit-health', 'aws.route orchard/GET /fruit', 'aws.route orchard/GET /fruit/health',
    'aws.route orchard/HEAD /fruit', 'aws.route orchard/HEAD /fruit/health', 'aws.stage orchard/$default',
  ])); // prettier-ignore
  expect(told?.filter((one) => one.includes('differs')).map((one) => one.replace(/#\w+/, '#'))).toEqual([
    'aws.route orchard/GET /fruit: differs: Integration: "#", the blueprint says "growers.get-fruit", not managed here',
    'aws.route orchard/GET /fruit/health: differs: Integration: "#", the blueprint says "growers.get-fruit-health", not managed here',
    expect.stringContaining('aws.api orchard: differs: Description'),
    expect.stringContaining('aws.stage orchard/$default: differs: DefaultRouteSettings.ThrottlingBurstLimit'),
  ]);
  expect(aws.requests().writes).toBe(writes);
  // One that is not there is told.
  expect((await authctl.import({ from: ['aws'], aws: { api: 'elsewhere' }, out: 'other.yaml' })).problems.map(({ code }) => code)).toEqual(['IMPORT_NO_API']);
});
