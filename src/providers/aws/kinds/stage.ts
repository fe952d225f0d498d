import { CreateStageCommand, DeleteStageCommand, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import type { CreateStageCommandInput, UpdateStageCommandInput } from '@aws-sdk/client-apigatewayv2';
import { defineKind } from '../../../core/provider.ts';
import { isMissing } from '../client.ts';
import { liveChildren, markOf } from '../view.ts';
import type { AwsClient, ChildRef } from '../view.ts';
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
        },
      })),
    ),
  put: async (aws, desired, live) => {
    if (live === undefined) {
      const ApiId = idOf(aws, `aws.api/${apiOf(desired)}`, desired);
      await aws.send(new CreateStageCommand({ ...desired.spec, ApiId, Tags: markOf(aws.name) } as unknown as CreateStageCommandInput));
      return;
    }
    const { ApiId, id } = live.ref as ChildRef;
    const changes = changedFields(desired, live);
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
