import { badRequest, conflict, notFound, notHere, quotaReached } from '../fault.ts';
import { isReservedHeader, parseChange, parseExpression } from '../parameters.ts';
import { deployAutomatically, findApi, freshId, type ApiState, type Store } from '../store.ts';
import type { Integration, ParameterMap } from '../types.ts';
import { isFunctionUri, isIntegrationUri, isListenerUri } from '../uri.ts';
import { description, merge, mergeMap, required, type Fields } from './fields.ts';
import { created, gone, ok, type Operation } from './operation.ts';
import { page } from './paging.ts';

/** Source: API Gateway quotas for HTTP APIs. */
const mostIntegrations = 300;

const types = ['AWS', 'AWS_PROXY', 'HTTP', 'HTTP_PROXY', 'MOCK'] as const;
const webSocketOnly = ['contentHandlingStrategy', 'passthroughBehavior', 'requestTemplates', 'templateSelectionExpression'] as const;

const checkMapping = (map: ParameterMap, side: 'request' | 'response'): void => {
  for (const [key, value] of Object.entries(map)) {
    const change = parseChange(key, side);
    if (change === undefined) throw badRequest(`Invalid mapping expression specified: ${key}`);
    if ('name' in change && change.place === 'header' && isReservedHeader(change.name)) {
      throw badRequest(`Operations on header ${change.name.toLowerCase()} are restricted`);
    }
    if (change.action === 'remove' && value !== '' && value !== "''")
      throw badRequest(`Invalid mapping expression specified: ${key} takes no value`);
    if (change.place === 'statuscode' && value !== '' && !/^[2-5]\d\d$/.test(value) && !value.startsWith('$')) {
      throw badRequest(`Invalid mapping expression specified: ${key} takes a status code`);
    }
    if (parseExpression(value, side) === undefined) throw badRequest(`Invalid mapping expression specified: ${value}`);
  }
};

/** On creation an empty value for `remove` is a mapping; in an update it takes the mapping out, as any empty value does. */
const normalised = (map: ParameterMap): ParameterMap =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, key.startsWith('remove:') && value === '' ? "''" : value]));

const mappingRule = { max: 2048 };

const readResponses = (fields: Fields): Readonly<Record<string, ParameterMap>> | undefined => {
  const entries = fields.entries('responseParameters');
  if (entries === undefined) return undefined;
  const codes = entries.map(([code]) => [code, fields.nested('responseParameters')?.map(code, mappingRule) ?? {}] as const);
  for (const [code, map] of codes) {
    if (!/^[2-5]\d\d$/.test(code)) throw badRequest(`Invalid ResponseParameters: ${code} is not a status code from 200 to 599`);
    checkMapping(map, 'response');
  }
  return Object.fromEntries(codes);
};

const mergeResponses = (
  current: Integration['responseParameters'],
  patch: Integration['responseParameters'],
): Integration['responseParameters'] => {
  if (patch === undefined) return current;
  const merged = Object.entries(patch).map(
    ([code, map]) => [code, Object.keys(map).length === 0 ? {} : (mergeMap(current?.[code], map) ?? {})] as const,
  );
  return Object.fromEntries(Object.entries({ ...current, ...Object.fromEntries(merged) }).filter(([, map]) => Object.keys(map).length > 0));
};

const readTls = (fields: Fields): Integration['tlsConfig'] => {
  const name = fields.nested('tlsConfig')?.text('serverNameToVerify', { min: 1, max: 512 });
  return name === undefined ? undefined : { serverNameToVerify: name };
};

const readIntegration = (fields: Fields): Partial<Integration> => {
  const type = fields.oneOf('integrationType', types);
  if (type !== undefined && type !== 'HTTP_PROXY' && type !== 'AWS_PROXY') throw badRequest(`Integration type ${type} is not supported for HTTP APIs`);
  for (const member of webSocketOnly) if (fields.has(member)) throw badRequest(`${member} is supported only for WebSocket APIs`);
  if (fields.has('integrationSubtype')) throw notHere('An integration with another service of AWS');
  const version = fields.oneOf('payloadFormatVersion', ['1.0', '2.0']);
  const integrationUri = fields.text('integrationUri', { min: 1, max: 2048 });
  const requestParameters = fields.map('requestParameters', mappingRule);
  if (requestParameters) checkMapping(requestParameters, 'request');
  return {
    connectionId: fields.text('connectionId', { max: 1024 }),
    connectionType: fields.oneOf('connectionType', ['INTERNET', 'VPC_LINK']),
    tlsConfig: readTls(fields),
    credentialsArn: fields.text('credentialsArn', { max: 2048, pattern: /^arn:aws[a-z-]*:iam::(\d{12}:role\/|\*:user\/\*)\S*$/ }),
    description: description(fields),
    integrationMethod: fields.text('integrationMethod', { max: 64, pattern: /^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/ }),
    integrationType: type,
    integrationUri,
    payloadFormatVersion: version,
    requestParameters,
    responseParameters: readResponses(fields),
    timeoutInMillis: fields.integer('timeoutInMillis', 50, 30_000),
  } as Partial<Integration>;
};

/** What the two kinds of integration may be, whether made or changed. */
const checked = (integration: Integration, { listeners }: Pick<Store, 'listeners'>): Integration => {
  const { integrationType, integrationUri, integrationMethod, payloadFormatVersion, credentialsArn } = integration;
  if (integrationType === 'HTTP_PROXY') {
    if (credentialsArn !== undefined) throw badRequest('CredentialsArn is supported only for AWS_PROXY integrations');
    if (payloadFormatVersion !== '1.0') throw badRequest('PayloadFormatVersion 1.0 is the only supported value for HTTP_PROXY integrations');
    if (integration.connectionType === 'VPC_LINK') return checkedPrivate(integration, listeners);
    for (const member of ['connectionId', 'tlsConfig'] as const)
      if (integration[member] !== undefined) throw badRequest(`${member} is supported only for private integrations`);
    if (!isIntegrationUri(integrationUri)) throw badRequest('Invalid HTTP endpoint specified for URI');
    return integration;
  }
  if (!isFunctionUri(integrationUri)) throw badRequest('Invalid function ARN or invalid uri');
  if (integrationMethod !== 'POST') throw badRequest('HttpMethod must be POST for AWS_PROXY IntegrationType.');
  if (Object.keys({ ...integration.requestParameters, ...integration.responseParameters }).length > 0) throw notHere('A parameter mapping of a function');
  return integration;
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html */
const checkedPrivate = (integration: Integration, listeners: Store['listeners']): Integration => {
  if (![...listeners.values()].some(({ link }) => link === integration.connectionId)) throw badRequest(`Invalid VpcLink ID: ${integration.connectionId ?? ''}`);
  if (!isListenerUri(integration.integrationUri)) throw badRequest('For VpcLink, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN.');
  return integration;
};

const apply = (current: Integration, patch: Partial<Integration>): Integration => ({
  ...merge(current, patch),
  requestParameters: mergeMap(current.requestParameters, patch.requestParameters),
  responseParameters: mergeResponses(current.responseParameters, patch.responseParameters),
});

const findIntegration = (state: ApiState, id: string): Integration => {
  const found = state.integrations.get(id);
  if (found === undefined) throw notFound(`Invalid Integration identifier specified ${id}`);
  return found;
};

const path = '/v2/apis/{apiId}/integrations';

export const integrationOperations: readonly Operation[] = [
  {
    method: 'POST',
    path,
    run: ({ store, region, param, fields }) => {
      const state = findApi(store, region, param('apiId'));
      const asked = readIntegration(fields);
      const integration = checked({
        connectionId: asked.connectionId,
        connectionType: asked.connectionType ?? 'INTERNET',
        tlsConfig: asked.tlsConfig,
        credentialsArn: asked.credentialsArn,
        description: asked.description,
        integrationId: freshId(7, (id) => state.integrations.has(id)),
        integrationType: required('integrationType', asked.integrationType),
        integrationMethod: asked.integrationType === 'AWS_PROXY' ? (asked.integrationMethod ?? 'POST') : required('integrationMethod', asked.integrationMethod),
        integrationUri: required('integrationUri', asked.integrationUri),
        payloadFormatVersion: required('payloadFormatVersion', asked.payloadFormatVersion),
        requestParameters: mergeMap(undefined, asked.requestParameters && normalised(asked.requestParameters)),
        responseParameters: mergeResponses(
          undefined,
          asked.responseParameters &&
            Object.fromEntries(Object.entries(asked.responseParameters).map(([code, map]) => [code, normalised(map)])),
        ),
        timeoutInMillis: asked.timeoutInMillis ?? 30_000,
      }, store);
      if (state.integrations.size >= mostIntegrations) throw quotaReached('integrations for this API', mostIntegrations);
      state.integrations.set(integration.integrationId, integration);
      deployAutomatically(state, store.clock);
      return created(integration);
    },
  },
  {
    method: 'GET',
    path,
    run: (call) => ok(page(call, 'integrations', findApi(call.store, call.region, call.param('apiId')).integrations.values())),
  },
  {
    method: 'GET',
    path: `${path}/{integrationId}`,
    run: ({ store, region, param }) => ok(findIntegration(findApi(store, region, param('apiId')), param('integrationId'))),
  },
  {
    method: 'PATCH',
    path: `${path}/{integrationId}`,
    run: ({ store, region, param, fields }) => {
      const state = findApi(store, region, param('apiId'));
      const integration = checked(apply(findIntegration(state, param('integrationId')), readIntegration(fields)), store);
      state.integrations.set(integration.integrationId, integration);
      deployAutomatically(state, store.clock);
      return ok(integration);
    },
  },
  {
    method: 'DELETE',
    path: `${path}/{integrationId}`,
    run: ({ store, region, param }) => {
      const state = findApi(store, region, param('apiId'));
      const { integrationId } = findIntegration(state, param('integrationId'));
      const users = [...state.routes.values()].filter(({ route }) => route.target === `integrations/${integrationId}`);
      if (users.length > 0) {
        const ids = users.map(({ route }) => route.routeId).join(', ');
        throw conflict(`Cannot delete Integration because it is referenced by the following Routes with Ids: [${ids}]`);
      }
      state.integrations.delete(integrationId);
      deployAutomatically(state, store.clock);
      return gone;
    },
  },
];
