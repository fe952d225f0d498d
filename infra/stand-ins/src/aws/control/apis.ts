import { badRequest, notHere } from '../fault.ts';
import { deployAutomatically, findApi, freshId, timestamp, type ApiState } from '../store.ts';
import type { Api, Cors } from '../types.ts';
import { description, merge, required, type Fields } from './fields.ts';
import { created, gone, ok, type Operation } from './operation.ts';
import { page } from './paging.ts';
import { checkTags, readTags } from './tags.ts';

const selectionExpression = '$request.method $request.path';

const header = { min: 1, max: 256, pattern: /^(\*|[A-Za-z0-9!#$%&'*+.^_`|~-]+)$/ };
const origin = { min: 1, max: 1024, pattern: /^(\*|[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+|null)$/i };

/** CORS rules: allowCredentials goes with named origins only. Source: API Gateway developer guide, "Configuring CORS for an HTTP API". */
const readCors = (fields: Fields): Cors | undefined => {
  const cors = fields.nested('corsConfiguration');
  if (cors === undefined) return undefined;
  const read: Cors = {
    allowCredentials: cors.flag('allowCredentials'),
    allowHeaders: cors.texts('allowHeaders', header),
    allowMethods: cors.texts('allowMethods', { min: 1, max: 32, pattern: /^(\*|[A-Z]+)$/ }),
    allowOrigins: cors.texts('allowOrigins', origin),
    exposeHeaders: cors.texts('exposeHeaders', header),
    maxAge: cors.integer('maxAge', -1, 86_400),
  };
  if (read.allowCredentials === true && read.allowOrigins?.includes('*')) {
    throw badRequest('Invalid CorsConfiguration: AllowCredentials is not supported when AllowOrigins contains *');
  }
  return read;
};

const readApi = (fields: Fields): Partial<Api> => {
  if (fields.has('target') || fields.has('routeKey') || fields.has('credentialsArn')) throw notHere('Quick create (Target, RouteKey)');
  const routeSelectionExpression = fields.text('routeSelectionExpression', { max: 128 });
  if (
    routeSelectionExpression !== undefined &&
    ![selectionExpression, '${request.method} ${request.path}'].includes(routeSelectionExpression)
  ) {
    throw badRequest(`Invalid RouteSelectionExpression: for HTTP APIs it must be ${selectionExpression}`);
  }
  return {
    name: fields.text('name', { min: 1, max: 128 }),
    description: description(fields),
    version: fields.text('version', { min: 1, max: 64 }),
    corsConfiguration: readCors(fields),
    disableExecuteApiEndpoint: fields.flag('disableExecuteApiEndpoint'),
    ipAddressType: fields.oneOf('ipAddressType', ['ipv4', 'dualstack']),
    routeSelectionExpression,
  } as Partial<Api>;
};

const emptyState = (region: string, api: Api): ApiState => ({
  region,
  api,
  authorizers: new Map(),
  integrations: new Map(),
  routes: new Map(),
  stages: new Map(),
  deployments: new Map(),
});

const path = '/v2/apis/{apiId}';

export const apiOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v2/apis',
    run: ({ store, region, fields }) => {
      if (required('protocolType', fields.oneOf('protocolType', ['HTTP', 'WEBSOCKET'])) === 'WEBSOCKET') throw notHere('A WEBSOCKET API');
      const asked = readApi(fields);
      const apiId = freshId(10, (id) => store.apis.has(id));
      const api = merge<Api>(
        {
          apiId,
          apiEndpoint: `${store.dataUrl()}/execute-api/${apiId}`,
          apiKeySelectionExpression: '$request.header.x-api-key',
          createdDate: timestamp(store.clock),
          disableExecuteApiEndpoint: false,
          ipAddressType: 'ipv4',
          name: required('name', asked.name),
          protocolType: 'HTTP',
          routeSelectionExpression: selectionExpression,
          tags: checkTags(readTags(fields) ?? {}),
        },
        asked,
      );
      store.apis.set(apiId, emptyState(region, api));
      return created(api);
    },
  },
  {
    method: 'GET',
    path: '/v2/apis',
    run: (call) => {
      const here = [...call.store.apis.values()].filter(({ region }) => region === call.region);
      return ok(
        page(
          call,
          'apis',
          here.map(({ api }) => api),
        ),
      );
    },
  },
  { method: 'GET', path, run: ({ store, region, param }) => ok(findApi(store, region, param('apiId')).api) },
  {
    method: 'PATCH',
    path,
    run: ({ store, region, param, fields }) => {
      const state = findApi(store, region, param('apiId'));
      state.api = merge(state.api, readApi(fields));
      deployAutomatically(state, store.clock);
      return ok(state.api);
    },
  },
  {
    method: 'DELETE',
    path,
    run: ({ store, region, param }) => {
      store.apis.delete(findApi(store, region, param('apiId')).api.apiId);
      return gone;
    },
  },
  {
    method: 'DELETE',
    path: `${path}/cors`,
    run: ({ store, region, param }) => {
      const state = findApi(store, region, param('apiId'));
      state.api = { ...state.api, corsConfiguration: undefined };
      deployAutomatically(state, store.clock);
      return gone;
    },
  },
];
