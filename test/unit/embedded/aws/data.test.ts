import { DeleteAuthorizerCommand, DeleteRouteCommand, UpdateApiCommand, UpdateIntegrationCommand, UpdateRouteCommand, UpdateStageCommand, CreateDeploymentCommand, CreateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedAws, LogEntry } from '../../../../src/embedded/aws/index.ts';
import {
  call, createApi, makeKey, sdk, serve, sign, start, startIssuer, startUpstream, testClock, usualAnswer,
  type Answered, type Issuer, type SigningKey, type TestApi, type Upstream,
} from './fixture.ts';

let aws: EmbeddedAws;
let upstream: Upstream;
let issuer: Issuer;
let key: SigningKey;
const logged: LogEntry[] = [];
const clock = testClock();

beforeAll(async () => {
  key = await makeKey('only');
  [upstream, issuer, aws] = await Promise.all([startUpstream(), startIssuer(key), start({ clock: clock.read, log: (entry) => logged.push(entry) })]);
});

beforeEach(() => {
  upstream.seen.length = 0;
  upstream.answer = usualAnswer;
  logged.length = 0;
});

afterAll(() => Promise.all([aws.close(), upstream.close(), issuer.close()]));

const newApi = (): Promise<TestApi> => createApi(sdk(aws));
const gist = ({ status, body }: Answered): readonly [number, string] => [status, body];
const notFound = [404, '{"message":"Not Found"}'];
const reached = (): readonly string[] => upstream.seen.map(({ method, url }) => `${method} ${url}`);

describe('every answer', () => {
  it('says that it comes from a stand-in, on both planes', async () => {
    const answers = await Promise.all([call(`${aws.data.url}/nothing`), call(`${aws.control.url}/v2/apis`), call(`${aws.control.url}/_authctl/forget-keys`, { method: 'POST' })]);
    expect(answers.map(({ headers }) => headers['x-authctl-stand-in'])).toEqual(['embedded-aws', 'embedded-aws', 'embedded-aws']);
  });

  it('carries a request id of API Gateway\'s form', async () => {
    const answer = await call(`${aws.data.url}/nothing`);
    expect(answer.headers['apigw-requestid']).toMatch(/^[A-Za-z0-9]{15}=$/);
  });
});

describe('a request finds its API', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await newApi();
    await api.route('GET /here', await api.integration(`${upstream.url}/here`));
    await api.stage();
    await api.stage({ StageName: 'beta' });
  });

  it('by path and by host name, in $default and in a named stage', async () => {
    const host = { host: `${api.id}.execute-api.localhost` };
    const answers = await Promise.all([
      call(`${api.url}/here`),
      call(`${api.url}/beta/here`),
      call(`${aws.data.url}/here`, { headers: host }),
      call(`${aws.data.url}/beta/here`, { headers: { host: `${host.host}:4566` } }),
    ]);
    expect(answers.map(gist)).toEqual(Array.from({ length: 4 }, () => [200, 'upstream']));
  });

  it('or is not found: another API, another stage, another path, another method', async () => {
    const answers = await Promise.all([
      call(`${aws.data.url}/execute-api/aaaaaaaaaa/here`),
      call(`${api.url}/gamma/here`),
      call(`${api.url}/$default/here`),
      call(`${api.url}/here/`),
      call(`${api.url}/Here`),
      call(`${api.url}/here`, { method: 'POST' }),
      call(`${aws.data.url}/`),
    ]);
    expect(answers.map(gist)).toEqual(Array.from({ length: 7 }, () => notFound));
    expect(upstream.seen).toEqual([]);
  });

  it('not through an endpoint that is switched off', async () => {
    await api.client.send(new UpdateApiCommand({ ApiId: api.id, DisableExecuteApiEndpoint: true }));
    expect(gist(await call(`${api.url}/here`))).toEqual(notFound);
  });
});

describe('the integration', () => {
  it('receives the request as it came: method, query, headers, body', async () => {
    const api = await newApi();
    await api.route('ANY /echo', await api.integration(`${upstream.url}/base?fixed=1`));
    await api.stage();
    upstream.answer = (response) => void response.writeHead(201, { 'x-one': ['a', 'b'], connection: 'x-hop', 'x-hop': 'gone' }).end('made');
    const answer = await call(`${api.url}/echo?a=1&a=2&b=%20`, {
      method: 'PUT',
      headers: { 'x-client': ['1', '2'], 'x-drop': 'me', connection: 'close, x-drop', authorization: 'Bearer kept' },
      body: 'payload',
    });
    expect([answer.status, answer.body, answer.headers['x-one'], answer.headers['x-hop']]).toEqual([201, 'made', 'a, b', undefined]);
    expect(upstream.seen).toHaveLength(1);
    const [seen] = upstream.seen;
    expect([seen?.method, seen?.url, seen?.body]).toEqual(['PUT', '/base?fixed=1&a=1&a=2&b=%20', 'payload']);
    expect(seen?.headers).toMatchObject({ 'x-client': '1, 2', authorization: 'Bearer kept', via: 'HTTP/1.1 AmazonAPIGateway', host: new URL(upstream.url).host });
    expect(seen?.headers['x-drop']).toBeUndefined();
    expect(seen?.headers['forwarded']).toContain('for="127.0.0.1"');
  });

  it('is given path variables where its URI names them, still encoded', async () => {
    const api = await newApi();
    await api.route('GET /orders/{id}/lines/{line}', await api.integration(`${upstream.url}/v2/{line}/of/{id}?id={id}`));
    await api.route('GET /files/{proxy+}', await api.integration(`${upstream.url}/store/{proxy}`));
    await api.route('GET /plain/{proxy+}', await api.integration(`${upstream.url}/fixed`));
    await api.stage();
    await call(`${api.url}/orders/a%2Fb/lines/7`);
    await call(`${api.url}/files/x/y%20z?q=1`);
    await call(`${api.url}/plain/anything/else`);
    expect(reached()).toEqual(['GET /v2/7/of/a%2Fb?id=a%2Fb', 'GET /store/x/y%20z?q=1', 'GET /fixed']);
  });

  it('of $default receives the whole path', async () => {
    const api = await newApi();
    await api.route('$default', await api.integration(`${upstream.url}/base/`));
    await api.stage({ StageName: 'beta' });
    await call(`${api.url}/beta/a/b?c=d`, { method: 'POST' });
    await call(`${api.url}/beta`);
    expect(reached()).toEqual(['POST /base/a/b?c=d', 'GET /base/']);
  });

  it('has its own method when one is given', async () => {
    const api = await newApi();
    await api.route('POST /read', await api.integration(`${upstream.url}/r`, { IntegrationMethod: 'GET' }));
    await api.stage();
    await call(`${api.url}/read`, { method: 'POST' });
    expect(reached()).toEqual(['GET /r']);
  });

  it('takes its host from a stage variable', async () => {
    const api = await newApi();
    await api.route('GET /v', await api.integration('http://${stageVariables.backend}/v'));
    await api.stage({ StageVariables: { backend: new URL(upstream.url).host } });
    await api.stage({ StageName: 'empty' });
    expect([gist(await call(`${api.url}/v`)), gist(await call(`${api.url}/empty/v`))]).toEqual([
      [200, 'upstream'],
      [500, '{"message":"Internal Server Error"}'],
    ]);
  });

  it('that is down is a 503, one that is too slow a 504, a route without one a 500', async () => {
    const api = await newApi();
    const closed = await serve(() => undefined);
    await closed.close();
    await api.route('GET /down', await api.integration(closed.url));
    await api.route('GET /slow', await api.integration(upstream.url, { TimeoutInMillis: 50 }));
    const none = await api.route('GET /none', await api.integration(upstream.url));
    await api.client.send(new UpdateRouteCommand({ ApiId: api.id, RouteId: none, Target: '' }));
    await api.stage();
    upstream.answer = () => undefined;
    const answers = await Promise.all(['down', 'slow', 'none'].map((path) => call(`${api.url}/${path}`)));
    expect(answers.map(gist)).toEqual([
      [503, '{"message":"Service Unavailable"}'],
      [504, '{"message":"Gateway Timeout"}'],
      [500, '{"message":"Internal Server Error"}'],
    ]);
  });

  it('that answers more than 10 MB is a 500', async () => {
    const api = await newApi();
    await api.route('GET /big', await api.integration(upstream.url));
    await api.stage();
    upstream.answer = (response) => void response.end(Buffer.alloc(10 * 1024 * 1024 + 1));
    expect(gist(await call(`${api.url}/big`))).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  it('answers a HEAD without a body', async () => {
    const api = await newApi();
    await api.route('ANY /x', await api.integration(upstream.url));
    await api.stage();
    const answer = await call(`${api.url}/x`, { method: 'HEAD' });
    expect([answer.status, answer.body, answer.headers['x-upstream']]).toEqual([200, '', 'yes']);
  });
});

describe('parameter mapping', () => {
  it('changes headers, query and path, from claims, context, request and stage', async () => {
    const api = await newApi();
    const authorizer = await api.authorizer(issuer.url, ['orders']);
    const integration = await api.integration(`${upstream.url}/before`, {
      RequestParameters: {
        'overwrite:header.x-sub': '$context.authorizer.claims.sub',
        'overwrite:header.x-roles': '$context.authorizer.claims.roles',
        'overwrite:header.x-absent': '$context.authorizer.claims.absent',
        'append:header.x-list': '${context.stage}-${stageVariables.colour}',
        'remove:header.x-secret': "''",
        'overwrite:querystring.page': '$request.querystring.p',
        'append:querystring.id': '$request.path.id',
        'remove:querystring.p': "''",
        'overwrite:path': '/after é/${request.path.id}',
        'overwrite:header.x-name': '$request.body.user.names[1]',
        'overwrite:header.x-fixed': 'always',
      },
    });
    await api.route('POST /o/{id}', integration, { AuthorizationType: 'JWT', AuthorizerId: authorizer });
    await api.stage({ StageVariables: { colour: 'blue' } });
    const token = await sign(key, { iss: issuer.url, aud: 'orders', sub: 'al\r\nice', roles: ['a', null, 'b'], exp: clock.now + 60 } as never);
    await call(`${api.url}/o/a%20b%2F..?p=2&q=1`, {
      method: 'POST',
      headers: { authorization: token, 'x-sub': 'root', 'x-absent': 'forged', 'x-list': 'one', 'x-secret': 's', 'content-type': 'application/json' },
      body: JSON.stringify({ user: { names: ['x', 'y'] } }),
    });
    const [seen] = upstream.seen;
    expect(seen?.url).toBe('/after%20%C3%A9/a%20b%2F..?q=1&page=2&id=a+b%2F..');
    expect(seen?.headers).toMatchObject({ 'x-sub': 'alice', 'x-roles': '[a  b]', 'x-list': 'one,$default-blue', 'x-name': 'y', 'x-fixed': 'always' });
    expect([seen?.headers['x-absent'], seen?.headers['x-secret']]).toEqual([undefined, undefined]);
  });

  it('changes the status and headers of a response', async () => {
    const api = await newApi();
    const responses = { '500': { 'overwrite:statuscode': '403', 'append:header.x-id': '$context.requestId', 'remove:header.x-upstream': "''", 'overwrite:header.x-why': '$response.body.why' } };
    await api.route('GET /x', await api.integration(upstream.url, { ResponseParameters: responses }));
    await api.stage();
    upstream.answer = (response) => void response.writeHead(500, { 'x-upstream': 'yes' }).end('{"why":"because"}');
    const answer = await call(`${api.url}/x`);
    expect([answer.status, answer.headers['x-id'], answer.headers['x-upstream'], answer.headers['x-why']]).toEqual([403, answer.headers['apigw-requestid'], undefined, 'because']);
  });
});

describe('limits', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await newApi();
    await api.route('ANY /x', await api.integration(upstream.url));
    await api.stage();
  });

  it('a body of 10 MB passes and a byte more is 413, announced or in chunks', async () => {
    const most = 10 * 1024 * 1024;
    expect((await call(`${api.url}/x`, { method: 'POST', body: Buffer.alloc(most) })).status).toBe(200);
    expect(gist(await call(`${api.url}/x`, { method: 'POST', headers: { 'content-length': String(most + 1) } }))).toEqual([413, '{"message":"Request Entity Too Large"}']);
    const chunked = await call(`${api.url}/x`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: Buffer.alloc(most + 1) });
    expect(chunked.status).toBe(413);
    expect(upstream.seen).toHaveLength(1);
  });

  it('request line and header values of more than 10 240 bytes are 431', async () => {
    const few = await call(`${api.url}/x`, { headers: { 'x-long': 'a'.repeat(10_000) } });
    const many = await call(`${api.url}/x`, { headers: { 'x-long': 'a'.repeat(10_240) } });
    const beyondTheParser = await call(`${api.url}/x`, { headers: { 'x-long': 'a'.repeat(70_000) } });
    expect([few.status, gist(many), gist(beyondTheParser)]).toEqual([
      200,
      [431, '{"message":"Request Header Fields Too Large"}'],
      [431, '{"message":"Request Header Fields Too Large"}'],
    ]);
    expect(beyondTheParser.headers['x-authctl-stand-in']).toBe('embedded-aws');
  });

  it('what is not HTTP is 400', async () => {
    const { port } = new URL(aws.data.url);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('no http\r\n\r\n'));
      socket.on('data', (data) => (text += data.toString())).on('end', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*\{"message":"Bad Request"\}$/);
  });
});

describe('throttling', () => {
  it('lets a burst pass, then the rate, a bucket for each route', async () => {
    const api = await newApi();
    const integration = await api.integration(upstream.url);
    await api.route('GET /a', integration);
    await api.route('GET /b', integration);
    await api.stage({ DefaultRouteSettings: { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 0.5 }, RouteSettings: { 'GET /b': { ThrottlingBurstLimit: 1 } } });
    const statuses = async (path: string, times: number): Promise<readonly number[]> => {
      const found: number[] = [];
      for (let time = 0; time < times; time += 1) found.push((await call(`${api.url}${path}`)).status);
      return found;
    };
    expect([await statuses('/a', 3), await statuses('/b', 2)]).toEqual([[200, 200, 429], [200, 429]]);
    expect(gist(await call(`${api.url}/a`))).toEqual([429, '{"message":"Too Many Requests"}']);
    clock.now += 2;
    expect(await statuses('/a', 2)).toEqual([200, 429]);
  });
});

describe('CORS', () => {
  let api: TestApi;
  const preflight = (origin: string, path = '/closed'): Promise<Answered> =>
    call(`${api.url}${path}`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });
  const corsHeaders = ({ headers }: Answered): Record<string, unknown> => Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

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
        CorsConfiguration: { AllowOrigins: ['https://shop.example'], AllowMethods: ['GET', 'POST'], AllowHeaders: ['authorization'], ExposeHeaders: ['x-id'], MaxAge: 300, AllowCredentials: true },
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
    const [before, real] = [await preflight('https://evil.example'), await call(`${api.url}/open`, { headers: { origin: 'https://evil.example' } })];
    expect([before.status, corsHeaders(before), real.status, corsHeaders(real)]).toEqual([204, {}, 200, {}]);
  });

  it('replaces the integration\'s own headers, and marks refusals too', async () => {
    upstream.answer = (response) => void response.writeHead(200, { 'access-control-allow-origin': '*' }).end();
    const origin = { headers: { origin: 'https://shop.example' } };
    const expected = { 'access-control-allow-origin': 'https://shop.example', 'access-control-expose-headers': 'x-id', 'access-control-allow-credentials': 'true' };
    const [open, closed, plain] = [await call(`${api.url}/open`, origin), await call(`${api.url}/closed`, origin), await call(`${api.url}/open`)];
    expect([open.status, corsHeaders(open), closed.status, corsHeaders(closed), corsHeaders(plain)]).toEqual([200, expected, 401, expected, {}]);
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

describe('deployment', () => {
  it('serves nothing that was not deployed', async () => {
    const api = await newApi();
    const integration = await api.integration(`${upstream.url}/one`);
    const route = await api.route('GET /one', integration);
    await api.stage({ AutoDeploy: false });
    expect(gist(await call(`${api.url}/one`))).toEqual(notFound);
    const { DeploymentId } = await api.client.send(new CreateDeploymentCommand({ ApiId: api.id, StageName: '$default' }));
    await api.route('GET /two', integration);
    await api.client.send(new UpdateIntegrationCommand({ ApiId: api.id, IntegrationId: integration, IntegrationUri: `${upstream.url}/changed` }));
    await api.client.send(new DeleteRouteCommand({ ApiId: api.id, RouteId: route }));
    expect([(await call(`${api.url}/one`)).status, (await call(`${api.url}/two`)).status, reached()]).toEqual([200, 404, ['GET /one']]);
    await api.client.send(new CreateDeploymentCommand({ ApiId: api.id, StageName: '$default' }));
    expect([(await call(`${api.url}/one`)).status, (await call(`${api.url}/two`)).status]).toEqual([404, 200]);
    await api.client.send(new CreateStageCommand({ ApiId: api.id, StageName: 'old', ...(DeploymentId !== undefined && { DeploymentId }) }));
    expect((await call(`${api.url}/old/one`)).status).toBe(200);
  });

  it('follows every change of a stage that deploys automatically, down to the last route', async () => {
    const api = await newApi();
    await api.stage();
    const route = await api.route('GET /one', await api.integration(upstream.url));
    expect((await call(`${api.url}/one`)).status).toBe(200);
    await api.client.send(new DeleteRouteCommand({ ApiId: api.id, RouteId: route }));
    expect(gist(await call(`${api.url}/one`))).toEqual(notFound);
  });

  it('opens a route at once when its authorizer is taken away', async () => {
    const api = await newApi();
    const authorizer = await api.authorizer(issuer.url, ['orders']);
    const route = await api.route('GET /x', await api.integration(upstream.url), { AuthorizationType: 'JWT', AuthorizerId: authorizer });
    await api.stage();
    expect((await call(`${api.url}/x`)).status).toBe(401);
    await api.client.send(new UpdateRouteCommand({ ApiId: api.id, RouteId: route, AuthorizationType: 'NONE' }));
    await api.client.send(new DeleteAuthorizerCommand({ ApiId: api.id, AuthorizerId: authorizer }));
    expect((await call(`${api.url}/x`)).status).toBe(200);
  });

  it('refuses every request to a route that wants IAM signatures', async () => {
    const api = await newApi();
    await api.route('GET /x', await api.integration(upstream.url), { AuthorizationType: 'AWS_IAM' });
    await api.stage();
    expect([gist(await call(`${api.url}/x`)), upstream.seen.length]).toEqual([[403, '{"message":"Forbidden"}'], 0]);
  });
});

describe('the access log', () => {
  it('is a line for each request, with what is missing as a dash and quotes escaped', async () => {
    const api = await newApi();
    const authorizer = await api.authorizer(issuer.url, ['orders']);
    await api.route('GET /x', await api.integration(upstream.url), { AuthorizationType: 'JWT', AuthorizerId: authorizer });
    const destination = 'arn:aws:logs:eu-west-1:000000000000:log-group:access';
    const format = '$context.requestId $context.routeKey $context.status $context.responseLength "$context.authorizer.error" $context.authorizer.claims.sub $context.identity.userAgent $context.nothing';
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

  it('knows the request\'s time, place and integration', async () => {
    const api = await newApi();
    await api.route('GET /x/{id}', await api.integration(upstream.url));
    const format =
      '$context.extendedRequestId|$context.accountId|$context.apiId|$context.stage|$context.httpMethod|$context.path|$context.protocol|$context.domainName|$context.domainPrefix|$context.identity.sourceIp|$context.integration.status|$context.requestTimeEpoch|$context.requestTime|$context.responseLatency';
    await api.stage();
    await api.client.send(
      new UpdateStageCommand({ ApiId: api.id, StageName: '$default', AccessLogSettings: { DestinationArn: 'arn:aws:firehose:eu-west-1:000000000000:deliverystream/amazon-apigateway-x', Format: format } }),
    );
    const before = clock.now;
    clock.now = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
    const answer = await call(`${aws.data.url}/x/1`, { headers: { host: `${api.id}.execute-api.localhost` } });
    clock.now = before;
    const [entry] = logged;
    expect(entry?.type === 'access' && entry.line.split('|')).toEqual([
      answer.headers['apigw-requestid'], '000000000000', api.id, '$default', 'GET', '/x/1', 'HTTP/1.1', `${api.id}.execute-api.localhost`, api.id,
      '127.0.0.1', '200', '1767323045', '02/Jan/2026:03:04:05 +0000', '0',
    ]);
  });
});
