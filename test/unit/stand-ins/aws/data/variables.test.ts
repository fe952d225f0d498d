import { UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedAws, LogEntry } from '../../../../../infra/stand-ins/src/aws/index.ts';
import {
  type Issuer,
  type SigningKey,
  type TestApi,
  type Upstream,
  call,
  createApi,
  makeKey,
  sdk,
  sign,
  start,
  startIssuer,
  startUpstream,
  testClock,
  usualAnswer,
} from '../fixture.ts';

let aws: EmbeddedAws;
let upstream: Upstream;
let issuer: Issuer;
let key: SigningKey;
const logged: LogEntry[] = [];
const clock = testClock();

beforeAll(async () => {
  key = await makeKey('only');
  [upstream, issuer, aws] = await Promise.all([
    startUpstream(),
    startIssuer(key),
    start({ clock: clock.read, log: (entry) => logged.push(entry) }),
  ]);
});

beforeEach(() => {
  upstream.seen.length = 0;
  upstream.answer = usualAnswer;
  logged.length = 0;
});

afterAll(() => Promise.all([aws.close(), upstream.close(), issuer.close()]));

const newApi = (): Promise<TestApi> => createApi(sdk(aws));

describe('the access log', () => {
  it('is a line for each request, with what is missing as a dash and quotes escaped', async () => {
    const api = await newApi();
    const authorizer = await api.authorizer(issuer.url, ['orders']);
    await api.route('GET /x', await api.integration(upstream.url), { AuthorizationType: 'JWT', AuthorizerId: authorizer });
    const destination = 'arn:aws:logs:eu-west-1:000000000000:log-group:access';
    const format =
      '$context.requestId $context.routeKey $context.status $context.responseLength "$context.authorizer.error" ' +
      '$context.authorizer.claims.sub $context.identity.userAgent $context.nothing';
    await api.stage({ AccessLogSettings: { DestinationArn: destination, Format: format } });
    const token = await sign(key, { iss: issuer.url, aud: 'orders', sub: 'alice', exp: clock.now + 60 });
    const refused = await call(`${api.url}/x`, { headers: { 'user-agent': 'say "hi"' } });
    const passed = await call(`${api.url}/x`, { headers: { authorization: token, 'user-agent': 'test' } });
    const entry = { type: 'access', apiId: api.id, stageName: '$default', destinationArn: destination };
    expect(logged).toEqual([
      { ...entry, line: `${refused.headers['apigw-requestid']} GET /x 401 26 "missing: token not provided" - say \\"hi\\" -` },
      { ...entry, line: `${passed.headers['apigw-requestid']} GET /x 200 8 "-" alice test -` },
    ]);
  });

  it("knows the request's time, place and integration", async () => {
    const api = await newApi();
    await api.route('GET /x/{id}', await api.integration(upstream.url));
    const names = [
      'extendedRequestId',
      'accountId',
      'apiId',
      'stage',
      'httpMethod',
      'path',
      'protocol',
      'domainName',
      'domainPrefix',
      'identity.sourceIp',
      'integration.status',
      'requestTimeEpoch',
      'requestTime',
      'responseLatency',
    ];
    const format = names.map((name) => `$context.${name}`).join('|');
    await api.stage();
    await api.client.send(
      new UpdateStageCommand({
        ApiId: api.id,
        StageName: '$default',
        AccessLogSettings: { DestinationArn: 'arn:aws:firehose:eu-west-1:000000000000:deliverystream/amazon-apigateway-x', Format: format },
      }),
    );
    const before = clock.now;
    clock.now = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
    const answer = await call(`${aws.data.url}/x/1`, { headers: { host: `${api.id}.execute-api.localhost` } });
    clock.now = before;
    const [entry] = logged;
    expect(entry?.type === 'access' && entry.line.split('|')).toEqual([
      answer.headers['apigw-requestid'],
      '000000000000',
      api.id,
      '$default',
      'GET',
      '/x/1',
      'HTTP/1.1',
      `${api.id}.execute-api.localhost`,
      api.id,
      '127.0.0.1',
      '200',
      '1767323045',
      '02/Jan/2026:03:04:05 +0000',
      '0',
    ]);
  });
});
