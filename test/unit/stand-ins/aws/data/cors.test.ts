import { UpdateApiCommand } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../../../infra/stand-ins/src/aws/index.ts';
import {
  type Answered,
  type Issuer,
  type TestApi,
  type Upstream,
  call,
  createApi,
  makeKey,
  sdk,
  start,
  startIssuer,
  startUpstream,
  usualAnswer,
} from '../fixture.ts';

let aws: EmbeddedAws;
let upstream: Upstream;
let issuer: Issuer;

beforeAll(async () => {
  [upstream, issuer, aws] = await Promise.all([startUpstream(), startIssuer(await makeKey('only')), start()]);
});

beforeEach(() => {
  upstream.seen.length = 0;
  upstream.answer = usualAnswer;
});

afterAll(() => Promise.all([aws.close(), upstream.close(), issuer.close()]));

const newApi = (): Promise<TestApi> => createApi(sdk(aws));
const gist = ({ status, body }: Answered): readonly [number, string] => [status, body];
const notFound = [404, '{"message":"Not Found"}'];

describe('CORS', () => {
  let api: TestApi;
  const preflight = (origin: string, path = '/closed'): Promise<Answered> =>
    call(`${api.url}${path}`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });
  const corsHeaders = ({ headers }: Answered): Record<string, unknown> =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

  beforeAll(async () => {
    api = await newApi();
    const authorizer = await api.authorizer(issuer.url, ['orders']);
    const integration = await api.integration(upstream.url);
    await api.route('GET /closed', integration, { AuthorizationType: 'JWT', AuthorizerId: authorizer });
    await api.route('GET /open', integration);
    await api.stage();
    await api.client.send(
      new UpdateApiCommand({
        ApiId: api.id,
        CorsConfiguration: {
          AllowOrigins: ['https://shop.example'],
          AllowMethods: ['GET', 'POST'],
          AllowHeaders: ['authorization'],
          ExposeHeaders: ['x-id'],
          MaxAge: 300,
          AllowCredentials: true,
        },
      }),
    );
  });

  it('answers a preflight with 204 before the authorizer and without the upstream', async () => {
    const answer = await preflight('https://shop.example');
    expect([answer.status, answer.body, corsHeaders(answer), upstream.seen.length]).toEqual([
      204,
      '',
      {
        'access-control-allow-origin': 'https://shop.example',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization',
        'access-control-expose-headers': 'x-id',
        'access-control-max-age': '300',
        'access-control-allow-credentials': 'true',
      },
      0,
    ]);
  });

  it('gives a foreign origin no header', async () => {
    const [before, real] = [
      await preflight('https://evil.example'),
      await call(`${api.url}/open`, { headers: { origin: 'https://evil.example' } }),
    ];
    expect([before.status, corsHeaders(before), real.status, corsHeaders(real)]).toEqual([204, {}, 200, {}]);
  });

  it("replaces the integration's own headers, and marks refusals too", async () => {
    upstream.answer = (response) => void response.writeHead(200, { 'access-control-allow-origin': '*' }).end();
    const origin = { headers: { origin: 'https://shop.example' } };
    const expected = {
      'access-control-allow-origin': 'https://shop.example',
      'access-control-expose-headers': 'x-id',
      'access-control-allow-credentials': 'true',
    };
    const [open, closed, plain] = [
      await call(`${api.url}/open`, origin),
      await call(`${api.url}/closed`, origin),
      await call(`${api.url}/open`),
    ];
    expect([open.status, corsHeaders(open), closed.status, corsHeaders(closed), corsHeaders(plain)]).toEqual([
      200,
      expected,
      401,
      expected,
      {},
    ]);
  });

  it('allows every https origin by https://*', async () => {
    await api.client.send(new UpdateApiCommand({ ApiId: api.id, CorsConfiguration: { AllowOrigins: ['https://*'] } }));
    const answers = [await preflight('https://any.example'), await preflight('http://any.example')];
    expect(answers.map(corsHeaders)).toEqual([{ 'access-control-allow-origin': 'https://any.example' }, {}]);
  });

  it('leaves OPTIONS to the routes when it is no preflight', async () => {
    expect(gist(await call(`${api.url}/open`, { method: 'OPTIONS' }))).toEqual(notFound);
  });
});
