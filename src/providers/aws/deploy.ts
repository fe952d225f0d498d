import { CreateDeploymentCommand, GetDeploymentsCommand, UpdateDeploymentCommand, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import type { Deployment, Route } from '@aws-sdk/client-apigatewayv2';
import type { Desired } from '../../core/resource.ts';
import { seenOf } from '../../core/seen.ts';
import { apiOf } from './kinds/fields.ts';
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

/** The routes that the API has beside those of the blueprint, which a deployment holds, too. A stage that apply deploys waits for all of ours. */
const othersIn = async ({ send }: Asking, ApiId: string, stage: Desired): Promise<readonly string[]> => {
  const ours = new Set(stage.after);
  const there = await routesOf(send, { ApiId });
  return there.filter(({ RouteKey = '' }) => !ours.has(aws.route.address(apiOf(stage), RouteKey))).map(keyOf).slice(0, NAMED);
};

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

/** Deploys the API as it is now; its id when it may be served. Throws `AWS_DEPLOYMENT_FAILED`, `AWS_NOT_IN_FORCE`. */
export const deploy = async (client: AwsClient, ApiId: string, stage: Desired, fingerprint: string): Promise<string> => {
  const { DeploymentId = '' } = await client.send(new CreateDeploymentCommand({ ApiId, Description: described(client.name, fingerprint, await othersIn(client, ApiId, stage)) }));
  await settleDeployments(client, [ApiId], client.pause);
  return DeploymentId;
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
  for (const { stage, ApiId, StageName, Deployment } of stages) await client.send(new UpdateStageCommand({ ApiId, StageName, DeploymentId: await deploy(client, ApiId, stage, Deployment) }));
  for (const { ApiId } of stages) client.stale.delete(ApiId);
};
