import {
  type ApiGatewayV2Client,
  CreateApiCommand,
  DeleteApiCommand,
  DeleteCorsConfigurationCommand,
  GetApiCommand,
  GetApisCommand,
  UpdateApiCommand,
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
const upstream = 'https://upstream.example/orders';
const now = (): Date => new Date(clock.now * 1000);

describe('an API', () => {
  it('is created, read, changed and deleted', async () => {
    const created = plain(
      await client.send(
        new CreateApiCommand({ Name: 'shop', ProtocolType: 'HTTP', Description: 'd', Version: '1', Tags: { owner: 'me' } }),
      ),
    );
    const expected = {
      ApiEndpoint: `${aws.data.url}/execute-api/${created.ApiId}`,
      ApiId: expect.stringMatching(/^[a-z0-9]{10}$/) as string,
      ApiKeySelectionExpression: '$request.header.x-api-key',
      CreatedDate: now(),
      Description: 'd',
      DisableExecuteApiEndpoint: false,
      IpAddressType: 'ipv4',
      Name: 'shop',
      ProtocolType: 'HTTP',
      RouteSelectionExpression: '$request.method $request.path',
      Tags: { owner: 'me' },
      Version: '1',
    };
    expect(created).toEqual(expected);
    const { ApiId } = created;
    expect(plain(await client.send(new GetApiCommand({ ApiId })))).toEqual(expected);
    const cors = {
      AllowOrigins: ['https://shop.example'],
      AllowMethods: ['*'],
      AllowHeaders: ['authorization'],
      MaxAge: -1,
      AllowCredentials: true,
    };
    expect(plain(await client.send(new UpdateApiCommand({ ApiId, Name: 'shop2', CorsConfiguration: cors })))).toEqual({
      ...expected,
      Name: 'shop2',
      CorsConfiguration: cors,
    });
    await client.send(new DeleteCorsConfigurationCommand({ ApiId }));
    expect(plain(await client.send(new GetApiCommand({ ApiId })))).toEqual({ ...expected, Name: 'shop2' });
    await client.send(new DeleteApiCommand({ ApiId }));
    expect(await refusal(client.send(new GetApiCommand({ ApiId })))).toEqual(
      absent(`Invalid API identifier specified 000000000000:${ApiId}`),
    );
  });

  it('belongs to one region', async () => {
    const api = await newApi();
    const elsewhere = sdk(aws, 'us-east-1');
    expect((await elsewhere.send(new GetApisCommand({}))).Items).toEqual([]);
    expect((await refusal(elsewhere.send(new DeleteApiCommand({ ApiId: api.id })))).name).toBe('NotFoundException');
  });

  it.each([
    ['without a name', {}, 'Name is required'],
    ['with a name of 129 characters', { Name: 'n'.repeat(129) }, 'Invalid value specified for Name: expected 1 to 128 characters'],
    [
      'with an odd selection expression',
      { Name: 'n', RouteSelectionExpression: '$request.body.x' },
      'Invalid RouteSelectionExpression: for HTTP APIs it must be $request.method $request.path',
    ],
    [
      'with credentials for every origin',
      { Name: 'n', CorsConfiguration: { AllowOrigins: ['*'], AllowCredentials: true } },
      'Invalid CorsConfiguration: AllowCredentials is not supported when AllowOrigins contains *',
    ],
    [
      'with a cache of more than a day',
      { Name: 'n', CorsConfiguration: { MaxAge: 86_401 } },
      'Invalid value specified for MaxAge: expected an integer from -1 to 86400',
    ],
    ['with a reserved tag', { Name: 'n', Tags: { 'aws:x': '1' } }, 'Invalid tag key aws:x: the prefix aws: is reserved'],
    [
      'by quick create',
      { Name: 'n', Target: upstream },
      'Quick create (Target, RouteKey) is not supported by this development stand-in of API Gateway',
    ],
  ])('is refused %s', async (_, input, message) => {
    expect(await refusal(client.send(new CreateApiCommand({ ProtocolType: 'HTTP', Name: undefined, ...input })))).toEqual(bad(message));
  });

  it('is refused for WebSockets', async () => {
    expect((await refusal(client.send(new CreateApiCommand({ ProtocolType: 'WEBSOCKET', Name: 'n' })))).name).toBe('BadRequestException');
  });
});
