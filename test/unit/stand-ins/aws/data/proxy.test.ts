import { UpdateRouteCommand } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../../../infra/stand-ins/src/aws/index.ts';
import {
  type Answered,
  type Issuer,
  type SigningKey,
  type TestApi,
  type Upstream,
  call,
  createApi,
  makeKey,
  sdk,
  serve,
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
const clock = testClock();

beforeAll(async () => {
  key = await makeKey('only');
  [upstream, issuer, aws] = await Promise.all([startUpstream(), startIssuer(key), start({ clock: clock.read })]);
});

beforeEach(() => {
  upstream.seen.length = 0;
  upstream.answer = usualAnswer;
});

afterAll(() => Promise.all([aws.close(), upstream.close(), issuer.close()]));

const newApi = (): Promise<TestApi> => createApi(sdk(aws));
const gist = ({ status, body }: Answered): readonly [number, string] => [status, body];
const reached = (): readonly string[] => upstream.seen.map(({ method, url }) => `${method} ${url}`);

const LISTENER = 'arn:aws:elasticloadbalancing:ap-northeast-1:000000000000:listener/net/orders/0123456789abcdef/fedcba9876543210';
const listens = (url: string, link: string): Promise<unknown> => fetch(`${aws.control.url}/_authctl/listeners`, { method: 'PUT', body: JSON.stringify({ [LISTENER]: { url, link } }) });

describe('what stands in a VPC', () => {
  const privately = { ConnectionType: 'VPC_LINK', ConnectionId: 'abc123' } as const;

  it('gets the path of the request with the name of the stage, unless it is told the path without', async () => {
    await listens(upstream.url, 'abc123');
    const api = await newApi();
    await api.route('ANY /orders/{proxy+}', await api.integration(LISTENER, { ...privately, IntegrationMethod: 'ANY' }));
    await api.route('GET /bare/{id}', await api.integration(LISTENER, { ...privately, RequestParameters: { 'overwrite:path': '$request.path' } }));
    await api.stage({ StageName: 'live' });
    for (const path of ['/live/orders/7?a=1', '/live/bare/7']) await call(`${api.url}${path}`);
    expect(reached()).toEqual(['GET /live/orders/7?a=1', 'GET /bare/7']);
  });

  it('gets the path as it is at $default, and on the default route', async () => {
    await listens(upstream.url, 'abc123');
    const api = await newApi();
    await api.route('$default', await api.integration(LISTENER, { ...privately, IntegrationMethod: 'ANY' }));
    await api.stage();
    await call(`${api.url}/a/b`);
    expect(reached()).toEqual(['GET /a/b']);
  });

  it('is asked over TLS where a name is to be verified: one that speaks none is not reached', async () => {
    await listens(upstream.url, 'abc123');
    const api = await newApi();
    await api.route('GET /orders', await api.integration(LISTENER, { ...privately, TlsConfig: { ServerNameToVerify: 'orders.internal.example' } }));
    await api.stage();
    expect(gist(await call(`${api.url}/orders`))).toEqual([503, '{"message":"Service Unavailable"}']);
    expect(reached()).toEqual([]);
  });

  it('takes no address of a server', async () => {
    await listens(upstream.url, 'abc123');
    const api = await newApi();
    await expect(api.integration(upstream.url, privately)).rejects.toThrow('For VpcLink, integration uri should be a valid ELB listener ARN');
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
    expect(seen?.headers).toMatchObject({
      'x-client': '1, 2',
      authorization: 'Bearer kept',
      via: 'HTTP/1.1 AmazonAPIGateway',
      host: new URL(upstream.url).host,
    });
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
    const token = await sign(key, {
      iss: issuer.url,
      aud: 'orders',
      sub: 'al\r\nice',
      roles: ['a', null, 'b'],
      exp: clock.now + 60,
    } as never);
    await call(`${api.url}/o/a%20b%2F..?p=2&q=1`, {
      method: 'POST',
      headers: {
        authorization: token,
        'x-sub': 'root',
        'x-absent': 'forged',
        'x-list': 'one',
        'x-secret': 's',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ user: { names: ['x', 'y'] } }),
    });
    const [seen] = upstream.seen;
    expect(seen?.url).toBe('/after%20%C3%A9/a%20b%2F..?q=1&page=2&id=a+b%2F..');
    expect(seen?.headers).toMatchObject({
      'x-sub': 'alice',
      'x-roles': '[a  b]',
      'x-list': 'one,$default-blue',
      'x-name': 'y',
      'x-fixed': 'always',
    });
    expect([seen?.headers['x-absent'], seen?.headers['x-secret']]).toEqual([undefined, undefined]);
  });

  it('changes the status and headers of a response', async () => {
    const api = await newApi();
    const responses = {
      '500': {
        'overwrite:statuscode': '403',
        'append:header.x-id': '$context.requestId',
        'remove:header.x-upstream': "''",
        'overwrite:header.x-why': '$response.body.why',
      },
    };
    await api.route('GET /x', await api.integration(upstream.url, { ResponseParameters: responses }));
    await api.stage();
    upstream.answer = (response) => void response.writeHead(500, { 'x-upstream': 'yes' }).end('{"why":"because"}');
    const answer = await call(`${api.url}/x`);
    expect([answer.status, answer.headers['x-id'], answer.headers['x-upstream'], answer.headers['x-why']]).toEqual([
      403,
      answer.headers['apigw-requestid'],
      undefined,
      'because',
    ]);
  });
});
