import { CreateDeploymentCommand, DeleteStageCommand, GetDeploymentsCommand, UpdateDeploymentCommand, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import type { Deployment, Route } from '@aws-sdk/client-apigatewayv2';
import { Problem } from '../../core/problem.ts';
import type { Desired } from '../../core/resource.ts';
import { seenOf } from '../../core/seen.ts';
import { apiOf } from './kinds/fields.ts';
import { differences, exported } from './served.ts';
import type { Configuration } from './served.ts';
import { settleDeployments } from './settle.ts';
import { aws } from './specs/index.ts';
import { PAGE, everyPage, routesOf, stagesOf } from './view.ts';
import type { AwsClient } from './view.ts';

type Asking = Pick<AwsClient, 'name' | 'send'>;

/** Of a deployment that holds a route which the API has no more: another one is to come. */
const STALE = 'stale';
const described = (name: string, fingerprint: string, others: readonly string[] = []): string => [`authctl ${name} ${fingerprint}`, ...(others.length > 0 ? [others.join(',')] : [])].join(' ');

/** As many routes of others are named in a description, which has room for 1024 characters. */
const NAMED = 80;
const keyOf = ({ RouteKey = '' }: Route): string => seenOf(RouteKey).slice(0, 8);

/**
 * The routes that the API has beside those of the blueprint, which a deployment holds, too. A stage that apply deploys waits for all of ours. Throws
 * `AWS_ROUTE_APPEARED` where one of them came after the plan was made: nobody has seen it, and it would be served.
 */
const othersIn = async ({ send, known }: Pick<AwsClient, 'send' | 'known'>, ApiId: string, stage: Desired): Promise<readonly Route[]> => {
  const ours = new Set(stage.after);
  const others = (await routesOf(send, { ApiId })).filter(({ RouteKey = '' }) => !ours.has(aws.route.address(apiOf(stage), RouteKey)));
  const unseen = others.flatMap(({ RouteKey = '' }) => (known.get(ApiId)?.has(RouteKey) === true ? [] : [RouteKey]));
  if (unseen.length > 0) throw appeared(stage, `${unseen.slice(0, 3).join(', ')}${unseen.length > 3 ? ` and ${unseen.length - 3} more` : ''} came into the API while it was written`);
  return others;
};

const appeared = (stage: Desired, what: string): Problem =>
  new Problem('AWS_ROUTE_APPEARED', `${stage.id} serves what it served before: ${what}, and would be deployed along`, { at: stage.origin, hint: 'look at it with "authctl plan", then apply again' });

const deploymentsOf = (send: AwsClient['send'], ApiId: string): Promise<readonly Deployment[]> => everyPage((NextToken) => send(new GetDeploymentsCommand({ ApiId, MaxResults: PAGE, NextToken })));

/**
 * What the deployments of an API hold, by their ids: the fingerprint that apply has written into the description, because GetDeployment does not say what is in one.
 * That of somebody else is `#` and its id: nobody knows. A route of others that was deployed along and is gone by now is served still.
 */
export const fingerprints = async ({ name, send }: Asking, ApiId: string, routes: readonly Route[]): Promise<(id: string | undefined) => string | null> => {
  const begin = described(name, '');
  const there = new Set(routes.map(keyOf));
  const said = (description: string): string => {
    const [fingerprint = '', others = ''] = description.slice(begin.length).split(' ');
    const gone = others.split(',').filter((key) => key !== '' && !there.has(key));
    return gone.length === 0 ? fingerprint : `${fingerprint} and ${gone.length === 1 ? 'a route' : `${gone.length} routes`} of others that the API has no more`;
  };
  const known = new Map((await deploymentsOf(send, ApiId)).map(({ DeploymentId = '', Description = '' }) => [DeploymentId, Description.startsWith(begin) ? said(Description) : `#${DeploymentId}`]));
  return (id) => (id === undefined ? null : (known.get(id) ?? `#${id}`));
};

/**
 * Deploys the API as it is now; its id when it may be served. No stage is led there yet: what somebody else has changed in the API meanwhile may be in it, so it
 * is compared before and after. Throws `AWS_DEPLOYMENT_FAILED`, `AWS_NOT_IN_FORCE`, and `AWS_ROUTE_APPEARED` where somebody did.
 */
export const deploy = async (client: AwsClient, ApiId: string, stage: Desired, fingerprint: string): Promise<Deployed> => {
  const before = await exported(client, ApiId);
  const others = await othersIn(client, ApiId, stage);
  const { DeploymentId = '' } = await client.send(new CreateDeploymentCommand({ ApiId, Description: described(client.name, fingerprint, others.map(keyOf).slice(0, NAMED)) }));
  await settleDeployments(client, [ApiId], client.pause);
  const changed = differences(before, await exported(client, ApiId));
  if (changed.length > 0) throw appeared(stage, `somebody changed ${changed.slice(0, 3).join(', ')} in the moment of the deployment`);
  return { DeploymentId, held: before };
};

/** What is to be served, and what is known to be in it. */
export interface Deployed {
  readonly DeploymentId: string;
  readonly held: Configuration;
}

/**
 * Once a stage is led to a deployment AWS tells what is in it. Where that is not what stood in the API, because a route came and went in the moment of the
 * deployment, the stage is led back to what it served before.
 */
export const confirmServed = async (client: AwsClient, ApiId: string, stage: Desired, { held, former }: Pick<Deployed, 'held'> & { readonly former: string | undefined }): Promise<void> => {
  const StageName = stage.id.slice(stage.id.indexOf('/') + 1);
  const otherwise = differences(await exported(client, ApiId, StageName), held);
  if (otherwise.length === 0) return;
  if (former !== undefined) await client.send(new UpdateStageCommand({ ApiId, StageName, DeploymentId: former }));
  else await client.send(new DeleteStageCommand({ ApiId, StageName }));
  throw appeared(stage, `${otherwise.slice(0, 3).join(', ')} came and went in the moment of the deployment`);
};

/**
 * Before a route goes: what is served holds it still, and must say so to the next plan, should this run end before it has deployed again. Once for each
 * API and run.
 */
export const markStale = async ({ name, send, stale }: Pick<AwsClient, 'name' | 'send' | 'stale'>, ApiId: string): Promise<void> => {
  const marked = stale.get(ApiId) ?? (async () => {
    const [stages, deployments] = [await stagesOf(send, { ApiId }), await deploymentsOf(send, ApiId)];
    const served = new Set(stages.flatMap(({ AutoDeploy, DeploymentId }) => (AutoDeploy === true || DeploymentId === undefined ? [] : [DeploymentId])));
    const ours = deployments.filter(({ DeploymentId = '', Description }) => served.has(DeploymentId) && Description?.startsWith(described(name, '')));
    await Promise.all(ours.map(({ DeploymentId }) => send(new UpdateDeploymentCommand({ ApiId, DeploymentId, Description: described(name, STALE) }))));
  })();
  stale.set(ApiId, marked);
  await marked;
};

/** Leads the stages of APIs that have lost a route to a deployment without it. */
export const deployAgain = async (client: AwsClient, desired: readonly Desired[]): Promise<void> => {
  const stages = desired.filter(aws.stage.is).flatMap((stage) => {
    const ApiId = client.ids.get(aws.api.address(apiOf(stage)));
    const { StageName, Deployment } = stage.spec;
    return ApiId !== undefined && client.stale.has(ApiId) && Deployment != null ? [{ stage, ApiId, StageName, Deployment }] : [];
  });
  for (const { stage, ApiId, StageName, Deployment } of stages) {
    const former = (await stagesOf(client.send, { ApiId })).find((one) => one.StageName === StageName)?.DeploymentId;
    const { DeploymentId, held } = await deploy(client, ApiId, stage, Deployment);
    await client.send(new UpdateStageCommand({ ApiId, StageName, DeploymentId }));
    await confirmServed(client, ApiId, stage, { held, former });
  }
  for (const { ApiId } of stages) client.stale.delete(ApiId);
};
