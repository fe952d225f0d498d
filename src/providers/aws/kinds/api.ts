import {
  CreateApiCommand,
  DeleteApiCommand,
  DeleteCorsConfigurationCommand,
  TagResourceCommand,
  UpdateApiCommand,
} from '@aws-sdk/client-apigatewayv2';
import type { Cors, CreateApiCommandInput, UpdateApiCommandInput } from '@aws-sdk/client-apigatewayv2';
import { defineKind } from '../../../core/provider.ts';
import type { Spec } from '../../../core/resource.ts';
import { isMissing } from '../client.ts';
import { markOf, tagsOf } from '../view.ts';
import type { AwsClient } from '../view.ts';
import { changedFields, pick, sorted } from './fields.ts';

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html. The mark is the tag `authctl`. */
export const api = defineKind<AwsClient>()({
  name: 'aws.api',
  after: [],
  removeAfter: ['aws.stage', 'aws.route', 'aws.authorizer', 'aws.integration'],
  immutable: ['ProtocolType'],
  list: async (aws) =>
    (await aws.view('aws.api')).map(({ api: held, id, owner }) => ({
      kind: 'aws.api',
      id,
      spec: {
        ...pick(held, ['Name', 'ProtocolType', 'Description']),
        DisableExecuteApiEndpoint: held.DisableExecuteApiEndpoint ?? false,
        CorsConfiguration: corsOf(held.CorsConfiguration),
        Tags: tagsOf(held.Tags),
      },
      owner,
      ref: held.ApiId,
    })),
  put: async (aws, desired, live) => {
    const { CorsConfiguration, Tags, ...fields } = desired.spec;
    if (live === undefined) {
      const cors = CorsConfiguration != null && { CorsConfiguration };
      const created = await aws.send(
        new CreateApiCommand({ ...fields, ...cors, Tags: { ...(Tags as Spec | undefined), ...markOf(aws.name) } } as unknown as CreateApiCommandInput),
      );
      aws.ids.set(`aws.api/${desired.id}`, String(created.ApiId));
      return;
    }
    const ApiId = String(live.ref);
    const { Tags: tags, ...changes } = changedFields(desired, live);
    if (tags !== undefined || live.owner !== aws.name)
      await aws.send(new TagResourceCommand({ ResourceArn: arnOf(aws.region, ApiId), Tags: { ...(tags as Record<string, string> | undefined), ...markOf(aws.name) } }));
    if ('CorsConfiguration' in changes && changes.CorsConfiguration === null) {
      delete changes.CorsConfiguration;
      await aws.send(new DeleteCorsConfigurationCommand({ ApiId }));
    }
    if (Object.keys(changes).length > 0) await aws.send(new UpdateApiCommand({ ...changes, ApiId } as UpdateApiCommandInput));
  },
  remove: async (aws, live) => {
    await aws.send(new DeleteApiCommand({ ApiId: String(live.ref) })).catch((thrown: unknown) => {
      if (!isMissing(thrown)) throw thrown;
    });
  },
});

const corsOf = (cors: Cors | undefined): Spec | null =>
  cors === undefined
    ? null
    : {
        AllowOrigins: sorted(cors.AllowOrigins),
        AllowMethods: sorted(cors.AllowMethods),
        AllowHeaders: sorted(cors.AllowHeaders),
        ExposeHeaders: sorted(cors.ExposeHeaders),
        AllowCredentials: cors.AllowCredentials ?? false,
        MaxAge: cors.MaxAge ?? null,
      };

export const arnOf = (region: string, ApiId: string): string => {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `arn:${partition}:apigateway:${region}::/apis/${ApiId}`;
};
