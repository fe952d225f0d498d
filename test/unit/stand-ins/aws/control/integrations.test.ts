import {
  type ApiGatewayV2Client,
  CreateIntegrationCommand,
  type CreateIntegrationRequest,
  DeleteIntegrationCommand,
  GetIntegrationCommand,
  UpdateIntegrationCommand,
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

describe('an integration', () => {
  const base = { IntegrationType: 'HTTP_PROXY', IntegrationMethod: 'ANY', IntegrationUri: upstream, PayloadFormatVersion: '1.0' } as const;

  it('is created, read, changed and deleted', async () => {
    const { id: ApiId } = await newApi();
    const created = plain(
      await client.send(
        new CreateIntegrationCommand({ ApiId, ...base, RequestParameters: { 'overwrite:header.x-a': '1', 'remove:header.x-b': '' } }),
      ),
    );
    const expected = {
      ...base,
      ConnectionType: 'INTERNET',
      IntegrationId: expect.stringMatching(/^[a-z0-9]{7}$/) as string,
      RequestParameters: { 'overwrite:header.x-a': '1', 'remove:header.x-b': "''" },
      TimeoutInMillis: 30_000,
    };
    expect(created).toEqual(expected);
    const { IntegrationId } = created;
    expect(plain(await client.send(new GetIntegrationCommand({ ApiId, IntegrationId })))).toEqual(expected);
    const changed = await client.send(
      new UpdateIntegrationCommand({
        ApiId,
        IntegrationId,
        TimeoutInMillis: 50,
        RequestParameters: { 'overwrite:header.x-a': '', 'append:header.x-c': '$context.requestId' },
        ResponseParameters: { '404': { 'append:header.x': 'y' } },
      }),
    );
    const after = {
      ...expected,
      TimeoutInMillis: 50,
      RequestParameters: { 'remove:header.x-b': "''", 'append:header.x-c': '$context.requestId' },
    };
    expect(plain(changed)).toEqual({ ...after, ResponseParameters: { '404': { 'append:header.x': 'y' } } });
    expect(plain(await client.send(new UpdateIntegrationCommand({ ApiId, IntegrationId, ResponseParameters: { '404': {} } })))).toEqual({
      ...after,
      ResponseParameters: {},
    });
    await client.send(new DeleteIntegrationCommand({ ApiId, IntegrationId }));
    expect(await refusal(client.send(new GetIntegrationCommand({ ApiId, IntegrationId })))).toEqual(
      absent(`Invalid Integration identifier specified ${IntegrationId}`),
    );
  });

  const badUri = 'Invalid HTTP endpoint specified for URI';
  const refused: readonly (readonly [string, Partial<CreateIntegrationRequest>, string])[] = [
    ['without a payload format', { PayloadFormatVersion: undefined }, 'PayloadFormatVersion is required'],
    [
      'with payload format 2.0',
      { PayloadFormatVersion: '2.0' },
      'PayloadFormatVersion 1.0 is the only supported value for HTTP_PROXY integrations',
    ],
    ['without a method', { IntegrationMethod: undefined }, 'IntegrationMethod is required'],
    ['without a URI', { IntegrationUri: undefined }, 'IntegrationUri is required'],
    ['with a relative URI', { IntegrationUri: '/orders' }, badUri],
    ['with another scheme', { IntegrationUri: 'ftp://upstream.example' }, badUri],
    ['with a user in its URI', { IntegrationUri: 'https://user:pass@upstream.example' }, badUri],
    ['with a path variable in its host', { IntegrationUri: 'https://{host}/x' }, badUri],
    ['with a space in its URI', { IntegrationUri: 'https://upstream.example/a b' }, badUri],
    [
      'with too short a timeout',
      { TimeoutInMillis: 49 },
      'Invalid value specified for TimeoutInMillis: expected an integer from 50 to 30000',
    ],
    [
      'with too long a timeout',
      { TimeoutInMillis: 30_001 },
      'Invalid value specified for TimeoutInMillis: expected an integer from 50 to 30000',
    ],
    ['of a WebSocket type', { IntegrationType: 'MOCK' }, 'Integration type MOCK is not supported for HTTP APIs'],
    [
      'of the Lambda type with the address of a server',
      { IntegrationType: 'AWS_PROXY', IntegrationMethod: 'POST' },
      'Invalid function ARN or invalid uri',
    ],
    [
      'of the Lambda type that asks by GET',
      { IntegrationType: 'AWS_PROXY', IntegrationMethod: 'GET', IntegrationUri: 'arn:aws:lambda:ap-northeast-1:000000000000:function:orders' },
      'HttpMethod must be POST for AWS_PROXY IntegrationType.',
    ],
    [
      'of another service of AWS',
      { IntegrationType: 'AWS_PROXY', IntegrationSubtype: 'SQS-SendMessage' },
      'An integration with another service of AWS is not supported by this development stand-in of API Gateway',
    ],
    [
      'over a VPC link that is not there',
      { ConnectionType: 'VPC_LINK', ConnectionId: 'abc123' },
      'Invalid VpcLink ID: abc123',
    ],
    ['to a server, with a VPC link', { ConnectionId: 'abc123' }, 'connectionId is supported only for private integrations'],
    [
      'that maps Authorization',
      { RequestParameters: { 'overwrite:header.Authorization': 'x' } },
      'Operations on header authorization are restricted',
    ],
    [
      'that maps an x-amzn header',
      { RequestParameters: { 'append:header.X-Amzn-Any': 'x' } },
      'Operations on header x-amzn-any are restricted',
    ],
    [
      'that maps a reserved response header',
      { ResponseParameters: { '200': { 'remove:header.Via': "''" } } },
      'Operations on header via are restricted',
    ],
    [
      'with an unknown action',
      { RequestParameters: { 'replace:header.x': 'x' } },
      'Invalid mapping expression specified: replace:header.x',
    ],
    [
      'with an unknown variable',
      { RequestParameters: { 'append:header.x': '$claims.sub' } },
      'Invalid mapping expression specified: $claims.sub',
    ],
    [
      'with an unclosed variable',
      { RequestParameters: { 'append:header.x': '${context.stage' } },
      'Invalid mapping expression specified: ${context.stage',
    ],
    [
      'with a value to remove',
      { RequestParameters: { 'remove:header.x': 'x' } },
      'Invalid mapping expression specified: remove:header.x takes no value',
    ],
    [
      'with a mapping for no status',
      { ResponseParameters: { ok: { 'append:header.x': 'y' } } },
      'Invalid ResponseParameters: ok is not a status code from 200 to 599',
    ],
    [
      'with an impossible status',
      { ResponseParameters: { '200': { 'overwrite:statuscode': '99' } } },
      'Invalid mapping expression specified: overwrite:statuscode takes a status code',
    ],
  ];
  it.each(refused)('is refused %s', async (_, change, message) => {
    const { id: ApiId } = await newApi();
    expect(await refusal(client.send(new CreateIntegrationCommand({ ApiId, ...base, ...change } as CreateIntegrationRequest)))).toEqual(
      bad(message),
    );
  });

  it('is not deleted while a route uses it', async () => {
    const api = await newApi();
    const IntegrationId = await api.integration(upstream);
    const route = await api.route('GET /x', IntegrationId);
    expect(await refusal(client.send(new DeleteIntegrationCommand({ ApiId: api.id, IntegrationId })))).toEqual(
      conflict(`Cannot delete Integration because it is referenced by the following Routes with Ids: [${route}]`),
    );
  });

  it('is refused as the 301st, as a route is', async () => {
    const api = await newApi();
    const first = await api.integration(upstream);
    await Promise.all(Array.from({ length: 299 }, () => api.integration(upstream)));
    expect(await refusal(api.integration(upstream))).toEqual(
      tooMany('Maximum number of integrations for this API has been reached (300).'),
    );
    await Promise.all(Array.from({ length: 300 }, (_, index) => api.route(`GET /r${index}`, first)));
    expect(await refusal(api.route('GET /r300', first))).toEqual(tooMany('Maximum number of routes for this API has been reached (300).'));
  });
});
