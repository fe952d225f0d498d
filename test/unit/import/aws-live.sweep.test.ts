import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiGatewayV2Client, CreateApiCommand, CreateAuthorizerCommand, CreateIntegrationCommand, CreateRouteCommand, CreateStageCommand, GetApisCommand, GetAuthorizersCommand, GetIntegrationsCommand, GetRoutesCommand, GetStagesCommand } from '@aws-sdk/client-apigatewayv2';
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

/** An account with no API in it, an issuer, and who makes APIs by hand. */
const started = async () => {
  const aws = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true });
  closing.push(() => aws.close());
  const issuer = await startForeignIssuer();
  closing.push(() => issuer.close());
  const sdk = new ApiGatewayV2Client({ region: 'eu-central-1', endpoint: aws.control.url, credentials: { accessKeyId: 'stand-in', secretAccessKey: 'stand-in' } });
  closing.push(() => sdk.destroy());
  return { aws, issuer, sdk };
};

it('an HTTP API that somebody made by hand is imported, and a plan has nothing to do', async () => {
  const { aws, issuer, sdk } = await started();
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
  expect(report.data?.blueprint).toContain('match: GET /fruit\n        head: false\n        scopes: [ fruit/read ]');
  const plan = await authctl.plan(join(cwd, 'blueprint.yaml'));
  expect(plan.problems).toEqual([]);
  // Nothing to do: what patterns state, and this API has otherwise, is said as it was found.
  expect(plan.plan?.waves.flat().filter(({ action }) => action !== 'keep')).toEqual([]);
  expect(plan.plan?.dangers).toEqual([]);
  expect(plan.plan?.waves.flat().flatMap((change) => ('desired' in change ? [change.desired.id] : [])).toSorted()).toEqual([
    'orchard', 'orchard/$default', 'orchard/GET /fruit', 'orchard/GET /fruit/health', 'orchard/growers', 'orchard/growers.get-fruit', 'orchard/growers.get-fruit-health',
  ]); // prettier-ignore
  expect(aws.requests().writes).toBe(writes);
  // One that is not there is told.
  expect((await authctl.import({ from: ['aws'], aws: { api: 'elsewhere' }, out: 'other.yaml' })).problems.map(({ code }) => code)).toEqual(['IMPORT_NO_API']);
});

it('one integration and one authorizer before many routes are what the blueprint says, under the name of somebody else; adopted, nothing is made twice that was one route\'s', async () => {
  const { aws, issuer, sdk } = await started();
  const { ApiId } = await sdk.send(new CreateApiCommand({ Name: 'Quay Side', ProtocolType: 'HTTP', Tags: { team: 'harbour' }, Description: 'made by hand', CorsConfiguration: { AllowOrigins: ['https://quay.example'], AllowMethods: ['*'], AllowHeaders: ['*'] } }));
  const { AuthorizerId } = await sdk.send(new CreateAuthorizerCommand({ ApiId, Name: 'Everybody', AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'], JwtConfiguration: { Issuer: issuer.url, Audience: ['quay'] } }));
  const to = async (method: string, place: string): Promise<string> => {
    const { IntegrationId = '' } = await sdk.send(new CreateIntegrationCommand({ ApiId, IntegrationType: 'HTTP_PROXY', IntegrationMethod: method, IntegrationUri: place, PayloadFormatVersion: '1.0', TimeoutInMillis: 12_000, Description: 'of somebody' }));
    return `integrations/${IntegrationId}`;
  };
  const [berths, ships] = [await to('ANY', 'http://127.0.0.1:9/berths'), await to('ANY', 'http://127.0.0.1:8/ships/{proxy}')];
  const guarded = { ApiId, AuthorizationType: 'JWT' as const, AuthorizerId };
  for (const [RouteKey, Target, scope] of [['GET /berths', berths, 'read'], ['HEAD /berths', berths, 'read'], ['POST /berths', berths, 'write'], ['ANY /ships/{proxy+}', ships, 'ships']] as const)
    await sdk.send(new CreateRouteCommand({ ...guarded, RouteKey, Target, AuthorizationScopes: [scope] }));
  await sdk.send(new CreateStageCommand({ ApiId, StageName: 'live', AutoDeploy: true, DefaultRouteSettings: { ThrottlingBurstLimit: 20, ThrottlingRateLimit: 10 } }));
  const { writes } = aws.requests();
  const authctl = createAuthctl({ env: { AWS_REGION: 'eu-central-1', AWS_ENDPOINT: aws.control.url }, cwd, localStack: false });
  const report = await authctl.import({ from: ['aws'], aws: { api: 'Quay Side' }, out: 'quay.yaml' });
  expect(report.problems).toEqual([]);
  expect(report.data?.unsaid).toEqual([]);
  const plan = await authctl.plan(join(cwd, 'quay.yaml'));
  expect([plan.problems, plan.plan?.dangers, plan.plan?.waves.flat().filter(({ action }) => action !== 'keep')]).toEqual([[], [], []]);
  expect(aws.requests().writes).toBe(writes);

  // Taken over: by its place, with every field that changes.
  const text = await readFile(join(cwd, 'quay.yaml'), 'utf8');
  await writeFile(join(cwd, 'ours.yaml'), text.replace('manage: none\n', ''));
  const offered = await authctl.plan(join(cwd, 'ours.yaml'), { adopt: true });
  // That a route leads to the same place by an integration of another name lets nobody in.
  expect([offered.problems, offered.plan?.dangers.flatMap((one) => (one.action === 'danger' ? [`${one.danger.effect} ${one.danger.id}: ${one.danger.what}`] : []))]).toEqual([[], []]);
  const steps = offered.plan?.waves.flat().map((change) => `${change.action} ${'desired' in change ? `${change.desired.kind} ${change.desired.id}` : ''}${'because' in change ? `: ${change.because.map(({ path }) => path).join(', ')}` : ''}`);
  expect(steps).toMatchInlineSnapshot(`
    [
      "adopt aws.api quay-side: Name",
      "create aws.authorizer quay-side/service",
      "create aws.integration quay-side/service.get-berths",
      "create aws.integration quay-side/service.post-berths",
      "create aws.authorizer quay-side/service-2",
      "adopt aws.integration quay-side/service-2.any-ships-all: Description",
      "adopt aws.route quay-side/GET /berths: Authorizer, Integration",
      "adopt aws.route quay-side/HEAD /berths: Authorizer, Integration",
      "adopt aws.route quay-side/POST /berths: Authorizer, Integration",
      "adopt aws.route quay-side/ANY /ships/{proxy+}: Authorizer",
      "adopt aws.stage quay-side/live: ",
    ]
  `);
  await writeFile(join(cwd, 'typo.yaml'), text.replace('adopts: Quay Side', 'adopts: Quay Sid'));
  expect((await authctl.plan(join(cwd, 'typo.yaml'), { adopt: true })).problems.map(({ code }) => code)).toEqual(['AWS_ADOPTS']);
  const applied = await authctl.apply(join(cwd, 'ours.yaml'), { adopt: true, approve: () => Promise.resolve(true) });
  expect(applied.problems).toEqual([]);
  const after = await authctl.plan(join(cwd, 'ours.yaml'));
  expect([after.plan?.dangers, after.plan?.waves.flat().filter(({ action }) => action !== 'keep')]).toEqual([[], []]);
  // In place: the same API, the same routes.
  const { Items: apis } = await sdk.send(new GetApisCommand({}));
  expect(apis?.map((api) => [api.ApiId, api.Name])).toEqual([[ApiId, 'quay-side']]);

  // Given back: its name as it was, no mark, and whoever is asked before a route is asked there still.
  const stated = (part: object): unknown => Object.fromEntries(Object.entries(part).filter(([field]) => !['DeploymentId', 'LastDeploymentStatusMessage', 'LastUpdatedDate'].includes(field)));
  const parts = async (): Promise<unknown> => {
    const answers = [await sdk.send(new GetRoutesCommand({ ApiId })), await sdk.send(new GetAuthorizersCommand({ ApiId })), await sdk.send(new GetIntegrationsCommand({ ApiId })), await sdk.send(new GetStagesCommand({ ApiId }))];
    return answers.map(({ Items = [] }) => Items.map(stated));
  };
  const ours = await parts();
  expect((await authctl.release(join(cwd, 'ours.yaml'), { approve: true })).problems).toEqual([]);
  const { Items: [given, ...more] = [] } = await sdk.send(new GetApisCommand({}));
  expect([given?.ApiId, given?.Name, given?.Tags, more]).toEqual([ApiId, 'Quay Side', { team: 'harbour' }, []]);
  expect(await parts()).toEqual(ours);
  expect((await authctl.plan(join(cwd, 'ours.yaml'))).plan?.waves.flat().flatMap((change) => (change.action === 'blocked' && 'desired' in change ? [change.desired.id] : []))).toContain('quay-side');
  // Taken over once more it is kept under its name again.
  expect((await authctl.apply(join(cwd, 'ours.yaml'), { adopt: true, approve: true })).problems).toEqual([]);
  expect((await authctl.destroy(join(cwd, 'ours.yaml'), { approve: true })).problems).toEqual([]);
  expect((await sdk.send(new GetApisCommand({}))).Items?.map((api) => [api.ApiId, api.Name, api.Tags])).toEqual([[ApiId, 'Quay Side', { team: 'harbour' }]]);
});

it('an HTTP API whose name no blueprint can hold is found by its id', async () => {
  const { aws, issuer, sdk } = await started();
  const { ApiId } = await sdk.send(new CreateApiCommand({ Name: 'Quay\u0007Side', ProtocolType: 'HTTP' }));
  const { AuthorizerId } = await sdk.send(new CreateAuthorizerCommand({ ApiId, Name: 'all', AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'], JwtConfiguration: { Issuer: issuer.url, Audience: ['quay'] } }));
  const { IntegrationId = '' } = await sdk.send(new CreateIntegrationCommand({ ApiId, IntegrationType: 'HTTP_PROXY', IntegrationMethod: 'GET', IntegrationUri: 'http://127.0.0.1:9/berths', PayloadFormatVersion: '1.0' }));
  await sdk.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /berths', AuthorizationType: 'JWT', AuthorizerId, AuthorizationScopes: ['read'], Target: `integrations/${IntegrationId}` }));
  await sdk.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
  const authctl = createAuthctl({ env: { AWS_REGION: 'eu-central-1', AWS_ENDPOINT: aws.control.url }, cwd, localStack: false });
  expect((await authctl.import({ from: ['aws'], out: 'bell.yaml' })).problems).toEqual([]);
  expect(await readFile(join(cwd, 'bell.yaml'), 'utf8')).toContain(`adopts: ${String(ApiId)}`);
  expect((await authctl.validate(join(cwd, 'bell.yaml'))).problems).toEqual([]);
  const plan = await authctl.plan(join(cwd, 'bell.yaml'));
  expect([plan.problems, plan.plan?.dangers, plan.plan?.waves.flat().filter(({ action }) => action !== 'keep')]).toEqual([[], [], []]);
});
