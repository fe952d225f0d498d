import { CreateRouteCommand, DeleteRouteCommand, UpdateRouteCommand } from '@aws-sdk/client-apigatewayv2';
import type { CreateRouteCommandInput, Route, UpdateRouteCommandInput } from '@aws-sdk/client-apigatewayv2';
import { Problem } from '../../../core/problem.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Desired, Spec } from '../../../core/resource.ts';
import { isConflict, isMissing } from '../client.ts';
import { integrationKey, liveChildren, readView } from '../view.ts';
import type { ApiTree, AwsClient, ChildRef } from '../view.ts';
import { apiOf, idOf, sorted } from './fields.ts';

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 * Authorizer and integration are named, not numbered.
 * A route is written with its authorizer in one call, so that it is never open in between.
 */
export const route = defineKind<AwsClient>()({
  name: 'aws.route',
  after: ['aws.api'],
  removeAfter: ['aws.stage'],
  immutable: ['RouteKey'],
  list: async (aws) =>
    (await aws.view('aws.route')).flatMap((tree) =>
      liveChildren('aws.route', tree, tree.routes, (held) => ({ name: held.RouteKey, ref: held.RouteId, spec: specOf(held, tree) })),
    ),
  put: async (aws, desired, live) => {
    const ApiId = idOf(aws, `aws.api/${apiOf(desired)}`, desired);
    const fields = fieldsOf(aws, desired);
    if (live !== undefined) {
      await aws.send(new UpdateRouteCommand({ ...fields, ApiId, RouteId: (live.ref as ChildRef).id } as UpdateRouteCommandInput));
      return;
    }
    await aws.send(new CreateRouteCommand({ ...fields, ApiId } as CreateRouteCommandInput)).catch(async (thrown: unknown) => {
      // The answer to a first try may have been lost: the route is there, and it is in our API.
      if (!isConflict(thrown)) throw thrown;
      const there = (await readView(aws)).flatMap(({ routes, api }) => (api.ApiId === ApiId ? routes : []));
      const own = there.find(({ RouteKey }) => RouteKey === desired.spec.RouteKey);
      if (own === undefined)
        throw new Problem('AWS_REFUSED', `AWS refused to create route ${desired.id}: ${(thrown as Error).message}`, { at: desired.origin });
      await aws.send(new UpdateRouteCommand({ ...fields, ApiId, RouteId: own.RouteId } as UpdateRouteCommandInput));
    });
  },
  remove: async (aws, live) => {
    const { ApiId, id } = live.ref as ChildRef;
    await aws.send(new DeleteRouteCommand({ ApiId, RouteId: id })).catch((thrown: unknown) => {
      if (!isMissing(thrown)) throw thrown;
    });
  },
});

const specOf = (held: Route, { authorizers, integrations }: ApiTree): Spec => {
  const open = (held.AuthorizationType ?? 'NONE') === 'NONE';
  const authorizer = authorizers.find(({ AuthorizerId }) => AuthorizerId === held.AuthorizerId)?.Name;
  const target = held.Target?.replace(/^integrations\//, '');
  const integration = integrations.find(({ IntegrationId }) => IntegrationId === target);
  return {
    RouteKey: held.RouteKey ?? null,
    AuthorizationType: held.AuthorizationType ?? 'NONE',
    Authorizer: open || held.AuthorizerId === undefined ? null : (authorizer ?? `#${held.AuthorizerId}`),
    AuthorizationScopes: sorted(held.AuthorizationScopes),
    Integration: (integration && integrationKey(integration)) ?? (target === undefined ? null : `#${target}`),
  };
};

const fieldsOf = (aws: AwsClient, desired: Desired): Record<string, unknown> => {
  const { Authorizer, Integration, ...fields } = desired.spec;
  const api = apiOf(desired);
  return {
    ...fields,
    ...(Authorizer != null && { AuthorizerId: idOf(aws, `aws.authorizer/${api}/${String(Authorizer)}`, desired) }),
    Target: `integrations/${idOf(aws, `aws.integration/${api}/${String(Integration)}`, desired)}`,
  };
};
