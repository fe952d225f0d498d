import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateDeploymentCommand, GetDeploymentsCommand } from '@aws-sdk/client-apigatewayv2';
import { exitCodeOf } from 'authctl';
import type { Report } from 'authctl';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressOfChange, changesOf } from '../../../src/core/plan.ts';
import { titleOf } from '../../../src/report/change.ts';
import { awsHands } from '../../stack/sabotages/aws-by-hand.ts';
import { pool, startPool } from './pool.ts';

const told = (report: Report): readonly string[] => (report.plan ? changesOf(report.plan).filter(({ action }) => action !== 'keep').map((change) => `${titleOf(change, report)} ${addressOfChange(change)}`) : []);
const open = { AuthorizationType: 'NONE' as const, AuthorizationScopes: [] as string[] };
const deployedByApply = pool.replace('endpoint: "${AWS_ENDPOINT}" }', 'endpoint: "${AWS_ENDPOINT}", autoDeploy: false, stages: [live, canary] }');
const HEALTH = '      health: { match: GET /parcels/health, public: true }\n';

const start = async (text = deployedByApply) => {
  const started = await startPool(text);
  const hands = awsHands({ region: 'eu-central-1', endpoint: started.aws.control.url, upstream: started.upstream.url, issuer: started.issuer.url });
  const status = async (path: string, stage = 'live'): Promise<number> => (await fetch(`${String((await hands.api()).ApiEndpoint)}/${stage}${path}`)).status;
  return { ...started, hands, status, authctl: started.open() };
};

it('deploys once, when everything is written, and serves what it has deployed whatever is changed beside it', async () => {
  const { authctl, file, hands, status } = await start();
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  expect(told(await authctl.plan(file))).toEqual([]);
  const deployment = await hands.served('live');
  expect([await status('/parcels'), await status('/parcels/health'), await status('/parcels/health', 'canary')]).toEqual([401, 200, 200]);

  await hands.changeRoute('GET /parcels', open);
  const found = await authctl.drift(file);
  expect(told(found)).toEqual(['changed aws.route/parcels/GET /parcels', 'opens aws.route/parcels/GET /parcels']);
  expect((found.plan ? changesOf(found.plan) : []).flatMap((change) => (change.action === 'danger' ? [change.danger.what] : []))).toEqual(['GET /parcels reaches its upstream without a token, as soon as somebody deploys it']);
  // What is attacked is what is served.
  expect(await status('/parcels')).toBe(401);
  expect(exitCodeOf(await authctl.verify(file, { only: ['SIG-01', 'AWS-17'] }))).toBe(0);

  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  expect([await hands.served('live'), told(await authctl.plan(file))]).toEqual([deployment, []]);
});

it('tells that what is served is older than the routes of the blueprint, and deploys those that are new and without those that are gone', async () => {
  const { authctl, file, status, rewrite, hands } = await start();
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  rewrite((text) => text.replace(HEALTH, `${HEALTH}      about: { match: GET /parcels/about, public: true }\n`).replace('anonymous: { parcels: [health]', 'anonymous: { parcels: [health, about]'));
  const plan = await authctl.plan(file);
  expect(told(plan)).toEqual(expect.arrayContaining(['create aws.route/parcels/GET /parcels/about', 'update aws.stage/parcels/live', 'update aws.stage/parcels/canary']));
  expect(await status('/parcels/about')).toBe(404);
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  expect([await status('/parcels/about'), await status('/parcels/about', 'canary'), told(await authctl.plan(file))]).toEqual([200, 200, []]);

  rewrite(() => deployedByApply);
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  expect(told(await authctl.plan(file))).toContain('orphan aws.route/parcels/GET /parcels/about');
  const before = await hands.served('live');
  expect(exitCodeOf(await authctl.apply(file, { approve: true, prune: true }))).toBe(0);
  expect([await status('/parcels/about'), await status('/parcels/about', 'canary'), told(await authctl.plan(file))]).toEqual([404, 404, []]);
  expect(await hands.served('live')).not.toBe(before);
});

it('tells a deployment of somebody else, which nobody compares, and takes the stage back', async () => {
  const { authctl, file, hands, status } = await start();
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  const undo = await hands.changeRoute('GET /parcels', open);
  await hands.serve('live', await hands.deployment());
  await undo();
  // The routes are as the blueprint says, and what is served is not.
  expect(await status('/parcels')).toBe(200);
  const found = await authctl.drift(file);
  expect([exitCodeOf(found), told(found)]).toEqual([2, expect.arrayContaining(['changed aws.stage/parcels/live']) as unknown]);
  expect(exitCodeOf(await authctl.verify(file, { only: ['SIG-01'] }))).toBe(2);
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  expect([await status('/parcels'), told(await authctl.plan(file))]).toEqual([401, []]);
});

it('tells a route of somebody else that was deployed along and is taken away by hand: it is served still', async () => {
  const { authctl, file, hands, status, rewrite } = await start();
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  const takeAway = await hands.addRoute('GET /leak');
  expect(await status('/leak')).toBe(404);
  rewrite((text) => text.replace(HEALTH, `${HEALTH}      about: { match: GET /parcels/about, public: true }\n`).replace('anonymous: { parcels: [health]', 'anonymous: { parcels: [health, about]'));
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  // While it is there it is told by itself, and nothing is deployed again and again for it.
  const before = await hands.served('live');
  expect(told(await authctl.drift(file))).toEqual(expect.arrayContaining(['opens aws.route/parcels/GET /leak']));
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  expect([await status('/leak'), await hands.served('live')]).toEqual([200, before]);

  await takeAway();
  expect(await status('/leak')).toBe(200);
  const found = await authctl.drift(file);
  expect([exitCodeOf(found), told(found)]).toEqual([2, expect.arrayContaining(['changed aws.stage/parcels/live', 'changed aws.stage/parcels/canary']) as unknown]);
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  expect([await status('/leak'), await status('/leak', 'canary'), told(await authctl.plan(file))]).toEqual([404, 404, []]);
});

it('goes from one way of deploying to the other and back', async () => {
  const { authctl, file, rewrite, status, hands } = await start(pool);
  for (const [text, fields] of [[pool, {}], [pool.replace('endpoint: "${AWS_ENDPOINT}" }', 'endpoint: "${AWS_ENDPOINT}", autoDeploy: false }'), { AutoDeploy: false }], [pool, { AutoDeploy: true }]] as const) {
    rewrite(() => text);
    expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
    expect(told(await authctl.plan(file))).toEqual([]);
    expect((await fetch(`${String((await hands.api()).ApiEndpoint)}/parcels/health`)).status).toBe(200);
    expect(await hands.stageNow()).toMatchObject(fields);
  }
  expect(await status('/parcels/health', 'live')).toBe(404);
});

it('tells what a stage serves by what AWS exports of it, whatever a description says', async () => {
  const { authctl, file, hands, status } = await start();
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  const { ApiId } = await hands.api();
  const served = await hands.served('live');
  const ours = (await hands.client.send(new GetDeploymentsCommand({ ApiId }))).Items?.find(({ DeploymentId }) => DeploymentId === served);
  const undo = await hands.changeRoute('GET /parcels', open);
  const { DeploymentId = '' } = await hands.client.send(new CreateDeploymentCommand({ ApiId, Description: ours?.Description }));
  await hands.serve('live', DeploymentId);
  // While the API itself is otherwise, it is not known what is served in its place.
  expect(told(await authctl.drift(file))).not.toContain('changed aws.stage/parcels/live');
  await undo();
  expect(await status('/parcels')).toBe(200);
  const found = await authctl.drift(file);
  expect([exitCodeOf(found), told(found)]).toEqual([2, ['changed aws.stage/parcels/live']]);
  expect(JSON.stringify(found.plan)).toContain('and serves otherwise: GET /parcels');
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  expect([await status('/parcels'), told(await authctl.plan(file))]).toEqual([401, []]);
});

/** The control plane, through somebody who is quicker: `between` is told of each request before it goes on, and of its answer. */
const startBetween = async (control: string, between: { readonly before?: (path: string) => Promise<unknown>; readonly after?: (path: string) => Promise<unknown> }): Promise<string> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void (async () => {
        const path = `${request.method ?? ''} ${(request.url ?? '').replace(/\?.*$/, '')}`;
        await between.before?.(path);
        const { authorization = '' } = request.headers;
        const answer = await fetch(`${control}${request.url ?? ''}`, { method: request.method ?? 'GET', headers: { authorization, 'content-type': 'application/json' }, ...(chunks.length > 0 && { body: Buffer.concat(chunks) }) });
        const body = Buffer.from(await answer.arrayBuffer());
        await between.after?.(path);
        const type = answer.headers.get('x-amzn-errortype');
        response.writeHead(answer.status, { 'content-type': 'application/json', ...(type !== null && { 'x-amzn-errortype': type }) }).end(body);
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
};

const DEPLOYS = /^POST \/v2\/apis\/[^/]+\/deployments$/;
const withAbout = (text: string): string => text.replace(HEALTH, `${HEALTH}      about: { match: GET /parcels/about, public: true }\n`).replace('anonymous: { parcels: [health]', 'anonymous: { parcels: [health, about]');

describe('what nobody has seen is not served', () => {
  it('a route that came into the API after the plan was made', async () => {
    const { authctl, file, hands, status, rewrite } = await start();
    expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
    const before = await hands.served('live');
    rewrite(withAbout);
    const report = await authctl.apply(file, { approve: async () => (await hands.addRoute('GET /leak'), true) });
    expect(report.problems.map(({ code }) => code)).toContain('AWS_ROUTE_APPEARED');
    expect([await status('/leak'), await status('/leak', 'canary'), await hands.served('live')]).toEqual([404, 404, before]);
    // Once a plan has told of it, it is somebody else's, as any other.
    expect(told(await authctl.plan(file))).toEqual(expect.arrayContaining(['opens aws.route/parcels/GET /leak', 'update aws.stage/parcels/live']));
    expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  });

  it.each([
    ['came in the moment of the deployment', false],
    ['came and went in the moment of the deployment', true],
  ])('a route that %s', async (_what, goes) => {
    const { aws, authctl, file, hands, status, rewrite, open: connect } = await start(deployedByApply.replace('[live, canary]', '[live]'));
    expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
    const before = await hands.served('live');
    rewrite(withAbout);
    let came: Promise<() => Promise<unknown>> | undefined;
    const between = await startBetween(aws.control.url, {
      before: async (path) => { if (DEPLOYS.test(path)) await (came ??= hands.addRoute('GET /leak')); },
      after: async (path) => { if (goes && DEPLOYS.test(path)) await (await came)?.(); },
    });
    const report = await connect({ AWS_ENDPOINT: between }).apply(file, { approve: true });
    expect(report.problems.map(({ code }) => code)).toContain('AWS_ROUTE_APPEARED');
    expect([await status('/leak'), await hands.served('live')]).toEqual([404, before]);
  });
});
