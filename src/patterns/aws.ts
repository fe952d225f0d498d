import type { Blueprint } from '../blueprint/types.ts';
import type { Desired } from '../core/resource.ts';
import { realm } from '../providers/keycloak/specs/realm.ts';
import { object, routePath, routesBehind, servicesBehind, sorted } from './objects.ts';
import type { Part } from './objects.ts';

/**
 * One JSON line per request: who asked by the verified claims, what became of it, and why the authorizer refused. No token is in it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLength: '$context.responseLength',
  issuer: '$context.authorizer.claims.iss',
  subject: '$context.authorizer.claims.sub',
  client: '$context.authorizer.claims.azp',
  scope: '$context.authorizer.claims.scope',
  authorizerError: '$context.authorizer.error',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integrationErrorMessage',
});

/**
 * One HTTP API in front of every service that names `aws`: a JWT authorizer per service (its own audience, so that a token for one
 * service is not good for another), a route and an integration per blueprint route, the `$default` stage.
 */
export const awsPart = (blueprint: Blueprint): Part => {
  const services = servicesBehind(blueprint, 'aws');
  if (services.length === 0) return { desired: [] };
  const api = blueprint.name;
  const { throttle, accessLog, tags = {} } = blueprint.targets.aws ?? {};
  const tagged = Object.keys(tags).length > 0 ? { Tags: { ...tags } } : {};
  const apiAddress = `aws.api/${api}`;
  // One API has one CORS configuration: the origins of all its services.
  const origins = [...new Set(services.flatMap(({ authentication }) => authentication.origins))];

  const desired: Desired[] = [
    object(blueprint, 'targets.aws', 'aws.api', api, {
      Name: api,
      ProtocolType: 'HTTP',
      Description: `authctl ${blueprint.name}`,
      DisableExecuteApiEndpoint: false,
      ...tagged,
      CorsConfiguration:
        origins.length === 0
          ? null
          : {
              AllowOrigins: sorted(origins),
              AllowMethods: sorted(services.flatMap((service) => routesBehind(service, 'aws').map(({ method }) => method))),
              AllowHeaders: ['authorization', 'content-type'],
              AllowCredentials: false,
              MaxAge: 600,
            },
    }),
  ];
  for (const service of services) {
    const authorizer = `${api}/${service.id}`;
    const routes = routesBehind(service, 'aws');
    if (routes.some((route) => !route.public))
      desired.push(
        object(
          blueprint,
          `services.${service.id}`,
          'aws.authorizer',
          authorizer,
          {
            Name: service.id,
            AuthorizerType: 'JWT',
            IdentitySource: ['$request.header.Authorization'],
            JwtConfiguration: { Issuer: service.authentication.issuer ?? blueprint.issuer, Audience: [service.audience] },
          },
          [apiAddress, realm.address(blueprint.realm.name)],
        ),
      );
    for (const route of routes) {
      const key = `${service.id}.${route.id}`;
      const integration = `${api}/${key}`;
      const routeKey = `${route.method} ${route.path}`;
      desired.push(
        object(
          blueprint,
          routePath(route),
          'aws.integration',
          integration,
          {
            IntegrationType: 'HTTP_PROXY',
            IntegrationMethod: route.method,
            IntegrationUri: `${service.upstream.replace(/\/$/, '')}${route.path}`,
            PayloadFormatVersion: '1.0',
            TimeoutInMillis: 10_000,
            Description: `authctl ${key}`,
          },
          [apiAddress],
        ),
        object(
          blueprint,
          routePath(route),
          'aws.route',
          `${api}/${routeKey}`,
          route.public
            ? { RouteKey: routeKey, AuthorizationType: 'NONE', Authorizer: null, AuthorizationScopes: [], Integration: key }
            : { RouteKey: routeKey, AuthorizationType: 'JWT', Authorizer: service.id, AuthorizationScopes: sorted(route.scopes), Integration: key },
          [`aws.integration/${integration}`, ...(route.public ? [] : [`aws.authorizer/${authorizer}`])],
        ),
      );
    }
  }
  desired.push(
    object(
      blueprint,
      'targets.aws',
      'aws.stage',
      `${api}/$default`,
      {
        StageName: '$default',
        AutoDeploy: true,
        DefaultRouteSettings: { ThrottlingBurstLimit: throttle?.burst ?? 500, ThrottlingRateLimit: throttle?.rate ?? 1000 },
        // Without a destination the log is not ours: somebody else may keep one.
        ...(accessLog !== undefined && { AccessLogSettings: { DestinationArn: accessLog, Format: ACCESS_LOG } }),
        ...tagged,
      },
      desired.filter(({ kind }) => kind === 'aws.route').map(({ id }) => `aws.route/${id}`),
    ),
  );
  return { desired };
};
