import { CreateIntegrationCommand, DeleteIntegrationCommand, UpdateIntegrationCommand } from '@aws-sdk/client-apigatewayv2';
import type { CreateIntegrationCommandInput, UpdateIntegrationCommandInput } from '@aws-sdk/client-apigatewayv2';
import { defineKind } from '../../../core/provider.ts';
import { isMissing } from '../client.ts';
import { integrationKey, liveChildren } from '../view.ts';
import type { AwsClient, ChildRef } from '../view.ts';
import { apiOf, changedFields, idOf, pick } from './fields.ts';

const FIELDS = [
  'IntegrationType',
  'IntegrationMethod',
  'IntegrationUri',
  'PayloadFormatVersion',
  'TimeoutInMillis',
  'Description',
  'RequestParameters',
  'ConnectionType',
];

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
 * Known by its Description: AWS gives it no name.
 */
export const integration = defineKind<AwsClient>()({
  name: 'aws.integration',
  after: ['aws.api'],
  removeAfter: ['aws.route'],
  immutable: ['IntegrationType'],
  list: async (aws) =>
    (await aws.view('aws.integration')).flatMap((tree) =>
      liveChildren('aws.integration', tree, tree.integrations, (held) => ({
        name: integrationKey(held),
        ref: held.IntegrationId,
        spec: pick(held, FIELDS),
      })),
    ),
  put: async (aws, desired, live) => {
    if (live === undefined) {
      const ApiId = idOf(aws, `aws.api/${apiOf(desired)}`, desired);
      const created = await aws.send(new CreateIntegrationCommand({ ...desired.spec, ApiId } as unknown as CreateIntegrationCommandInput));
      aws.ids.set(`aws.integration/${desired.id}`, String(created.IntegrationId));
      return;
    }
    const { ApiId, id } = live.ref as ChildRef;
    const changes = changedFields(desired, live);
    if (Object.keys(changes).length > 0)
      await aws.send(new UpdateIntegrationCommand({ ...changes, ApiId, IntegrationId: id } as UpdateIntegrationCommandInput));
  },
  remove: async (aws, live) => {
    const { ApiId, id } = live.ref as ChildRef;
    await aws.send(new DeleteIntegrationCommand({ ApiId, IntegrationId: id })).catch((thrown: unknown) => {
      if (!isMissing(thrown)) throw thrown;
    });
  },
});
