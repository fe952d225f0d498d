import { badRequest, conflict, notFound, notHere, quotaReached } from '../fault.ts';
import { parseRouteKey, shapeOf } from '../route-key.ts';
import { deployAutomatically, findApi, freshId, type ApiState, type KeyedRoute } from '../store.ts';
import type { Route } from '../types.ts';
import { merge, required, type Fields } from './fields.ts';
import { created, gone, ok, type Operation } from './operation.ts';
import { page } from './paging.ts';

/** Source: API Gateway quotas for HTTP APIs. */
const mostRoutes = 300;
const mostScopes = 10;

const webSocketOnly = ['modelSelectionExpression', 'requestModels', 'requestParameters', 'routeResponseSelectionExpression'] as const;

const readRoute = (fields: Fields): Partial<Route> => {
  for (const member of webSocketOnly) if (fields.has(member)) throw badRequest(`${member} is supported only for WebSocket APIs`);
  if (fields.flag('apiKeyRequired') === true) throw badRequest('ApiKeyRequired is supported only for WebSocket APIs');
  const authorizationType = fields.oneOf('authorizationType', ['NONE', 'JWT', 'AWS_IAM', 'CUSTOM']);
  if (authorizationType === 'CUSTOM') throw notHere('Authorization type CUSTOM (a Lambda authorizer)');
  return {
    routeKey: fields.text('routeKey', { min: 1, max: 2048 }),
    authorizationType,
    authorizerId: fields.text('authorizerId', { max: 64 }),
    authorizationScopes: fields.texts('authorizationScopes', { min: 1, max: 64 }),
    operationName: fields.text('operationName', { max: 64 }),
    target: fields.text('target', { max: 128 }),
  } as Partial<Route>;
};

const checkAuthorization = (state: ApiState, { authorizationType, authorizerId, authorizationScopes = [] }: Route): void => {
  if (authorizationType === 'JWT' && (authorizerId === undefined || !state.authorizers.has(authorizerId))) {
    throw badRequest('Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.');
  }
  if (authorizationType !== 'JWT' && authorizationScopes.length > 0) {
    throw badRequest('Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types');
  }
  if (authorizationScopes.length > mostScopes) throw badRequest(`The number of authorization scopes exceeds the limit of ${mostScopes}`);
};

const checkTarget = (state: ApiState, target: string | undefined): void => {
  if (target === undefined) return;
  const id = /^integrations\/([a-z0-9]+)$/.exec(target)?.[1];
  if (id === undefined || !state.integrations.has(id))
    throw badRequest(`Invalid target specified: ${target} is not an integration of this API`);
};

/** Reads the route's key and compares it with every other route's. Texts as a live service gave them, e.g. in plutomi/plutomi#271. */
const keyed = (state: ApiState, route: Route): KeyedRoute => {
  const key = parseRouteKey(route.routeKey);
  if (key === undefined) {
    throw badRequest(
      'The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"',
    );
  }
  for (const other of state.routes.values()) {
    if (other.route.routeId === route.routeId) continue;
    if (other.route.routeKey === route.routeKey) throw conflict(`Route with key ${route.routeKey} already exists for this API`);
    if (shapeOf(other.key) === shapeOf(key)) {
      throw conflict(
        `The provided route key "${route.routeKey}" has a conflicting variable on the same hierarchical level as "${other.route.routeKey}"`,
      );
    }
  }
  return { route, key };
};

/** Empty values take a member out; a route that is open holds no authorizer. */
const settled = (route: Route): Route => ({
  ...route,
  authorizerId: route.authorizationType === 'JWT' && route.authorizerId !== '' ? route.authorizerId : undefined,
  authorizationScopes: route.authorizationScopes?.length ? route.authorizationScopes : undefined,
  operationName: route.operationName === '' ? undefined : route.operationName,
  target: route.target === '' ? undefined : route.target,
});

const put = (state: ApiState, asked: Route): Route => {
  const entry = keyed(state, settled(asked));
  checkAuthorization(state, entry.route);
  checkTarget(state, entry.route.target);
  state.routes.set(entry.route.routeId, entry);
  return entry.route;
};

const findRoute = (state: ApiState, id: string): Route => {
  const found = state.routes.get(id);
  if (found === undefined) throw notFound(`Invalid Route identifier specified ${id}`);
  return found.route;
};

const path = '/v2/apis/{apiId}/routes';

export const routeOperations: readonly Operation[] = [
  {
    method: 'POST',
    path,
    run: ({ store, region, param, fields }) => {
      const state = findApi(store, region, param('apiId'));
      const asked = readRoute(fields);
      if (state.routes.size >= mostRoutes) throw quotaReached('routes for this API', mostRoutes);
      const route = put(
        state,
        merge<Route>(
          {
            apiKeyRequired: false,
            authorizationType: 'NONE',
            routeId: freshId(7, (id) => state.routes.has(id)),
            routeKey: required('routeKey', asked.routeKey),
          },
          asked,
        ),
      );
      deployAutomatically(state, store.clock);
      return created(route);
    },
  },
  {
    method: 'GET',
    path,
    run: (call) => {
      const { routes } = findApi(call.store, call.region, call.param('apiId'));
      return ok(
        page(
          call,
          'routes',
          [...routes.values()].map(({ route }) => route),
        ),
      );
    },
  },
  {
    method: 'GET',
    path: `${path}/{routeId}`,
    run: ({ store, region, param }) => ok(findRoute(findApi(store, region, param('apiId')), param('routeId'))),
  },
  {
    method: 'PATCH',
    path: `${path}/{routeId}`,
    run: ({ store, region, param, fields }) => {
      const state = findApi(store, region, param('apiId'));
      const route = put(state, merge(findRoute(state, param('routeId')), readRoute(fields)));
      deployAutomatically(state, store.clock);
      return ok(route);
    },
  },
  {
    method: 'DELETE',
    path: `${path}/{routeId}`,
    run: ({ store, region, param }) => {
      const state = findApi(store, region, param('apiId'));
      state.routes.delete(findRoute(state, param('routeId')).routeId);
      deployAutomatically(state, store.clock);
      return gone;
    },
  },
];
