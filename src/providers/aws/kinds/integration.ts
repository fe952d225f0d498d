import { CreateIntegrationCommand, DeleteIntegrationCommand, UpdateIntegrationCommand, UpdateRouteCommand } from '@aws-sdk/client-apigatewayv2';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { aws } from '../specs/index.ts';
import type { IntegrationSpec } from '../specs/index.ts';
import { doubledIntegrations, integrationNames, integrationsOf, liveChildren, routesOf } from '../view.ts';
import type { AwsClient, ChildRef } from '../view.ts';
import { apiOf, changedFields, heldBy, idOf, isEmpty, sent, unlessGone } from './fields.ts';

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
 * Known by its Description: AWS gives it no name.
 */
export const integration = defineKind<AwsClient, IntegrationSpec, ChildRef>()({
  name: aws.integration.kind,
  after: [aws.api.kind],
  removeAfter: [aws.route.kind],
  immutable: aws.integration.immutable,
  list: async ({ view }) =>
    (await view(aws.integration.kind)).flatMap((tree) => {
      const [names, doubled] = [integrationNames(tree), doubledIntegrations(tree)];
      return liveChildren(aws.integration, tree, tree.integrations, (held) => ({ name: names.get(held.IntegrationId ?? ''), ref: held.IntegrationId, spec: heldBy(aws.integration, held), doubled: doubled.has(held.IntegrationId ?? '') }));
    }),
  put: async (client, desired, live) => {
    if (live !== undefined && (formOf(desired.spec) !== formOf(live.spec) || takesOut(desired, live))) return remake(client, desired, refOf(live));
    if (live === undefined) {
      const ApiId = idOf(client, aws.api.address(apiOf(desired)), desired);
      const { IntegrationType, ...fields } = sent(desired.spec);
      const created = await client.send(new CreateIntegrationCommand({ ...fields, IntegrationType, ApiId }));
      client.ids.set(addressOf(desired), String(created.IntegrationId));
      // An answer that was lost was asked for again: the first one may be there as well, and nothing leads to it. One that comes later still is found by the next plan.
      if ((created.$metadata.attempts ?? 1) > 1) await removeDoubles(client, { ApiId, Description: desired.spec.Description, kept: created.IntegrationId });
      return;
    }
    const { ApiId, id } = refOf(live);
    const changes = sent(changedFields(desired, live));
    if (!isEmpty(changes)) await client.send(new UpdateIntegrationCommand({ ...changes, ApiId, IntegrationId: id }));
  },
  remove: ({ send }, live) => {
    const { ApiId, id } = refOf(live);
    return unlessGone(send(new DeleteIntegrationCommand({ ApiId, IntegrationId: id })));
  },
});

/** What of an integration says which of its other fields there are: with another, those of the old one would be in the way, and some cannot be taken out. */
const formOf = ({ IntegrationType, ConnectionType }: Pick<IntegrationSpec, 'ConnectionType' | 'IntegrationType'>): string => `${String(IntegrationType)} ${ConnectionType ?? 'INTERNET'}`;

/** Whether it is to be without something that it has, which no update says: the SDK sends no null, and an empty text is another value. */
const takesOut = (desired: Desired<IntegrationSpec>, live: Live): boolean => Object.values(changedFields(desired, live)).includes(null);

/** A new one, then every route that led to the old one leads to it, guarded as it was all the time, then the old one goes. */
const remake = async (client: AwsClient, desired: Desired<IntegrationSpec>, { ApiId, id }: ChildRef): Promise<void> => {
  const { IntegrationType, ...fields } = sent(desired.spec);
  const { IntegrationId } = await client.send(new CreateIntegrationCommand({ ...fields, IntegrationType, ApiId }));
  client.ids.set(addressOf(desired), String(IntegrationId));
  const led = (await routesOf(client.send, { ApiId })).filter(({ Target }) => Target === `integrations/${id}`);
  for (const { RouteId } of led) await client.send(new UpdateRouteCommand({ ApiId, RouteId, Target: `integrations/${String(IntegrationId)}` }));
  await unlessGone(client.send(new DeleteIntegrationCommand({ ApiId, IntegrationId: id })));
};

const removeDoubles = async ({ send }: Pick<AwsClient, 'send'>, { ApiId, Description, kept }: { readonly ApiId: string; readonly Description: string; readonly kept: string | undefined }): Promise<void> => {
  const doubles = (await integrationsOf(send, { ApiId })).filter((one) => one.Description === Description && one.IntegrationId !== kept);
  await Promise.all(doubles.map(({ IntegrationId }) => unlessGone(send(new DeleteIntegrationCommand({ ApiId, IntegrationId })))));
};
