import { CreateRouteCommand, DeleteRouteCommand, UpdateRouteCommand } from '@aws-sdk/client-apigatewayv2';
import type { Route } from '@aws-sdk/client-apigatewayv2';
import { Problem, reason } from '../../../core/problem.ts';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired } from '../../../core/resource.ts';
import { isConflict } from '../client.ts';
import { markStale } from '../deploy.ts';
import { aws } from '../specs/index.ts';
import type { RouteSpec } from '../specs/index.ts';
import { authorizerNames, integrationNames, liveChildren, readView } from '../view.ts';
import type { AwsClient, ChildRef } from '../view.ts';
import { apiOf, heldBy, idOf, sent, unlessGone } from './fields.ts';

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 * Authorizer and integration are named, not numbered.
 * A route is written with its authorizer in one call, so that it is never open in between.
 */
export const route = defineKind<AwsClient, RouteSpec, ChildRef>()({
  name: aws.route.kind,
  after: [aws.api.kind],
  removeAfter: [aws.stage.kind],
  immutable: aws.route.immutable,
  list: async ({ view, known }) =>
    (await view(aws.route.kind)).flatMap((tree) => {
      known.set(tree.api.ApiId ?? '', new Set(tree.routes.map(({ RouteKey = '' }) => RouteKey)));
      const names = { authorizers: authorizerNames(tree), integrations: integrationNames(tree) };
      return liveChildren(aws.route, tree, tree.routes, (held) => ({ name: held.RouteKey, ref: held.RouteId, spec: specOf(held, names) }));
    }),
  put: async (client, desired, live) => {
    const ApiId = idOf(client, aws.api.address(apiOf(desired)), desired);
    const fields = fieldsOf(client, desired);
    if (live !== undefined) {
      await client.send(new UpdateRouteCommand({ ...fields, ApiId, RouteId: refOf(live).id }));
      return;
    }
    await client.send(new CreateRouteCommand({ ...fields, ApiId })).catch(async (thrown: unknown) => {
      // The answer to a first try may have been lost: the route is there, and it is in our API.
      if (!isConflict(thrown)) throw thrown;
      const there = (await readView(client)).trees.flatMap(({ routes, api }) => (api.ApiId === ApiId ? routes : []));
      const own = there.find(({ RouteKey }) => RouteKey === desired.spec.RouteKey);
      if (own === undefined)
        throw new Problem('AWS_REFUSED', `AWS refused to create route ${desired.id}: ${reason(thrown)}`, { at: desired.origin });
      await client.send(new UpdateRouteCommand({ ...fields, ApiId, RouteId: own.RouteId }));
    });
  },
  remove: async (client, live) => {
    const { ApiId, id } = refOf(live);
    if (client.deploys) await markStale(client, ApiId);
    await unlessGone(client.send(new DeleteRouteCommand({ ApiId, RouteId: id })));
  },
});

interface Names {
  readonly authorizers: ReadonlyMap<string, string>;
  readonly integrations: ReadonlyMap<string, string>;
}

const specOf = (held: Route, { authorizers, integrations }: Names): RouteSpec => {
  const open = (held.AuthorizationType ?? 'NONE') === 'NONE';
  const authorizer = authorizers.get(held.AuthorizerId ?? '');
  const target = held.Target?.replace(/^integrations\//, '');
  return heldBy(aws.route, {
    ...held,
    Authorizer: open || held.AuthorizerId === undefined ? null : (authorizer ?? `#${held.AuthorizerId}`),
    Integration: target === undefined ? null : (integrations.get(target) ?? `#${target}`),
  });
};

const fieldsOf = (client: AwsClient, desired: Desired<RouteSpec>) => {
  const { Authorizer, Integration, ...fields } = desired.spec;
  const api = apiOf(desired);
  return {
    ...sent(fields),
    ...(Authorizer != null && { AuthorizerId: idOf(client, aws.authorizer.address(api, Authorizer), desired) }),
    Target: `integrations/${idOf(client, aws.integration.address(api, String(Integration)), desired)}`,
  };
};
