import { CreateDeploymentCommand, GetDeploymentsCommand, UpdateDeploymentCommand, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import type { Deployment } from '@aws-sdk/client-apigatewayv2';
import type { Desired } from '../../core/resource.ts';
import { apiOf } from './kinds/fields.ts';
import { settleDeployments } from './settle.ts';
import { aws } from './specs/index.ts';
import { PAGE, everyPage, stagesOf } from './view.ts';
import type { AwsClient } from './view.ts';

type Asking = Pick<AwsClient, 'name' | 'send'>;

/** Of a deployment that holds a route which the API has no more: another one is to come. */
const STALE = 'stale';
const described = (name: string, fingerprint: string): string => `authctl ${name} ${fingerprint}`;

const deploymentsOf = (send: AwsClient['send'], ApiId: string): Promise<readonly Deployment[]> => everyPage((NextToken) => send(new GetDeploymentsCommand({ ApiId, MaxResults: PAGE, NextToken })));

/**
 * What the deployments of an API hold, by their ids: the fingerprint that apply has written into the description, because AWS tells nobody what is in one.
 * That of somebody else is `#` and its id: nobody knows.
 */
export const fingerprints = async ({ name, send }: Asking, ApiId: string): Promise<(id: string | undefined) => string | null> => {
  const begin = described(name, '');
  const known = new Map((await deploymentsOf(send, ApiId)).map(({ DeploymentId = '', Description = '' }) => [DeploymentId, Description.startsWith(begin) ? Description.slice(begin.length) : `#${DeploymentId}`]));
  return (id) => (id === undefined ? null : (known.get(id) ?? `#${id}`));
};

/** Deploys the API as it is now; its id when it may be served. Throws `AWS_DEPLOYMENT_FAILED`, `AWS_NOT_IN_FORCE`. */
export const deploy = async (client: AwsClient, ApiId: string, fingerprint: string): Promise<string> => {
  const { DeploymentId = '' } = await client.send(new CreateDeploymentCommand({ ApiId, Description: described(client.name, fingerprint) }));
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
    return ApiId !== undefined && client.stale.has(ApiId) && Deployment != null ? [{ ApiId, StageName, Deployment }] : [];
  });
  for (const { ApiId, StageName, Deployment } of stages) await client.send(new UpdateStageCommand({ ApiId, StageName, DeploymentId: await deploy(client, ApiId, Deployment) }));
  for (const { ApiId } of stages) client.stale.delete(ApiId);
};
