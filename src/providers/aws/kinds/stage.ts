import { CreateStageCommand, DeleteStageCommand, TagResourceCommand, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import type { CreateStageCommandInput, UpdateStageCommandInput } from '@aws-sdk/client-apigatewayv2';
import { defineKind } from '../../../core/provider.ts';
import { isMissing } from '../client.ts';
import type { Spec } from '../../../core/resource.ts';
import { liveChildren, markOf, tagsOf } from '../view.ts';
import type { AwsClient, ChildRef } from '../view.ts';
import { arnOf } from './api.ts';
import { apiOf, changedFields, idOf, pick } from './fields.ts';

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
 * Written last and deleted first: without it nothing is served.
 */
export const stage = defineKind<AwsClient>()({
  name: 'aws.stage',
  after: ['aws.api'],
  removeAfter: [],
  immutable: ['StageName'],
  list: async (aws) =>
    (await aws.view('aws.stage')).flatMap((tree) =>
      liveChildren('aws.stage', tree, tree.stages, (held) => ({
        name: held.StageName,
        ref: held.StageName,
        spec: {
          ...pick(held, ['StageName', 'DefaultRouteSettings', 'AccessLogSettings', 'Description']),
          AutoDeploy: held.AutoDeploy ?? false,
          Tags: tagsOf(held.Tags),
        },
      })),
    ),
  put: async (aws, desired, live) => {
    if (live === undefined) {
      const ApiId = idOf(aws, `aws.api/${apiOf(desired)}`, desired);
      await aws.send(new CreateStageCommand({ ...desired.spec, ApiId, Tags: { ...(desired.spec.Tags as Spec | undefined), ...markOf(aws.name) } } as unknown as CreateStageCommandInput));
      return;
    }
    const { ApiId, id } = live.ref as ChildRef;
    const { Tags, ...changes } = changedFields(desired, live);
    if (Tags !== undefined)
      await aws.send(new TagResourceCommand({ ResourceArn: `${arnOf(aws.region, ApiId)}/stages/${id}`, Tags: Tags as Record<string, string> }));
    if (Object.keys(changes).length > 0)
      await aws.send(new UpdateStageCommand({ ...changes, ApiId, StageName: id } as UpdateStageCommandInput));
  },
  remove: async (aws, live) => {
    const { ApiId, id } = live.ref as ChildRef;
    await aws.send(new DeleteStageCommand({ ApiId, StageName: id })).catch((thrown: unknown) => {
      if (!isMissing(thrown)) throw thrown;
    });
  },
});
