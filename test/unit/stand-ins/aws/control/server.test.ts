import {
  type ApiGatewayV2Client,
  CreateVpcLinkCommand,
  DeleteApiCommand,
  GetApiCommand,
  GetApisCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetTagsCommand,
  ReimportApiCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../../../infra/stand-ins/src/aws/index.ts';
import { type Issuer, type TestApi, call, createApi, makeKey, refusal, sdk, start, startIssuer, testClock } from '../fixture.ts';

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

describe('paging', () => {
  it('walks a collection by 25 or by MaxResults, in the order of creation', async () => {
    const api = await newApi();
    const ids: string[] = [];
    for (let index = 0; index < 27; index += 1) ids.push(await api.integration(upstream));
    const first = await client.send(new GetIntegrationsCommand({ ApiId: api.id }));
    const second = await client.send(new GetIntegrationsCommand({ ApiId: api.id, NextToken: first.NextToken }));
    const walked: (string | undefined)[] = [];
    let NextToken: string | undefined;
    let pages = 0;
    do {
      const page = await client.send(
        new GetIntegrationsCommand({ ApiId: api.id, MaxResults: '10', ...(NextToken !== undefined && { NextToken }) }),
      );
      walked.push(...(page.Items ?? []).map(({ IntegrationId }) => IntegrationId));
      NextToken = page.NextToken;
      pages += 1;
    } while (NextToken !== undefined);
    expect([first.Items?.length, second.Items?.length, second.NextToken, pages, walked]).toEqual([25, 2, undefined, 3, ids]);
  });

  it('refuses a page size and a token that it never gave', async () => {
    const api = await newApi();
    await api.integration(upstream);
    await api.integration(upstream);
    const { NextToken } = await client.send(new GetIntegrationsCommand({ ApiId: api.id, MaxResults: '1' }));
    const size = bad('Invalid MaxResults specified: expected 1 to 500');
    const token = bad('Invalid NextToken specified');
    expect([
      await refusal(client.send(new GetApisCommand({ MaxResults: '0' }))),
      await refusal(client.send(new GetApisCommand({ MaxResults: '501' }))),
      await refusal(client.send(new GetApisCommand({ MaxResults: 'all' }))),
      await refusal(client.send(new GetApisCommand({ NextToken: 'junk' }))),
      await refusal(client.send(new GetRoutesCommand({ ApiId: api.id, NextToken }))),
    ]).toEqual([size, size, size, token, token]);
  });
});

describe('tags', () => {
  it('are set, merged and taken off an API and a stage by ARN', async () => {
    const api = await newApi();
    await api.stage({ Tags: { a: '1' } });
    const arns = [`arn:aws:apigateway:eu-west-1::/apis/${api.id}`, `arn:aws:apigateway:eu-west-1::/apis/${api.id}/stages/$default`];
    const tags = (): Promise<unknown> =>
      Promise.all(arns.map(async (ResourceArn) => (await client.send(new GetTagsCommand({ ResourceArn }))).Tags));
    for (const ResourceArn of arns)
      await client.send(new TagResourceCommand({ ResourceArn, Tags: { 'authctl:owner': 'shop', b: 'two words' } }));
    expect(await tags()).toEqual([
      { 'authctl:owner': 'shop', b: 'two words' },
      { a: '1', 'authctl:owner': 'shop', b: 'two words' },
    ]);
    for (const ResourceArn of arns) await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a', 'b'] }));
    expect(await tags()).toEqual([{ 'authctl:owner': 'shop' }, { 'authctl:owner': 'shop' }]);
    expect((await client.send(new GetApiCommand({ ApiId: api.id }))).Tags).toEqual({ 'authctl:owner': 'shop' });
  });

  it('are refused beyond fifty, for a malformed ARN, another region, and a resource that is not there', async () => {
    const { id } = await newApi();
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']));
    const tag = (ResourceArn: string, Tags: Record<string, string>): Promise<unknown> =>
      refusal(client.send(new TagResourceCommand({ ResourceArn, Tags })));
    expect([
      await tag(`arn:aws:apigateway:eu-west-1::/apis/${id}`, many),
      await tag('arn:aws:s3:::bucket', {}),
      await tag(`arn:aws:apigateway:us-east-1::/apis/${id}`, {}),
      await tag('arn:aws:apigateway:eu-west-1::/apis/none', {}),
      await tag(`arn:aws:apigateway:eu-west-1::/apis/${id}/stages/none`, {}),
    ]).toEqual([
      bad('The number of tags exceeds the limit of 50'),
      bad('Invalid resource ARN specified arn:aws:s3:::bucket'),
      bad(`Invalid resource ARN specified arn:aws:apigateway:us-east-1::/apis/${id}`),
      absent('Invalid API identifier specified 000000000000:none'),
      absent('Invalid stage identifier specified'),
    ]);
  });
});

describe('the control plane', () => {
  it('answers 403 to a request without a signature, or with one for another service', async () => {
    const scope = (service: string): string =>
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const ask = async (headers: Record<string, string>): Promise<unknown> => {
      const answer = await call(`${aws.control.url}/v2/apis`, { headers });
      return [answer.status, answer.headers['x-amzn-errortype']];
    };
    expect([
      await ask({}),
      await ask({ authorization: 'Bearer x' }),
      await ask({ authorization: scope('s3') }),
      await ask({ authorization: scope('apigateway') }),
    ]).toEqual([
      [403, 'MissingAuthenticationTokenException'],
      [403, 'InvalidSignatureException'],
      [403, 'InvalidSignatureException'],
      [200, undefined],
    ]);
    expect((await call(`${aws.control.url}/v2/apis`)).body).toBe('{"message":"Missing Authentication Token"}');
  });

  it('does not know the operations it lacks', async () => {
    const { id } = await newApi();
    expect([
      await refusal(client.send(new ReimportApiCommand({ ApiId: id, Body: '{}' }))),
      await refusal(client.send(new CreateVpcLinkCommand({ Name: 'x', SubnetIds: [] }))),
    ]).toMatchObject([
      { name: 'UnknownOperationException', status: 404 },
      { name: 'UnknownOperationException', status: 404 },
    ]);
  });

  it('refuses a body that is no JSON object, and members of the wrong type', async () => {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/apigateway/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const post = async (body: string): Promise<unknown> => {
      const answer = await call(`${aws.control.url}/v2/apis`, { method: 'POST', headers: { authorization }, body });
      return [answer.status, answer.headers['x-amzn-errortype'], (JSON.parse(answer.body) as { message: string }).message];
    };
    expect([
      await post('{'),
      await post('[]'),
      await post('{"protocolType":"HTTP","name":1}'),
      await post('{"protocolType":"HTTP","name":"n","tags":["a"]}'),
    ]).toEqual([
      [400, 'BadRequestException', 'The request body is not a JSON object'],
      [400, 'BadRequestException', 'The request body is not a JSON object'],
      [400, 'BadRequestException', 'Invalid value specified for Name: expected a string'],
      [400, 'BadRequestException', 'Invalid value specified for Tags: expected an object'],
    ]);
  });

  it('counts its requests as reads and writes', async () => {
    const { reads, writes } = aws.requests();
    await client.send(new GetApisCommand({}));
    await newApi();
    await refusal(client.send(new DeleteApiCommand({ ApiId: 'none' })));
    expect(aws.requests()).toEqual({ reads: reads + 1, writes: writes + 2 });
  });

  it('says which port is taken, and leaves nothing open then', async () => {
    const taken = Number(new URL(aws.control.url).port);
    expect(await start({ controlPort: taken }).catch((error: unknown) => (error as NodeJS.ErrnoException).code)).toBe('EADDRINUSE');
  });
});
