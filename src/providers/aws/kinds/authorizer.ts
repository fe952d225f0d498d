import { CreateAuthorizerCommand, DeleteAuthorizerCommand, UpdateAuthorizerCommand } from '@aws-sdk/client-apigatewayv2';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import { aws } from '../specs/index.ts';
import type { AuthorizerSpec } from '../specs/index.ts';
import { authorizerNames, liveChildren } from '../view.ts';
import type { AwsClient, ChildRef } from '../view.ts';
import { apiOf, changedFields, heldBy, idOf, isEmpty, sent, unlessGone } from './fields.ts';

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html. AWS fetches the issuer's discovery document
 * when it is written: `AWS_ISSUER` when it cannot.
 */
export const authorizer = defineKind<AwsClient, AuthorizerSpec, ChildRef>()({
  name: aws.authorizer.kind,
  after: [aws.api.kind],
  removeAfter: [aws.route.kind],
  immutable: aws.authorizer.immutable,
  list: async ({ view }) =>
    (await view(aws.authorizer.kind)).flatMap((tree) => {
      const names = authorizerNames(tree);
      return liveChildren(aws.authorizer, tree, tree.authorizers, (held) => ({ name: names.get(held.AuthorizerId ?? ''), ref: held.AuthorizerId, spec: heldBy(aws.authorizer, held) }));
    }),
  put: async (client, desired, live) => {
    if (live === undefined) {
      const ApiId = idOf(client, aws.api.address(apiOf(desired)), desired);
      const { AuthorizerType, IdentitySource, ...fields } = sent(desired.spec);
      const created = await client.send(new CreateAuthorizerCommand({ ...fields, AuthorizerType, IdentitySource, ApiId }));
      client.ids.set(addressOf(desired), String(created.AuthorizerId));
      return;
    }
    const { ApiId, id } = refOf(live);
    const changes = sent(changedFields(desired, live));
    if (!isEmpty(changes)) await client.send(new UpdateAuthorizerCommand({ ...changes, ApiId, AuthorizerId: id }));
  },
  remove: ({ send }, live) => {
    const { ApiId, id } = refOf(live);
    return unlessGone(send(new DeleteAuthorizerCommand({ ApiId, AuthorizerId: id })));
  },
});
