import {
  type ApiGatewayV2Client,
  CreateDeploymentCommand,
  CreateStageCommand,
  type CreateStageRequest,
  DeleteAccessLogSettingsCommand,
  DeleteDeploymentCommand,
  DeleteRouteSettingsCommand,
  DeleteStageCommand,
  GetDeploymentCommand,
  GetDeploymentsCommand,
  GetStageCommand,
  GetStagesCommand,
  UpdateDeploymentCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../../../infra/stand-ins/src/aws/index.ts';
import { type Issuer, type TestApi, createApi, makeKey, plain, refusal, sdk, start, startIssuer, testClock } from '../fixture.ts';

let aws: EmbeddedAws;
let client: ApiGatewayV2Client;
let issuer: Issuer;
const clock = testClock();

beforeAll(async () => {
  [issuer, aws] = await Promise.all([startIssuer(await makeKey('only')), start({ clock: clock.read })]);
  client = sdk(aws);
});
afterAll(() => Promise.all([aws.close(), issuer.close()]));

const newApi = (): Promise<TestApi> => createApi(client);
const bad = (message: string): unknown => ({ name: 'BadRequestException', status: 400, message });
const absent = (message: string): unknown => ({ name: 'NotFoundException', status: 404, message });
const conflict = (message: string): unknown => ({ name: 'ConflictException', status: 409, message });
const tooMany = (message: string): unknown => ({ name: 'TooManyRequestsException', status: 429, message });
const upstream = 'https://upstream.example/orders';
const now = (): Date => new Date(clock.now * 1000);

describe('a stage', () => {
  const blank = (StageName: string): object => ({
    AutoDeploy: false,
    CreatedDate: now(),
    DefaultRouteSettings: { DetailedMetricsEnabled: false },
    LastUpdatedDate: now(),
    RouteSettings: {},
    StageName,
    StageVariables: {},
    Tags: {},
  });

  it('is created, read, changed and deleted', async () => {
    const api = await newApi();
    const { id: ApiId } = api;
    await api.route('GET /x', await api.integration(upstream));
    const log = { DestinationArn: 'arn:aws:logs:eu-west-1:000000000000:log-group:x', Format: '$context.requestId' };
    expect(plain(await client.send(new CreateStageCommand({ ApiId, StageName: 'beta-1' })))).toEqual(blank('beta-1'));
    const StageName = 'beta-1';
    const set = {
      DefaultRouteSettings: { ThrottlingBurstLimit: 5 },
      RouteSettings: { 'GET /x': { ThrottlingRateLimit: 2.5 } },
      StageVariables: { a: '1', b: '2' },
      AccessLogSettings: log,
      Description: 'd',
    };
    const expected = { ...blank('beta-1'), ...set, DefaultRouteSettings: { DetailedMetricsEnabled: false, ThrottlingBurstLimit: 5 } };
    expect(plain(await client.send(new UpdateStageCommand({ ApiId, StageName, ...set })))).toEqual(expected);
    await client.send(new UpdateStageCommand({ ApiId, StageName, StageVariables: { a: '' } }));
    await client.send(new DeleteAccessLogSettingsCommand({ ApiId, StageName }));
    await client.send(new DeleteRouteSettingsCommand({ ApiId, StageName, RouteKey: 'GET /x' }));
    const { AccessLogSettings: _, ...without } = expected;
    expect(plain(await client.send(new GetStageCommand({ ApiId, StageName })))).toEqual({
      ...without,
      RouteSettings: {},
      StageVariables: { b: '2' },
    });
    await client.send(new DeleteStageCommand({ ApiId, StageName }));
    expect((await client.send(new GetStagesCommand({ ApiId }))).Items).toEqual([]);
    expect(await refusal(client.send(new DeleteStageCommand({ ApiId, StageName })))).toEqual(absent('Invalid stage identifier specified'));
  });

  const arn = 'arn:aws:logs:eu-west-1:000000000000:log-group:x';
  const nameText = "Invalid stage name: expected '$default' or only letters, digits, hyphens and underscores";
  const refused: readonly (readonly [string, Partial<CreateStageRequest>, string])[] = [
    ['without a name', { StageName: undefined }, 'StageName is required'],
    ['with a slash in its name', { StageName: 'a/b' }, nameText],
    ['with another $ name', { StageName: '$other' }, nameText],
    [
      'with a name of 129 characters',
      { StageName: 's'.repeat(129) },
      'Invalid value specified for StageName: expected 1 to 128 characters',
    ],
    ['with an unknown deployment', { DeploymentId: 'abcdef' }, 'Deployment id does not exist'],
    [
      'with a deployment beside automatic deployment',
      { AutoDeploy: true, DeploymentId: 'abcdef' },
      'DeploymentId cannot be specified for a stage with automatic deployment',
    ],
    [
      'with a log format without the request id',
      { AccessLogSettings: { DestinationArn: arn, Format: '$context.status' } },
      'Invalid AccessLogSettings: the format must include at least $context.requestId or $context.extendedRequestId',
    ],
    [
      'with a log format of two lines',
      { AccessLogSettings: { DestinationArn: arn, Format: '$context.requestId\n' } },
      'Invalid AccessLogSettings: the format must be a single line',
    ],
    [
      'with execution logs',
      { DefaultRouteSettings: { LoggingLevel: 'INFO' } },
      'Execution logs are not supported on protocolType HTTP: loggingLevel',
    ],
    [
      'with an odd variable name',
      { StageVariables: { 'a-b': '1' } },
      'Invalid stage variable name a-b: expected letters, digits and underscores',
    ],
    ['with a client certificate', { ClientCertificateId: 'x' }, 'ClientCertificateId is supported only for WebSocket APIs'],
  ];
  it.each(refused)('is refused %s', async (_, change, message) => {
    const { id: ApiId } = await newApi();
    expect(await refusal(client.send(new CreateStageCommand({ ApiId, StageName: 'beta', ...change } as CreateStageRequest)))).toEqual(
      bad(message),
    );
    expect((await client.send(new GetStagesCommand({ ApiId }))).Items).toEqual([]);
  });

  it('is refused with settings for a route that is not there, with a destination that is no log, twice, and as the eleventh', async () => {
    const api = await newApi();
    expect(await refusal(api.stage({ RouteSettings: { 'GET /x': { ThrottlingBurstLimit: 1 } } }))).toEqual(
      absent('Unable to find Route by key GET /x within the provided RouteSettings'),
    );
    expect(
      (await refusal(api.stage({ AccessLogSettings: { DestinationArn: 'arn:aws:s3:::bucket', Format: '$context.requestId' } }))).name,
    ).toBe('BadRequestException');
    await api.stage();
    expect(await refusal(api.stage())).toEqual(conflict('Stage already exists'));
    for (let index = 0; index < 9; index += 1) await api.stage({ StageName: `s${index}` });
    expect(await refusal(api.stage({ StageName: 's9' }))).toEqual(tooMany('Maximum number of stages for this API has been reached (10).'));
  });

  it('that deploys automatically says which deployment it has, or why it has none', async () => {
    const api = await newApi();
    const { id: ApiId } = api;
    const first = await client.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
    expect([first.DeploymentId, first.LastDeploymentStatusMessage]).toEqual([
      undefined,
      'Deployment attempt failed: Unable to deploy API because no routes exist in this API',
    ]);
    await api.route('GET /x', await api.integration(upstream));
    await api.route('GET /y', await api.integration(upstream));
    const { DeploymentId, LastDeploymentStatusMessage } = await client.send(new GetStageCommand({ ApiId, StageName: '$default' }));
    expect(LastDeploymentStatusMessage).toBe(`Successfully deployed stage with deployment ID '${DeploymentId}'`);
    expect((await client.send(new GetDeploymentsCommand({ ApiId }))).Items).toEqual([
      {
        AutoDeployed: true,
        CreatedDate: now(),
        DeploymentId,
        DeploymentStatus: 'DEPLOYED',
        Description: 'Automatic deployment triggered by changes to the Api configuration',
      },
    ]);
    expect((await refusal(client.send(new CreateDeploymentCommand({ ApiId, StageName: '$default' })))).name).toBe('BadRequestException');
  });
});

describe('a deployment', () => {
  it('is created, read, changed and deleted, but not while a stage has it', async () => {
    const api = await newApi();
    const { id: ApiId } = api;
    expect(await refusal(client.send(new CreateDeploymentCommand({ ApiId })))).toEqual(
      bad('Unable to deploy API because no routes exist in this API'),
    );
    await api.route('GET /x', await api.integration(upstream));
    await api.stage({ StageName: 'beta', AutoDeploy: false });
    const created = plain(await client.send(new CreateDeploymentCommand({ ApiId, StageName: 'beta', Description: 'one' })));
    const expected = {
      AutoDeployed: false,
      CreatedDate: now(),
      DeploymentId: expect.stringMatching(/^[a-z0-9]{6}$/) as string,
      DeploymentStatus: 'DEPLOYED',
      Description: 'one',
    };
    expect(created).toEqual(expected);
    const { DeploymentId } = created;
    expect(plain(await client.send(new UpdateDeploymentCommand({ ApiId, DeploymentId, Description: 'two' })))).toEqual({
      ...expected,
      Description: 'two',
    });
    expect(plain(await client.send(new GetDeploymentCommand({ ApiId, DeploymentId })))).toEqual({ ...expected, Description: 'two' });
    expect(await refusal(client.send(new DeleteDeploymentCommand({ ApiId, DeploymentId })))).toEqual(
      bad('Active stages pointing to this deployment must be moved or deleted'),
    );
    await client.send(new DeleteStageCommand({ ApiId, StageName: 'beta' }));
    await client.send(new DeleteDeploymentCommand({ ApiId, DeploymentId }));
    expect((await client.send(new GetDeploymentsCommand({ ApiId }))).Items).toEqual([]);
    expect((await refusal(client.send(new CreateDeploymentCommand({ ApiId, StageName: 'gamma' })))).name).toBe('NotFoundException');
  });
});
