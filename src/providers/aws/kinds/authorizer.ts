import { CreateAuthorizerCommand, DeleteAuthorizerCommand, UpdateAuthorizerCommand } from '@aws-sdk/client-apigatewayv2';
import type { CreateAuthorizerCommandInput, UpdateAuthorizerCommandInput } from '@aws-sdk/client-apigatewayv2';
import { defineKind } from '../../../core/provider.ts';
import { isMissing } from '../client.ts';
import { liveChildren } from '../view.ts';
import type { AwsClient, ChildRef } from '../view.ts';
import { apiOf, changedFields, idOf, pick, sorted } from './fields.ts';

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html. AWS fetches the issuer's discovery document
 * when it is written: `AWS_ISSUER` when it cannot.
 */
export const authorizer = defineKind<AwsClient>()({
  name: 'aws.authorizer',
  after: ['aws.api'],
  removeAfter: ['aws.route'],
  immutable: ['AuthorizerType'],
  list: async (aws) =>
    (await aws.view('aws.authorizer')).flatMap((tree) =>
      liveChildren('aws.authorizer', tree, tree.authorizers, (held) => ({
        name: held.Name,
        ref: held.AuthorizerId,
        spec: {
          ...pick(held, ['Name', 'AuthorizerType', 'IdentitySource']),
          JwtConfiguration: held.JwtConfiguration
            ? { Issuer: held.JwtConfiguration.Issuer ?? null, Audience: sorted(held.JwtConfiguration.Audience) }
            : null,
        },
      })),
    ),
  put: async (aws, desired, live) => {
    if (live === undefined) {
      const ApiId = idOf(aws, `aws.api/${apiOf(desired)}`, desired);
      const created = await aws.send(new CreateAuthorizerCommand({ ...desired.spec, ApiId } as unknown as CreateAuthorizerCommandInput));
      aws.ids.set(`aws.authorizer/${desired.id}`, String(created.AuthorizerId));
      return;
    }
    const { ApiId, id } = live.ref as ChildRef;
    const changes = changedFields(desired, live);
    if (Object.keys(changes).length > 0)
      await aws.send(new UpdateAuthorizerCommand({ ...changes, ApiId, AuthorizerId: id } as UpdateAuthorizerCommandInput));
  },
  remove: async (aws, live) => {
    const { ApiId, id } = live.ref as ChildRef;
    await aws.send(new DeleteAuthorizerCommand({ ApiId, AuthorizerId: id })).catch((thrown: unknown) => {
      if (!isMissing(thrown)) throw thrown;
    });
  },
});
