import { CreateStageCommand, DeleteStageCommand, TagResourceCommand, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { refOf } from '../../../core/resource.ts';
import { defineKind } from '../../../core/provider.ts';
import { confirmServed, deploy, fingerprints } from '../deploy.ts';
import { differences, exported } from '../served.ts';
import { aws } from '../specs/index.ts';
import type { StageSpec } from '../specs/index.ts';
import { liveChildren, markOf, stagesOf, tagsOf } from '../view.ts';
import type { ApiTree, AwsClient, ChildRef } from '../view.ts';
import { arnOf } from './api.ts';
import { apiOf, changedFields, heldBy, idOf, isEmpty, sent, unlessGone } from './fields.ts';

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
 * Written last and deleted first: without it nothing is served. Where it does not deploy by itself, apply deploys before it writes it, so that it is led from
 * one whole configuration to the next.
 */
export const stage = defineKind<AwsClient, StageSpec, ChildRef>()({
  name: aws.stage.kind,
  after: [aws.api.kind],
  removeAfter: [aws.mapping.kind],
  immutable: aws.stage.immutable,
  list: async (client) => {
    const found = (await client.view(aws.stage.kind)).map(async (tree) => {
      const frozen = client.deploys && tree.stages.some(({ AutoDeploy, DeploymentId }) => AutoDeploy !== true && DeploymentId !== undefined);
      const ApiId = tree.api.ApiId ?? '';
      const held = frozen ? await fingerprints(client, ApiId, tree.routes) : () => null;
      if (frozen) await lookAtServed(client, tree);
      return liveChildren(aws.stage, tree, tree.stages, (one) => ({
        name: one.StageName,
        ref: one.StageName,
        spec: heldBy(aws.stage, { ...one, Deployment: one.AutoDeploy === true ? null : held(one.DeploymentId), Tags: tagsOf(one.Tags) }),
      }));
    });
    return (await Promise.all(found)).flat();
  },
  put: async (client, desired, live) => {
    if (live === undefined) {
      const ApiId = idOf(client, aws.api.address(apiOf(desired)), desired);
      const { Tags, Deployment, ...fields } = sent(desired.spec);
      const made = Deployment === undefined ? undefined : await deploy(client, ApiId, desired, Deployment);
      await client.send(new CreateStageCommand({ ...fields, ...(made && { DeploymentId: made.DeploymentId }), ApiId, Tags: { ...Tags, ...markOf(client.name) } }));
      if (made) await confirmServed(client, ApiId, desired, { held: made.held, former: undefined });
      return;
    }
    const { ApiId, id } = refOf(live);
    const { Tags, Deployment, StageName: _, ...changes } = sent(changedFields(desired, live));
    if (Tags !== undefined) await client.send(new TagResourceCommand({ ResourceArn: `${arnOf(client.region, ApiId)}/stages/${id}`, Tags }));
    const former = Deployment === undefined ? undefined : (await stagesOf(client.send, { ApiId })).find(({ StageName }) => StageName === id)?.DeploymentId;
    const made = Deployment === undefined ? undefined : await deploy(client, ApiId, desired, Deployment);
    const update = { ...changes, ...(made && { DeploymentId: made.DeploymentId }) };
    if (!isEmpty(update)) await client.send(new UpdateStageCommand({ ...update, ApiId, StageName: id }));
    if (made) await confirmServed(client, ApiId, desired, { held: made.held, former });
  },
  remove: ({ send }, live) => {
    const { ApiId, id } = refOf(live);
    return unlessGone(send(new DeleteStageCommand({ ApiId, StageName: id })));
  },
});

/** A description says what apply has deployed, and anybody may write one: what is served is asked of AWS, beside what stands in the API. */
const lookAtServed = async (client: AwsClient, { api: { ApiId = '' }, id, stages }: ApiTree): Promise<void> => {
  const now = await exported(client, ApiId);
  for (const { AutoDeploy, DeploymentId, StageName = '' } of stages) {
    const address = aws.stage.address(id, StageName);
    if (AutoDeploy === true || DeploymentId === undefined) client.servedOtherwise.delete(address);
    else client.servedOtherwise.set(address, differences(await exported(client, ApiId, StageName), now));
  }
};
