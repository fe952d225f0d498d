import {
  type ApiGatewayV2Client,
  CreateRouteCommand,
  type CreateRouteRequest,
  DeleteRouteCommand,
  GetRouteCommand,
  GetRoutesCommand,
  UpdateRouteCommand,
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
const conflict = (message: string): unknown => ({ name: 'ConflictException', status: 409, message });
const upstream = 'https://upstream.example/orders';

describe('a route', () => {
  it('is created, read, changed and deleted', async () => {
    const api = await newApi();
    const { id: ApiId } = api;
    const [integration, AuthorizerId] = [await api.integration(upstream), await api.authorizer(issuer.url, ['orders'])];
    const created = plain(
      await client.send(
        new CreateRouteCommand({ ApiId, RouteKey: 'GET /orders/{id}', Target: `integrations/${integration}`, OperationName: 'read' }),
      ),
    );
    const open = {
      ApiKeyRequired: false,
      AuthorizationType: 'NONE',
      OperationName: 'read',
      RouteId: expect.stringMatching(/^[a-z0-9]{7}$/) as string,
      RouteKey: 'GET /orders/{id}',
      Target: `integrations/${integration}`,
    };
    expect(created).toEqual(open);
    const { RouteId } = created;
    const closed = { ...open, AuthorizationType: 'JWT', AuthorizerId, AuthorizationScopes: ['orders:read'] };
    expect(
      plain(
        await client.send(
          new UpdateRouteCommand({ ApiId, RouteId, AuthorizationType: 'JWT', AuthorizerId, AuthorizationScopes: ['orders:read'] }),
        ),
      ),
    ).toEqual(closed);
    expect(plain(await client.send(new UpdateRouteCommand({ ApiId, RouteId, RouteKey: 'ANY /orders' })))).toEqual({
      ...closed,
      RouteKey: 'ANY /orders',
    });
    expect(
      plain(await client.send(new UpdateRouteCommand({ ApiId, RouteId, AuthorizationType: 'NONE', AuthorizationScopes: [] }))),
    ).toEqual({ ...open, RouteKey: 'ANY /orders' });
    expect(plain(await client.send(new GetRouteCommand({ ApiId, RouteId })))).toEqual({ ...open, RouteKey: 'ANY /orders' });
    await client.send(new DeleteRouteCommand({ ApiId, RouteId }));
    expect((await refusal(client.send(new GetRouteCommand({ ApiId, RouteId })))).name).toBe('NotFoundException');
  });

  it.each([
    'GET',
    'GET orders',
    '/orders',
    'get /orders',
    'TRACE /orders',
    'GET  /orders',
    'GET /a/{proxy+}/b',
    'GET /{a}/{a}',
    'GET /{a b}',
    'GET /a{b}',
    'GET /{}',
    'GET /a?b',
    '$disconnect',
  ])('is refused for the key %j', async (RouteKey) => {
    const { id: ApiId } = await newApi();
    expect(await refusal(client.send(new CreateRouteCommand({ ApiId, RouteKey })))).toEqual(
      bad(
        'The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"',
      ),
    );
  });

  it("is refused twice for a key, or for one that differs in a variable's name, on creation and on change", async () => {
    const { id: ApiId } = await newApi();
    const create = (RouteKey: string): Promise<{ RouteId?: string | undefined }> =>
      client.send(new CreateRouteCommand({ ApiId, RouteKey }));
    await create('GET /a/{id}');
    const { RouteId } = await create('GET /b');
    expect([
      await refusal(create('GET /a/{id}')),
      await refusal(create('GET /a/{other}')),
      await refusal(client.send(new UpdateRouteCommand({ ApiId, RouteId, RouteKey: 'GET /a/{id}' }))),
    ]).toEqual([
      conflict('Route with key GET /a/{id} already exists for this API'),
      conflict('The provided route key "GET /a/{other}" has a conflicting variable on the same hierarchical level as "GET /a/{id}"'),
      conflict('Route with key GET /a/{id} already exists for this API'),
    ]);
    await Promise.all(['POST /a/{other}', 'ANY /a/{id}', 'GET /a/{proxy+}', '$default'].map(create));
  });

  const noAuthorizer = 'Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.';
  const refused: readonly (readonly [string, Partial<CreateRouteRequest>, string])[] = [
    ['without a key', { RouteKey: undefined }, 'RouteKey is required'],
    ['with JWT and no authorizer', { AuthorizationType: 'JWT' }, noAuthorizer],
    ['with JWT and an unknown authorizer', { AuthorizationType: 'JWT', AuthorizerId: 'abcdef' }, noAuthorizer],
    [
      'with scopes and no JWT',
      { AuthorizationScopes: ['a'] },
      'Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types',
    ],
    [
      'with a Lambda authorizer',
      { AuthorizationType: 'CUSTOM' },
      'Authorization type CUSTOM (a Lambda authorizer) is not supported by this development stand-in of API Gateway',
    ],
    [
      'with an unknown target',
      { Target: 'integrations/abc' },
      'Invalid target specified: integrations/abc is not an integration of this API',
    ],
    ['with a target of another form', { Target: upstream }, `Invalid target specified: ${upstream} is not an integration of this API`],
    ['with an API key', { ApiKeyRequired: true }, 'ApiKeyRequired is supported only for WebSocket APIs'],
  ];
  it.each(refused)('is refused %s', async (_, change, message) => {
    const { id: ApiId } = await newApi();
    expect(await refusal(client.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /x', ...change } as CreateRouteRequest)))).toEqual(
      bad(message),
    );
    expect((await client.send(new GetRoutesCommand({ ApiId }))).Items).toEqual([]);
  });

  it('is refused with eleven scopes, and with an authorizer of another API', async () => {
    const [api, other] = [await newApi(), await newApi()];
    const jwt = { ApiId: api.id, RouteKey: 'GET /x', AuthorizationType: 'JWT' as const };
    const AuthorizationScopes = Array.from({ length: 11 }, (_, index) => `s${index}`);
    expect([
      await refusal(
        client.send(new CreateRouteCommand({ ...jwt, AuthorizerId: await api.authorizer(issuer.url, ['a']), AuthorizationScopes })),
      ),
      await refusal(client.send(new CreateRouteCommand({ ...jwt, AuthorizerId: await other.authorizer(issuer.url, ['a']) }))),
    ]).toEqual([bad('The number of authorization scopes exceeds the limit of 10'), bad(noAuthorizer)]);
  });
});
