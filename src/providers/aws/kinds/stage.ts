import { CreateStageCommand, DeleteStageCommand, TagResourceCommand, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { refOf } from '../../../core/resource.ts';
import { defineKind } from '../../../core/provider.ts';
import { aws } from '../specs/index.ts';
import type { StageSpec } from '../specs/index.ts';
import { liveChildren, markOf, tagsOf } from '../view.ts';
import type { AwsClient, ChildRef } from '../view.ts';
import { arnOf } from './api.ts';
import { apiOf, changedFields, heldBy, idOf, isEmpty, sent, unlessGone } from './fields.ts';

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
 * Written last and deleted first: without it nothing is served.
 */
export const stage = defineKind<AwsClient, StageSpec, ChildRef>()({
  name: aws.stage.kind,
  after: [aws.api.kind],
  removeAfter: [aws.mapping.kind],
  immutable: aws.stage.immutable,
  list: async ({ view }) =>
    (await view(aws.stage.kind)).flatMap((tree) =>
      liveChildren(aws.stage, tree, tree.stages, (held) => ({
        name: held.StageName,
        ref: held.StageName,
        spec: heldBy(aws.stage, { ...held, Tags: tagsOf(held.Tags) }),
      })),
    ),
  put: async (client, desired, live) => {
    if (live === undefined) {
      const ApiId = idOf(client, aws.api.address(apiOf(desired)), desired);
      const { Tags, ...fields } = sent(desired.spec);
      await client.send(new CreateStageCommand({ ...fields, ApiId, Tags: { ...Tags, ...markOf(client.name) } }));
      return;
    }
    const { ApiId, id } = refOf(live);
    const { Tags, StageName: _, ...changes } = sent(changedFields(desired, live));
    if (Tags !== undefined) await client.send(new TagResourceCommand({ ResourceArn: `${arnOf(client.region, ApiId)}/stages/${id}`, Tags }));
    if (!isEmpty(changes)) await client.send(new UpdateStageCommand({ ...changes, ApiId, StageName: id }));
  },
  remove: ({ send }, live) => {
    const { ApiId, id } = refOf(live);
    return unlessGone(send(new DeleteStageCommand({ ApiId, StageName: id })));
  },
});
