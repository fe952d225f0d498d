import { connect } from 'node:net';
import {
  CreateDeploymentCommand,
  CreateStageCommand,
  DeleteAuthorizerCommand,
  DeleteRouteCommand,
  UpdateApiCommand,
  UpdateIntegrationCommand,
  UpdateRouteCommand,
} from '@aws-sdk/client-apigatewayv2';
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
const reached = (): readonly string[] => upstream.seen.map(({ method, url }) => `${method} ${url}`);

describe('every answer', () => {
  it('says that it comes from a stand-in, on both planes', async () => {
    const answers = await Promise.all([
      call(`${aws.data.url}/nothing`),
      call(`${aws.control.url}/v2/apis`),
      call(`${aws.control.url}/_authctl/forget-keys`, { method: 'POST' }),
    ]);
    expect(answers.map(({ headers }) => headers['x-authctl-stand-in'])).toEqual(['embedded-aws', 'embedded-aws', 'embedded-aws']);
  });

  it("carries a request id of API Gateway's form", async () => {
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
    expect(gist(await call(`${api.url}/x`, { method: 'POST', headers: { 'content-length': String(most + 1) } }))).toEqual([
      413,
      '{"message":"Request Entity Too Large"}',
    ]);
    const chunked = await call(`${api.url}/x`, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      body: Buffer.alloc(most + 1),
    });
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
      socket
        .on('data', (data) => (text += data.toString()))
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*\{"message":"Bad Request"\}$/);
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
    await api.client.send(
      new UpdateIntegrationCommand({ ApiId: api.id, IntegrationId: integration, IntegrationUri: `${upstream.url}/changed` }),
    );
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
