import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CreateRouteRequest } from '@aws-sdk/client-apigatewayv2';
import type { EmbeddedAws } from '../../../../../infra/stand-ins/src/aws/index.ts';
import { type Issuer, type SigningKey, type TestApi, type Upstream, call, createApi, makeKey, sdk, sign, start, startIssuer, startUpstream, testClock } from '../fixture.ts';

const ARN = 'arn:aws:lambda:eu-west-1:000000000000:function:orders';
let aws: EmbeddedAws;
let runtime: Upstream;
let issuer: Issuer;
let key: SigningKey;
let api: TestApi;
const clock = testClock();

const says = (answer: unknown, more: Record<string, string> = {}): void => {
  runtime.answer = (response) => void response.writeHead(200, more).end(answer === undefined ? '' : JSON.stringify(answer));
};
const tell = (functions: Record<string, string>) => fetch(`${aws.control.url}/_authctl/functions`, { method: 'PUT', body: JSON.stringify(functions) });

beforeAll(async () => {
  key = await makeKey('only');
  [runtime, issuer, aws] = await Promise.all([startUpstream(), startIssuer(key), start({ clock: clock.read })]);
  await tell({ orders: runtime.url });
});
beforeEach(async () => {
  runtime.seen.length = 0;
  says({ statusCode: 200, body: 'seen' });
  api = await createApi(sdk(aws));
});
afterAll(() => Promise.all([aws.close(), runtime.close(), issuer.close()]));

const lambda = (PayloadFormatVersion: '1.0' | '2.0', uri = ARN, more: object = {}) => api.integration(uri, { IntegrationType: 'AWS_PROXY', IntegrationMethod: 'POST', PayloadFormatVersion, ...more });
const served = async (version: '1.0' | '2.0', routeKey = 'ANY /orders/{proxy+}', more: Partial<CreateRouteRequest> = {}, stage: Parameters<TestApi['stage']>[0] = {}): Promise<void> => {
  await api.route(routeKey, await lambda(version), more);
  await api.stage(stage);
};
const event = (): unknown => JSON.parse(runtime.seen[0]?.body ?? 'null');
const gist = async (path = '/orders/7'): Promise<readonly [number, string]> => {
  const { status, body } = await call(`${api.url}${path}`);
  return [status, body];
};

describe('a function', () => {
  it('is given the request as an event of the form 2.0', async () => {
    await served('2.0');
    await call(`${api.url}/orders/a%20b/c?x=1&x=2&y=`, { method: 'PUT', headers: { 'X-One': ['a', 'b'], cookie: 'k=v; l=w', 'content-type': 'application/json' }, body: '{"a":1}' });
    expect(runtime.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /2015-03-31/functions/orders/invocations']);
    expect(event()).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /orders/{proxy+}',
      rawPath: '/orders/a%20b/c',
      rawQueryString: 'x=1&x=2&y=',
      cookies: ['k=v', 'l=w'],
      headers: { 'x-one': 'a,b', 'content-type': 'application/json', 'x-forwarded-proto': 'http' },
      queryStringParameters: { x: '1,2', y: '' },
      requestContext: { accountId: '000000000000', apiId: api.id, stage: '$default', routeKey: 'ANY /orders/{proxy+}', http: { method: 'PUT', path: '/orders/a%20b/c', protocol: 'HTTP/1.1' }, timeEpoch: clock.now * 1000 },
      pathParameters: { proxy: 'a b/c' },
      body: '{"a":1}',
      isBase64Encoded: false,
    });
    expect(event()).not.toHaveProperty('headers.cookie');
    expect(event()).not.toHaveProperty('requestContext.authorizer');
  });

  it('is given it as one of the form 1.0, too', async () => {
    await served('1.0', 'POST /orders/{id}', {}, { StageName: 'dev', StageVariables: { tone: 'kind' } });
    await call(`${api.url}/dev/orders/7?x=1&x=2`, { method: 'POST', headers: { 'X-One': ['a', 'b'], cookie: 'k=v', 'content-type': 'image/png' }, body: 'bytes' });
    expect(event()).toMatchObject({
      version: '1.0',
      resource: '/orders/{id}',
      path: '/dev/orders/7',
      httpMethod: 'POST',
      headers: { 'x-one': 'b', cookie: 'k=v' },
      multiValueHeaders: { 'x-one': ['a', 'b'] },
      queryStringParameters: { x: '2' },
      multiValueQueryStringParameters: { x: ['1', '2'] },
      requestContext: { apiId: api.id, stage: 'dev', httpMethod: 'POST', resourcePath: '/orders/{id}', path: '/dev/orders/7' },
      pathParameters: { id: '7' },
      stageVariables: { tone: 'kind' },
      body: Buffer.from('bytes').toString('base64'),
      isBase64Encoded: true,
    });
  });

  it.each([['2.0', 'requestContext.authorizer.jwt'], ['1.0', 'requestContext.authorizer']] as const)('is told the verified claims as texts (%s), and the scopes where the route asks for one', async (version, place) => {
    const AuthorizerId = await api.authorizer(issuer.url, ['orders']);
    const integration = await lambda(version);
    await api.route('GET /scoped', integration, { AuthorizationType: 'JWT', AuthorizerId, AuthorizationScopes: ['read'] });
    await api.route('GET /any', integration, { AuthorizationType: 'JWT', AuthorizerId });
    await api.stage();
    const token = await sign(key, { iss: issuer.url, aud: 'orders', exp: clock.now + 60, scope: 'read write', groups: ['a', 'b'], nothing: null });
    await call(`${api.url}/scoped`, { headers: { authorization: `Bearer ${token}` } });
    await call(`${api.url}/any`, { headers: { authorization: `Bearer ${token}` } });
    const [scoped, any] = runtime.seen.map(({ body }) => JSON.parse(body) as unknown);
    expect(scoped).toHaveProperty(place, { claims: { iss: issuer.url, aud: 'orders', exp: String(clock.now + 60), scope: 'read write', groups: '[a b]' }, scopes: ['read', 'write'] });
    expect(any).toHaveProperty(`${place}.scopes`, null);
  });

  it.each<readonly [what: string, answer: unknown, status: number, body: string]>([
    ['an object without a status', { id: 7 }, 200, '{"id":7}'],
    ['a text', 'hello', 200, 'hello'],
    ['nothing', null, 200, 'null'],
    ['a status and a body', { statusCode: 404, body: 'none' }, 404, 'none'],
    ['a status alone', { statusCode: 201 }, 201, ''],
    ['a body in base64', { statusCode: 200, body: 'aGk=', isBase64Encoded: true }, 200, 'hi'],
    ['a body that is no text', { statusCode: 200, body: { a: 1 } }, 500, '{"message":"Internal Server Error"}'],
    ['a status that is none', { statusCode: 'ok' }, 500, '{"message":"Internal Server Error"}'],
    ['headers that are none', { statusCode: 200, headers: 'x' }, 500, '{"message":"Internal Server Error"}'],
    ['cookies that are none', { statusCode: 200, cookies: 'x' }, 500, '{"message":"Internal Server Error"}'],
  ])('answers in the form 2.0 with %s', async (_what, answer, status, body) => {
    says(answer);
    await served('2.0');
    expect(await gist()).toEqual([status, body]);
  });

  it.each<readonly [what: string, answer: unknown, status: number]>([
    ['a status', { statusCode: 202, body: 'taken' }, 202],
    ['no status', { id: 7 }, 500],
    ['a text', 'hello', 500],
  ])('answers in the form 1.0 with %s', async (_what, answer, status) => {
    says(answer);
    await served('1.0');
    expect((await gist())[0]).toBe(status);
  });

  it('sets headers and cookies by either form', async () => {
    says({ statusCode: 200, headers: { 'X-Made': 'one', 'content-length': '99' }, cookies: ['a=1', 'b=2'], body: 'x' });
    await served('2.0');
    const second = await call(`${api.url}/orders/7`);
    expect([second.headers['x-made'], second.headers['set-cookie'], second.headers['content-length']]).toEqual(['one', ['a=1', 'b=2'], '1']);
    says({ statusCode: 200, multiValueHeaders: { 'X-Made': ['one', 'two'] }, cookies: ['a=1'] });
    await api.route('GET /first', await lambda('1.0'));
    const first = await call(`${api.url}/first`);
    expect([first.headers['x-made'], first.headers['set-cookie']]).toEqual(['one, two', undefined]);
  });

  it('is asked at its alias, by the address of its invocations and by a variable of the stage', async () => {
    const invoked = 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions';
    await api.route('GET /alias', await lambda('2.0', `${ARN}:live`));
    await api.route('GET /invoked', await lambda('2.0', `${invoked}/${ARN}/invocations`));
    await api.route('GET /staged', await lambda('2.0', ARN.replace('orders', '${stageVariables.name}')));
    await api.stage({ StageVariables: { name: 'orders' } });
    for (const path of ['/alias', '/invoked', '/staged']) expect((await gist(path))[0]).toBe(200);
    const plain = '/2015-03-31/functions/orders/invocations';
    expect(runtime.seen.map(({ url }) => url)).toEqual([`${plain}?Qualifier=live`, plain, plain]);
  });

  it('that fails, is not there, lets nobody in or says no JSON is 500, and one that is too slow 503', async () => {
    says({ errorMessage: 'broken' }, { 'x-amz-function-error': 'Unhandled' });
    await served('2.0');
    await api.route('GET /unknown', await lambda('2.0', `${ARN}-of-nobody`));
    await api.route('GET /slow', await lambda('2.0', ARN, { TimeoutInMillis: 50 }));
    expect(await gist()).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(await gist('/unknown')).toEqual([500, '{"message":"Internal Server Error"}']);
    runtime.answer = (response) => void response.writeHead(429).end('{}');
    expect((await gist())[0]).toBe(500);
    runtime.answer = (response) => void response.end('no JSON');
    expect((await gist())[0]).toBe(500);
    runtime.answer = () => undefined;
    expect(await gist('/slow')).toEqual([503, '{"message":"Service Unavailable"}']);
  });
});
