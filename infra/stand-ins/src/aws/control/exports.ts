import { badRequest, notFound } from '../fault.ts';
import { configurationOf, findApi, type Configuration } from '../store.ts';
import type { Integration, Route } from '../types.ts';
import { ok, type Operation } from './operation.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html, and its pages on the extensions. */
const integrationOf = ({ integrationId: _id, integrationType: type, integrationMethod: httpMethod, integrationUri: uri, ...rest }: Integration) => ({ type, httpMethod, uri, ...rest });

const operationOf = ({ authorizers, integrations }: Configuration, { routeKey, operationName, authorizationScopes = [], authorizationType, authorizerId = '', target = '' }: Route) => {
  const integration = integrations.get(target.replace('integrations/', ''));
  const authorizer = authorizers.get(authorizerId);
  return {
    ...(routeKey === '$default' && { isDefaultRoute: true }),
    ...(operationName !== undefined && { operationId: operationName }),
    responses: { default: { description: `Default response for ${routeKey}` } },
    ...(authorizationType === 'JWT' && authorizer && { security: [{ [authorizer.name]: authorizationScopes }] }),
    ...(authorizationType === 'AWS_IAM' && { 'x-amazon-apigateway-auth': { type: 'AWS_IAM' } }),
    ...(integration && { 'x-amazon-apigateway-integration': integrationOf(integration) }),
  };
};

const pathsOf = (configuration: Configuration) => {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { route } of configuration.routes) {
    const [method = '', path = '/$default'] = route.routeKey.split(' ');
    (paths[path] ??= {})[method === 'ANY' || method === '$default' ? 'x-amazon-apigateway-any-method' : method.toLowerCase()] = operationOf(configuration, route);
  }
  return paths;
};

export const exportOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v2/apis/{apiId}/exports/{specification}',
    run: ({ store, region, param, query }) => {
      const state = findApi(store, region, param('apiId'));
      if (param('specification') !== 'OAS30') throw badRequest('Invalid specification: expected OAS30');
      if (query.get('outputType') !== 'JSON') throw badRequest('This development stand-in of API Gateway exports JSON only: outputType=JSON');
      const stageName = query.get('stageName');
      const stage = stageName === null ? undefined : state.stages.get(stageName);
      if (stageName !== null && stage === undefined) throw notFound('Invalid stage identifier specified');
      const configuration = stage === undefined ? configurationOf(state) : state.deployments.get(stage.deploymentId ?? '')?.configuration;
      if (configuration === undefined) throw notFound(`Stage ${String(stageName)} has no deployment`);
      const { api } = state;
      return ok({
        openapi: '3.0.1',
        info: { title: api.name, version: api.version ?? api.createdDate },
        servers: [{ url: `${api.apiEndpoint}/{basePath}`, variables: { basePath: { default: stageName === null || stageName === '$default' ? '' : stageName } } }],
        tags: Object.entries(api.tags).map(([name, value]) => ({ name, 'x-amazon-apigateway-tag-value': value })),
        paths: pathsOf(configuration),
        components: {
          securitySchemes: Object.fromEntries(
            [...configuration.authorizers.values()].map(({ name, identitySource: [identitySource], jwtConfiguration }) => [
              name,
              { type: 'oauth2', flows: {}, 'x-amazon-apigateway-authorizer': { type: 'jwt', identitySource, jwtConfiguration } },
            ]),
          ),
        },
        ...(configuration.cors && { 'x-amazon-apigateway-cors': configuration.cors }),
        'x-amazon-apigateway-importexport-version': '1.0',
      });
    },
  },
];
