import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateApiCommand,
  CreateAuthorizerCommand,
  CreateDeploymentCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  GetApiCommand,
  GetApisCommand,
  GetAuthorizersCommand,
  GetRoutesCommand,
  GetStageCommand,
  TagResourceCommand,
  UpdateApiCommand,
  UpdateAuthorizerCommand,
  UpdateIntegrationCommand,
  UpdateRouteCommand,
  UpdateStageCommand,
  GetIntegrationsCommand,
} from '@aws-sdk/client-apigatewayv2';
import type { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyPlan } from '../../../../src/core/apply.ts';
import { addressOfChange, changesOf, hasDrift, makePlan } from '../../../../src/core/plan.ts';
import type { Plan, PlanOptions } from '../../../../src/core/plan.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import { startEmbeddedAws } from '../../../../infra/stand-ins/src/aws/index.ts';
import type { EmbeddedAws, LogEntry } from '../../../../infra/stand-ins/src/aws/index.ts';
import { createSdk } from '../../../../src/providers/aws/client.ts';
import { createAwsProvider } from '../../../../src/providers/aws/index.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
const object = (kind: string, id: string, spec: Spec, after: string[] = []): Desired => ({ kind, id, spec, after, origin });
let issuerServer: Server;
let issuer = '';
let gateway: EmbeddedAws;
let hand: ApiGatewayV2Client;

beforeAll(async () => {
  issuerServer = createServer((request, response) =>
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify(request.url?.endsWith('openid-configuration') ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: [] })),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => issuerServer.once('listening', resolve));
  issuer = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`;
});
afterAll(() => {
  issuerServer.close();
  issuerServer.closeAllConnections();
});
beforeEach(async () => {
  log.length = 0;
  gateway = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true, log: (entry) => void log.push(entry) });
  hand = createSdk(target(), {});
});
afterEach(async () => {
  hand.destroy();
  await gateway.close();
});
const log: LogEntry[] = [];
const target = () => ({ region: 'eu-west-1', endpoint: gateway.control.url });

const shop = (): Desired[] => [
  object('aws.api', 'shop', {
    Name: 'shop',
    ProtocolType: 'HTTP',
    Description: 'authctl shop',
    DisableExecuteApiEndpoint: false,
    CorsConfiguration: {
      AllowOrigins: ['https://shop.example'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: ['authorization'],
      AllowCredentials: false,
      MaxAge: 600,
    },
  }),
  object(
    'aws.authorizer',
    'shop/orders',
    {
      Name: 'orders',
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: issuer, Audience: ['a', 'orders'] },
    },
    ['aws.api/shop'],
  ),
  ...['list', 'health'].flatMap((id): Desired[] => [
    object(
      'aws.integration',
      `shop/orders.${id}`,
      {
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'GET',
        IntegrationUri: `https://orders.example/${id}`,
        PayloadFormatVersion: '1.0',
        TimeoutInMillis: 10_000,
        Description: `authctl orders.${id}`,
      },
      ['aws.api/shop'],
    ),
  ]),
  object(
    'aws.route',
    'shop/GET /orders',
    {
      RouteKey: 'GET /orders',
      AuthorizationType: 'JWT',
      Authorizer: 'orders',
      AuthorizationScopes: ['orders:read'],
      Integration: 'orders.list',
    },
    ['aws.integration/shop/orders.list', 'aws.authorizer/shop/orders'],
  ),
  object(
    'aws.route',
    'shop/GET /health',
    { RouteKey: 'GET /health', AuthorizationType: 'NONE', Authorizer: null, AuthorizationScopes: [], Integration: 'orders.health' },
    ['aws.integration/shop/orders.health'],
  ),
  object(
    'aws.stage',
    'shop/$default',
    { StageName: '$default', AutoDeploy: true, DefaultRouteSettings: { ThrottlingBurstLimit: 500, ThrottlingRateLimit: 1000 } },
    ['aws.route/shop/GET /orders', 'aws.route/shop/GET /health'],
  ),
];

const planWith = async (desired: readonly Desired[], options: PlanOptions = {}) => {
  const provider = createAwsProvider('shop', target(), createSdk(target(), {}));
  return { provider, plan: await makePlan([provider], { name: 'shop', desired, deferred: [] }, options) };
};
const plan = async (desired = shop()): Promise<Plan> => (await planWith(desired)).plan;
const apply = async (desired: readonly Desired[] = shop(), options: PlanOptions = {}) => {
  const { provider, plan: made } = await planWith(desired, options);
  const results = await applyPlan({ providers: [provider], plan: made });
  await provider.close?.();
  return {
    requests: provider.requests(),
    failures: results.filter(({ outcome }) => outcome !== 'done').map(({ address, problem }) => [address, problem?.code]),
  };
};
const updates = (made: Plan): string[] =>
  changesOf(made).flatMap((change) => (change.action === 'update' ? [`${change.desired.kind}/${change.desired.id}`] : []));
const apiId = async (): Promise<string> =>
  (await hand.send(new GetApisCommand({}))).Items?.find(({ Name }) => Name === 'shop')?.ApiId ?? '';
const routeId = async (key: string): Promise<string> =>
  (await hand.send(new GetRoutesCommand({ ApiId: await apiId() }))).Items?.find(({ RouteKey }) => RouteKey === key)?.RouteId ?? '';

describe('an API', () => {
  it('is put in place whole, and then there is nothing to do', async () => {
    expect((await apply()).failures).toEqual([]);
    expect(changesOf(await plan()).filter(({ action }) => action !== 'keep')).toEqual([]);
    const { requests, failures } = await apply();
    expect(failures).toEqual([]);
    // One of them for the domain names of the account.
    expect(requests).toEqual({ reads: 6, writes: 0 });
  });

  it('whose stage apply deploys says so where a run ended after it took a route away, and before it deployed', async () => {
    const deploys = { ...target(), autoDeploy: false };
    const deployed = (objects: readonly Desired[]): readonly Desired[] =>
      objects.map((one) => (one.kind === 'aws.stage' ? { ...one, spec: { ...one.spec, AutoDeploy: false, Deployment: `with-${objects.length}` } } : one));
    const fewer = deployed(shop().flatMap((one) => (one.id === 'shop/GET /health' ? [] : one.kind === 'aws.stage' ? [{ ...one, after: ['aws.route/shop/GET /orders'] }] : [one])));
    const run = async (desired: readonly Desired[], sdk: Parameters<typeof createAwsProvider>[2], options: PlanOptions = {}) => {
      const provider = createAwsProvider('shop', deploys, sdk);
      const made = await makePlan([provider], { name: 'shop', desired, deferred: [] }, options);
      return { made, results: await applyPlan({ providers: [provider], plan: made }) };
    };
    const failed = ({ results }: Awaited<ReturnType<typeof run>>): readonly string[] => results.flatMap(({ address, outcome }) => (outcome === 'done' ? [] : [address]));
    expect(failed(await run(deployed(shop()), hand))).toEqual([]);
    expect(failed(await run(fewer, hand))).toEqual([]);
    const endpoint = String(await createAwsProvider('shop', deploys, hand).output?.('endpoint'));
    const health = async (): Promise<number> => (await fetch(`${endpoint}/health`)).status;
    const broken = { destroy: () => undefined, send: ((command: object) => (command instanceof CreateDeploymentCommand ? Promise.reject(new Error('the power is gone')) : hand.send(command as Parameters<typeof hand.send>[0]))) as typeof hand.send };
    // The route is gone, and is served.
    await expect(run(fewer, broken, { prune: true })).rejects.toThrow('the power is gone');
    expect([await routeId('GET /health'), await health() === 404]).toEqual(['', false]);
    const next = await run(fewer, hand);
    expect([updates(next.made), failed(next), await health()]).toEqual([['aws.stage/shop/$default'], [], 404]);
    expect(updates((await run(fewer, hand)).made)).toEqual([]);
  });

  it('answers under the endpoint that the provider names', async () => {
    await apply();
    const provider = createAwsProvider('shop', target(), hand);
    const endpoint = String(await provider.output?.('endpoint'));
    expect((await fetch(`${endpoint}/orders`)).status).toBe(401);
    expect((await fetch(`${endpoint}/nothing`)).status).toBe(404);
  });

  it('carries the tags that the blueprint states, beside the mark and those of others', async () => {
    const tagged = (tags: Readonly<Record<string, string>>): Desired[] =>
      shop().map((desired) => (['aws.api', 'aws.stage'].includes(desired.kind) ? { ...desired, spec: { ...desired.spec, Tags: tags } } : desired));
    await apply(tagged({ team: 'orders' }));
    const ApiId = await apiId();
    await hand.send(new TagResourceCommand({ ResourceArn: `arn:aws:apigateway:eu-west-1::/apis/${ApiId}`, Tags: { cost: '7' } }));
    expect(updates(await plan(tagged({ team: 'orders' })))).toEqual([]);
    expect(updates(await plan(tagged({ team: 'parcels' })))).toEqual(['aws.api/shop', 'aws.stage/shop/$default']);
    expect((await apply(tagged({ team: 'parcels' }))).failures).toEqual([]);
    const { Tags } = await hand.send(new GetApiCommand({ ApiId }));
    const { Tags: onStage } = await hand.send(new GetStageCommand({ ApiId, StageName: '$default' }));
    expect([Tags, onStage]).toEqual([{ authctl: 'shop', team: 'parcels', cost: '7' }, { authctl: 'shop', team: 'parcels' }]);
  });

  it('keeps an access log that says why a token was refused, and an access log of others where none is stated', async () => {
    const AccessLogSettings = { DestinationArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:shop', Format: '{"id":"$context.requestId","why":"$context.authorizer.error"}' };
    const logged = shop().map((desired) => (desired.kind === 'aws.stage' ? { ...desired, spec: { ...desired.spec, AccessLogSettings } } : desired));
    expect((await apply(logged)).failures).toEqual([]);
    const { AccessLogSettings: held } = await hand.send(new GetStageCommand({ ApiId: await apiId(), StageName: '$default' }));
    expect(held).toEqual(AccessLogSettings);
    expect(updates(await plan())).toEqual([]);
    const endpoint = String(await createAwsProvider('shop', target(), hand).output?.('endpoint'));
    await fetch(`${endpoint}/orders`, { headers: { authorization: 'Bearer rubbish' } });
    const lines = log.flatMap((entry) => (entry.type === 'access' ? [JSON.parse(entry.line) as { why: string }] : []));
    expect(lines.map(({ why }) => why)).toEqual(['token contains an invalid number of segments']);
  });

  const tampering: [string, (ApiId: string) => Promise<unknown>, string][] = [
    ['another origin', (ApiId) => hand.send(new UpdateApiCommand({ ApiId, CorsConfiguration: { AllowOrigins: ['*'] } })), 'aws.api/shop'],
    [
      'another audience',
      async (ApiId) => {
        const AuthorizerId = (await hand.send(new GetAuthorizersCommand({ ApiId }))).Items?.[0]?.AuthorizerId;
        return hand.send(new UpdateAuthorizerCommand({ ApiId, AuthorizerId, JwtConfiguration: { Issuer: issuer, Audience: ['other'] } }));
      },
      'aws.authorizer/shop/orders',
    ],
    [
      'a route made public',
      async (ApiId) =>
        hand.send(
          new UpdateRouteCommand({ ApiId, RouteId: await routeId('GET /orders'), AuthorizationType: 'NONE', AuthorizationScopes: [] }),
        ),
      'aws.route/shop/GET /orders',
    ],
    [
      'a scope taken away',
      async (ApiId) => hand.send(new UpdateRouteCommand({ ApiId, RouteId: await routeId('GET /orders'), AuthorizationScopes: ['other'] })),
      'aws.route/shop/GET /orders',
    ],
    [
      'another upstream',
      async (ApiId) => {
        const integration = (await hand.send(new GetIntegrationsCommand({ ApiId }))).Items?.find(
          ({ Description }) => Description === 'authctl orders.list',
        );
        return hand.send(
          new UpdateIntegrationCommand({ ApiId, IntegrationId: integration?.IntegrationId, IntegrationUri: 'https://evil.example/' }),
        );
      },
      'aws.integration/shop/orders.list',
    ],
    [
      'a stage that no longer deploys',
      (ApiId) => hand.send(new UpdateStageCommand({ ApiId, StageName: '$default', AutoDeploy: false })),
      'aws.stage/shop/$default',
    ],
  ];
  it.each(tampering)('is mended after %s', async (_what, tamper, address) => {
    await apply();
    await tamper(await apiId());
    expect(updates(await plan())).toEqual([address]);
    expect((await apply()).failures).toEqual([]);
    expect(hasDrift(await plan())).toBe(false);
  });

  const integrations = async () => (await hand.send(new GetIntegrationsCommand({ ApiId: await apiId() }))).Items ?? [];
  const integrationOf = async (route: string) => {
    const found = (await hand.send(new GetRoutesCommand({ ApiId: await apiId() }))).Items?.find(({ RouteKey }) => RouteKey === route)?.Target?.replace('integrations/', '');
    return (await integrations()).find(({ IntegrationId }) => IntegrationId === found);
  };
  const told = ({ dangers }: Plan) => dangers.flatMap((change) => (change.action === 'danger' ? [`${change.danger.effect} ${change.danger.kind}/${change.danger.id} ${change.danger.what}`] : []));

  it.each(['theirs', ''])('is found behind its route when somebody describes its integration otherwise (%s), and nothing is made twice', async (Description) => {
    await apply();
    const before = await integrationOf('GET /orders');
    await hand.send(new UpdateIntegrationCommand({ ApiId: await apiId(), IntegrationId: before?.IntegrationId, Description }));
    expect(updates(await plan())).toEqual(['aws.integration/shop/orders.list']);
    expect((await apply()).failures).toEqual([]);
    expect(await integrations()).toHaveLength(2);
    expect(await integrationOf('GET /orders')).toMatchObject({ IntegrationId: before?.IntegrationId, Description: 'authctl orders.list' });
    expect(hasDrift(await plan())).toBe(false);
  });

  it('and where it leads elsewhere meanwhile, that is told and put right', async () => {
    await apply();
    const before = await integrationOf('GET /orders');
    await hand.send(new UpdateIntegrationCommand({ ApiId: await apiId(), IntegrationId: before?.IntegrationId, Description: 'theirs', IntegrationUri: 'https://evil.example/' }));
    const made = await plan();
    expect([updates(made), told(made)]).toEqual([['aws.integration/shop/orders.list'], ['exposes aws.integration/shop/orders.list requests and their tokens go to https://evil.example/']]);
    expect((await apply()).failures).toEqual([]);
    expect(await integrationOf('GET /orders')).toMatchObject({ IntegrationUri: 'https://orders.example/list' });
    expect(hasDrift(await plan())).toBe(false);
  });

  it('is not led by a copy of the mark: an integration of somebody else that is described as ours gets no route, and a route that it has is told', async () => {
    await apply();
    const ApiId = await apiId();
    const copy = await hand.send(new CreateIntegrationCommand({ ApiId, IntegrationType: 'HTTP_PROXY', IntegrationMethod: 'GET', IntegrationUri: 'https://evil.example/', PayloadFormatVersion: '1.0', Description: 'authctl orders.list' }));
    await hand.send(new UpdateRouteCommand({ ApiId, RouteId: await routeId('GET /orders'), Target: `integrations/${String(copy.IntegrationId)}` }));
    const made = await plan();
    expect(told(made)).toEqual([expect.stringMatching(/^exposes aws\.(route\/shop\/GET \/orders requests of GET \/orders and their tokens|integration\/shop\/orders\.list requests and their tokens) go to https:\/\/evil\.example\/$/) as string]);
    expect((await apply(shop(), { prune: true })).failures).toEqual([]);
    expect(await integrationOf('GET /orders')).toMatchObject({ IntegrationUri: 'https://orders.example/list', Description: 'authctl orders.list' });
    expect(await integrations()).toHaveLength(2);
    expect(hasDrift(await plan())).toBe(false);
  });

  it('tells of a route that leads where another one of ours does, and of one that leads nowhere', async () => {
    await apply();
    const [ApiId, RouteId] = [await apiId(), await routeId('GET /orders')];
    const other = await integrationOf('GET /health');
    await hand.send(new UpdateRouteCommand({ ApiId, RouteId, Target: `integrations/${String(other?.IntegrationId)}` }));
    const made = await plan();
    expect([updates(made), told(made)]).toEqual([['aws.route/shop/GET /orders'], ['opens aws.route/shop/GET /orders who may pass at GET /orders reaches orders as another route does (GET https://orders.example/health)']]);
    expect((await apply()).failures).toEqual([]);
    expect(hasDrift(await plan())).toBe(false);
  });

  it.each([
    ['an integration', CreateIntegrationCommand],
    ['the API itself', CreateApiCommand],
  ])('is made once though an answer was lost and the request was repeated: %s', async (_what, Lost) => {
    const twice = { ...hand, send: async (command: Parameters<typeof hand.send>[0]) => {
      if (command.constructor !== Lost) return hand.send(command);
      await hand.send(command);
      const again = await hand.send(command);
      return { ...again, $metadata: { ...again.$metadata, attempts: 2 } };
    } } as unknown as Parameters<typeof createAwsProvider>[2];
    const provider = createAwsProvider('shop', target(), twice);
    const made = await makePlan([provider], { name: 'shop', desired: shop(), deferred: [] });
    expect((await applyPlan({ providers: [provider], plan: made })).filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect((await hand.send(new GetApisCommand({}))).Items).toHaveLength(1);
    expect(await integrations()).toHaveLength(2);
    expect(hasDrift(await plan())).toBe(false);
  });

  /** Answers a creation as a client sees it that has sent it twice, and was answered once. What is held back comes into being when it is let go of. */
  const heldBack = (Lost: abstract new (...args: never[]) => unknown) => {
    const later: (() => Promise<unknown>)[] = [];
    const sdk = { ...hand, send: async (command: Parameters<typeof hand.send>[0]) => {
      const made = await hand.send(command);
      if (!(command instanceof Lost)) return made;
      later.push(() => hand.send(command));
      return { ...made, $metadata: { ...made.$metadata, attempts: 2 } };
    } } as unknown as Parameters<typeof createAwsProvider>[2];
    return { sdk, letGo: () => Promise.all(later.map((send) => send())) };
  };

  it.each([
    ['integrations', CreateIntegrationCommand, ['aws.integration/shop/orders.health', 'aws.integration/shop/orders.list']],
    ['the API itself', CreateApiCommand, ['aws.api/shop']],
  ])('is made once though the first of two requests took effect when all was done: %s', async (_what, Late, twice) => {
    const { sdk, letGo } = heldBack(Late);
    const provider = createAwsProvider('shop', target(), sdk);
    const made = await makePlan([provider], { name: 'shop', desired: shop(), deferred: [] });
    expect((await applyPlan({ providers: [provider], plan: made })).filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    const used = (await integrations()).map(({ IntegrationId }) => IntegrationId);
    await letGo();
    const next = await plan();
    expect([next.orphans, updates(next), next.removals.map((change) => `${change.action} ${addressOfChange(change).replace(/#.*/, '')}`).toSorted()]).toEqual([[], [], twice.map((address) => `delete ${address}`)]);
    expect((await apply()).failures).toEqual([]);
    expect([(await hand.send(new GetApisCommand({}))).Items?.length, (await integrations()).map(({ IntegrationId }) => IntegrationId)]).toEqual([1, used]);
    expect(hasDrift(await plan())).toBe(false);
  });

  it('keeps of two that are the same the one that routes lead to, and what is not the same, or is led to, stays', async () => {
    await apply();
    const ApiId = await apiId();
    const [held] = (await integrations()).filter(({ Description }) => Description === 'authctl orders.list');
    const { IntegrationId: first, ...same } = held ?? expect.fail('it was made');
    const copyOf = (change: object) => hand.send(new CreateIntegrationCommand({ ...same, ...change, ApiId, IntegrationType: 'HTTP_PROXY' }));
    const second = await copyOf({});
    const other = await copyOf({ TimeoutInMillis: 1234 });
    const route = await routeId('GET /orders');
    await hand.send(new UpdateRouteCommand({ ApiId, RouteId: route, Target: `integrations/${String(second.IntegrationId)}` }));
    const next = await plan();
    expect([updates(next), next.removals.map((change) => change.action), (await apply()).failures]).toEqual([[], ['delete'], []]);
    expect((await integrations()).filter(({ Description }) => Description === 'authctl orders.list').map(({ IntegrationId }) => IntegrationId)).toEqual([second.IntegrationId, other.IntegrationId]);
    expect(first).not.toBe(second.IntegrationId);
    expect((await plan()).orphans).toHaveLength(1);
  });

  it('finds an authorizer that somebody has renamed while it stands before nothing', async () => {
    const unguarded = shop().filter(({ id }) => id !== 'shop/GET /orders' && id !== 'shop/orders.list').map((one) => ({ ...one, after: one.after.filter((address) => !address.includes('GET /orders')) }));
    await apply(unguarded);
    const ApiId = await apiId();
    const [held] = (await hand.send(new GetAuthorizersCommand({ ApiId }))).Items ?? [];
    await hand.send(new UpdateAuthorizerCommand({ ApiId, AuthorizerId: held?.AuthorizerId, Name: 'theirs' }));
    expect(updates(await plan(unguarded))).toEqual(['aws.authorizer/shop/orders']);
    expect((await apply(unguarded)).failures).toEqual([]);
    expect((await hand.send(new GetAuthorizersCommand({ ApiId }))).Items).toMatchObject([{ Name: 'orders', AuthorizerId: held?.AuthorizerId }]);
    expect(hasDrift(await plan(unguarded))).toBe(false);
  });

  it('loses its CORS rules when none are wanted', async () => {
    await apply();
    const without = shop().map((desired) =>
      desired.kind === 'aws.api' ? { ...desired, spec: { ...desired.spec, CorsConfiguration: null } } : desired,
    );
    expect((await apply(without)).failures).toEqual([]);
    expect(hasDrift(await plan(without))).toBe(false);
  });

  it('is finished after a run that was cut short', async () => {
    const half = shop().filter(({ kind }) => kind === 'aws.api' || kind === 'aws.authorizer');
    await apply(half);
    await hand.send(
      new CreateIntegrationCommand({
        ApiId: await apiId(),
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'GET',
        IntegrationUri: 'https://orders.example/list',
        PayloadFormatVersion: '1.0',
        Description: 'authctl orders.list',
      }),
    );
    expect((await apply()).failures).toEqual([]);
    expect(hasDrift(await plan())).toBe(false);
  });

  it('takes a route over whose creation had an answer that was lost', async () => {
    await apply(shop().filter(({ kind }) => kind !== 'aws.route' && kind !== 'aws.stage'));
    const { provider, plan: made } = await planWith(shop());
    await hand.send(new CreateRouteCommand({ ApiId: await apiId(), RouteKey: 'GET /orders' }));
    expect((await applyPlan({ providers: [provider], plan: made })).filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(hasDrift(await plan())).toBe(false);
  });

  it('is deleted with all its parts, and deleting twice is success', async () => {
    await apply();
    const provider = createAwsProvider('shop', target(), hand);
    const route = (await provider.kinds.find(({ name }) => name === 'aws.route')?.list())?.[0];
    await hand.send(new DeleteRouteCommand({ ApiId: await apiId(), RouteId: await routeId('GET /orders') }));
    expect(route).toBeDefined();
    await provider.kinds.find(({ name }) => name === 'aws.route')?.remove(route as never);
    expect((await apply([], { prune: true })).failures).toEqual([]);
    expect((await hand.send(new GetApisCommand({}))).Items).toEqual([]);
  });
});

describe('what others made', () => {
  it('is blocked under our name, and adopted when asked', async () => {
    await hand.send(new CreateApiCommand({ Name: 'shop', ProtocolType: 'HTTP' }));
    expect(changesOf(await plan()).filter(({ action }) => action === 'blocked')).toMatchObject([{ desired: { id: 'shop' } }]);
    expect((await apply(shop(), { adopt: true })).failures).toEqual([]);
    expect((await hand.send(new GetApisCommand({}))).Items).toMatchObject([{ Name: 'shop', Tags: { authctl: 'shop' } }]);
    expect(hasDrift(await plan())).toBe(false);
  });

  it('is neither read nor touched under another name', async () => {
    await hand.send(new CreateApiCommand({ Name: 'theirs', ProtocolType: 'HTTP' }));
    await apply();
    expect((await apply([], { prune: true })).failures).toEqual([]);
    expect((await hand.send(new GetApisCommand({}))).Items).toMatchObject([{ Name: 'theirs' }]);
  });

  it('does not stand in the way of an API that is ours under the same name', async () => {
    await apply();
    await hand.send(new CreateApiCommand({ Name: 'shop', ProtocolType: 'HTTP' }));
    expect(hasDrift(await plan())).toBe(false);
  });

  it('is a danger when it opens our API', async () => {
    await apply();
    const ApiId = await apiId();
    const other = await hand.send(
      new CreateAuthorizerCommand({
        ApiId,
        Name: 'other',
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: issuer, Audience: ['x'] },
      }),
    );
    await hand.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /backdoor' }));
    await hand.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /side', AuthorizationType: 'JWT', AuthorizerId: other.AuthorizerId }));
    expect(
      (await plan()).dangers.flatMap((change) => (change.action === 'danger' ? [[change.danger.id, change.danger.what]] : [])),
    ).toEqual([
      ['shop/GET /backdoor', 'is open to everybody, and the blueprint does not name it'],
      ['shop/GET /side', 'is behind JWT other, which the blueprint does not know, and the blueprint does not name it'],
    ]);
  });
});

describe('an answer that is not what was asked for', () => {
  it('names the issuer that AWS cannot read', async () => {
    const wrong = shop().map((desired) =>
      desired.kind === 'aws.authorizer'
        ? { ...desired, spec: { ...desired.spec, JwtConfiguration: { Issuer: 'http://127.0.0.1:1/realms/shop', Audience: ['orders'] } } }
        : desired,
    );
    expect((await apply(wrong)).failures[0]).toEqual(['aws.authorizer/shop/orders', 'AWS_ISSUER']);
  });

  it('is unreachable when nobody answers', async () => {
    const nowhere = { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' };
    const provider = createAwsProvider('shop', nowhere, createSdk(nowhere, {}));
    await expect(makePlan([provider], { name: 'shop', desired: shop(), deferred: [] })).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      nature: 'unreachable',
    });
  });
});
