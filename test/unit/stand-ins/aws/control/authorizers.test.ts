import {
  type ApiGatewayV2Client,
  CreateAuthorizerCommand,
  DeleteAuthorizerCommand,
  GetAuthorizerCommand,
  GetAuthorizersCommand,
  UpdateAuthorizerCommand,
} from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../../../infra/stand-ins/src/aws/index.ts';
import {
  type Issuer,
  type TestApi,
  answerDiscovery,
  createApi,
  makeKey,
  plain,
  refusal,
  sdk,
  start,
  startIssuer,
  testClock,
} from '../fixture.ts';

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
const tooMany = (message: string): unknown => ({ name: 'TooManyRequestsException', status: 429, message });
const upstream = 'https://upstream.example/orders';

describe('an authorizer', () => {
  it('is created, read, changed and deleted', async () => {
    const { id: ApiId } = await newApi();
    const input = {
      ApiId,
      AuthorizerType: 'JWT' as const,
      IdentitySource: ['$request.header.Authorization'],
      Name: 'kc',
      JwtConfiguration: { Issuer: issuer.url, Audience: ['orders'] },
    };
    const created = plain(await client.send(new CreateAuthorizerCommand(input)));
    const { ApiId: _, ...rest } = input;
    const expected = { ...rest, AuthorizerId: expect.stringMatching(/^[a-z0-9]{6}$/) as string };
    expect(created).toEqual(expected);
    const { AuthorizerId } = created;
    expect(plain(await client.send(new GetAuthorizerCommand({ ApiId, AuthorizerId })))).toEqual(expected);
    const changed = plain(
      await client.send(new UpdateAuthorizerCommand({ ApiId, AuthorizerId, IdentitySource: ['$request.querystring.token'] })),
    );
    expect(changed).toEqual({ ...expected, IdentitySource: ['$request.querystring.token'] });
    await client.send(new DeleteAuthorizerCommand({ ApiId, AuthorizerId }));
    expect((await client.send(new GetAuthorizersCommand({ ApiId }))).Items).toEqual([]);
    expect((await refusal(client.send(new DeleteAuthorizerCommand({ ApiId, AuthorizerId })))).name).toBe('NotFoundException');
  });

  const jwt = (): { Issuer: string; Audience: string[] } => ({ Issuer: issuer.url, Audience: ['orders'] });
  const sourceText = 'Invalid IdentitySource: a JWT authorizer takes exactly one of $request.header.<name> or $request.querystring.<name>';
  it.each([
    ['without a configuration', () => ({ JwtConfiguration: undefined }), 'JwtConfiguration is required'],
    ['without an issuer', () => ({ JwtConfiguration: { Audience: ['x'] } }), 'Issuer is required'],
    ['without an audience', () => ({ JwtConfiguration: { Issuer: issuer.url } }), 'Audience is required for a JWT authorizer'],
    [
      'with an empty audience',
      () => ({ JwtConfiguration: { Issuer: issuer.url, Audience: [] } }),
      'Audience is required for a JWT authorizer',
    ],
    [
      'with 51 audiences',
      () => ({ JwtConfiguration: { Issuer: issuer.url, Audience: Array.from({ length: 51 }, (_, index) => `a${index}`) } }),
      'The number of audiences exceeds the limit of 50',
    ],
    ['without an identity source', () => ({ IdentitySource: undefined }), 'IdentitySource is required'],
    ['with two identity sources', () => ({ IdentitySource: ['$request.header.a', '$request.header.b'] }), sourceText],
    ['with a cookie as identity source', () => ({ IdentitySource: ['$request.cookie.a'] }), sourceText],
    ['with an identity source of WebSocket APIs', () => ({ IdentitySource: ['route.request.header.Auth'] }), sourceText],
    ['with a name of 129 characters', () => ({ Name: 'n'.repeat(129) }), 'Invalid value specified for Name: expected 1 to 128 characters'],
    [
      'with a member of Lambda authorizers',
      () => ({ AuthorizerResultTtlInSeconds: 300 }),
      'authorizerResultTtlInSeconds is supported only for REQUEST authorizers',
    ],
    [
      'of the Lambda kind',
      () => ({ AuthorizerType: 'REQUEST' as const }),
      'A REQUEST (Lambda) authorizer is not supported by this development stand-in of API Gateway',
    ],
  ])('is refused %s', async (_, change, message) => {
    const { id: ApiId } = await newApi();
    const input = {
      ApiId,
      AuthorizerType: 'JWT' as const,
      IdentitySource: ['$request.header.Authorization'],
      Name: 'kc',
      JwtConfiguration: jwt(),
      ...change(),
    };
    expect(await refusal(client.send(new CreateAuthorizerCommand(input)))).toEqual(bad(message));
    expect((await client.send(new GetAuthorizersCommand({ ApiId }))).Items).toEqual([]);
  });

  const discoveryText = (at: string): string =>
    `Caught exception when connecting to ${at}/.well-known/openid-configuration for issuer ${at}. Please try again later. Error: Invalid issuer: ${at}. ` +
    "Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'";

  it("is refused while its issuer's discovery document cannot be had, when created and when changed", async () => {
    const api = await newApi();
    const AuthorizerId = await api.authorizer(issuer.url, ['orders']);
    issuer.discovery = (response) => void response.writeHead(404).end();
    const created = await refusal(api.authorizer(issuer.url, ['more']));
    const changed = await refusal(client.send(new UpdateAuthorizerCommand({ ApiId: api.id, AuthorizerId, JwtConfiguration: jwt() })));
    const renamed = client.send(new UpdateAuthorizerCommand({ ApiId: api.id, AuthorizerId, Name: 'new' }));
    expect((await renamed).Name).toBe('new');
    issuer.discovery = answerDiscovery(issuer.url);
    expect([created, changed]).toEqual([bad(discoveryText(issuer.url)), bad(discoveryText(issuer.url))]);
  });

  it('is refused for an issuer over plain http, unless the stand-in was told otherwise', async () => {
    const strict = await start({ allowHttpIssuers: false });
    const api = await createApi(sdk(strict));
    const before = issuer.asked.discovery;
    const refused = await refusal(api.authorizer(issuer.url, ['orders']));
    await strict.close();
    expect([refused, issuer.asked.discovery]).toEqual([bad(discoveryText(issuer.url)), before]);
  });

  it('keeps its name to itself', async () => {
    const api = await newApi();
    await api.authorizer(issuer.url, ['a']);
    expect(await refusal(api.authorizer(issuer.url, ['a']))).toEqual(
      bad('Authorizer name must be unique. Authorizer authorizer-a-$request.header.Authorization already exists in this RestApi.'),
    );
  });

  it('is refused as the eleventh', async () => {
    const api = await newApi();
    for (let index = 0; index < 10; index += 1) await api.authorizer(issuer.url, [`a${index}`]);
    expect(await refusal(api.authorizer(issuer.url, ['a10']))).toEqual(
      tooMany('Maximum number of Authorizers for this API has been reached (10).'),
    );
  });

  it('is not deleted while a route uses it', async () => {
    const api = await newApi();
    const AuthorizerId = await api.authorizer(issuer.url, ['a']);
    await api.route('GET /x', await api.integration(upstream), { AuthorizationType: 'JWT', AuthorizerId });
    expect(await refusal(client.send(new DeleteAuthorizerCommand({ ApiId: api.id, AuthorizerId })))).toEqual(
      conflict("Cannot delete authorizer 'authorizer-a-$request.header.Authorization', is referenced in route: GET /x"),
    );
  });
});
