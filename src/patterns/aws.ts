import type { Blueprint, Route, Service } from '../blueprint/types.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired } from '../core/resource.ts';
import { aws } from '../providers/aws/specs/index.ts';
import type { IntegrationSpec, RouteSpec } from '../providers/aws/specs/index.ts';
import { isFunction } from '../blueprint/lambda.ts';
import { isListener } from '../blueprint/listener.ts';
import { awsKeysOf, baseOf, isPrefix, routeKey, statedOf } from '../access/index.ts';
import { issuerBefore, made, routePath, routesBehind, servicesBehind, sorted } from './objects.ts';
import type { Part } from './objects.ts';

/**
 * One JSON line per request: who asked by the verified claims, what became of it, and why the authorizer refused. No token is in it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const accessLogOf = ({ foreign }: Blueprint): string => JSON.stringify({
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLength: '$context.responseLength',
  issuer: '$context.authorizer.claims.iss',
  subject: '$context.authorizer.claims.sub',
  client: `$context.authorizer.claims.${foreign?.audienceClaim === 'client_id' ? 'client_id' : 'azp'}`,
  scope: '$context.authorizer.claims.scope',
  authorizerError: '$context.authorizer.error',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integrationErrorMessage',
});

/**
 * One HTTP API in front of every service that names `aws`: a JWT authorizer per service (its own audience, so that a token for one
 * service is not good for another), a route and an integration per blueprint route, and the stages.
 */
export const awsPart = (blueprint: Blueprint): Part => {
  const services = servicesBehind(blueprint, 'aws');
  if (services.length === 0) return { desired: [] };
  const api = blueprint.name;
  const { throttle, accessLog, tags = {}, stages = ['$default'], autoDeploy = true, domains = [] } = blueprint.targets.aws ?? {};
  const tagged = Object.keys(tags).length > 0 ? { Tags: { ...tags } } : {};
  // One API has one CORS configuration: the origins of all its services, and what each allows their pages.
  const cors = services.flatMap((service) => service.cors ?? []);
  const lower = (name: string): string => name.toLowerCase();
  const origins = [...new Set(services.flatMap(({ authentication }) => authentication.origins))];

  const before = [
    made(blueprint, 'targets.aws', aws.api, [api], {
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
              AllowMethods: sorted(services.flatMap((service) => routesBehind(service, 'aws').flatMap(statedOf))),
              AllowHeaders: sorted(['authorization', 'content-type', ...cors.flatMap(({ headers }) => headers.map(lower))]),
              ...(cors.some(({ exposed }) => exposed.length > 0) && { ExposeHeaders: sorted(cors.flatMap(({ exposed }) => exposed.map(lower))) }),
              AllowCredentials: false,
              MaxAge: Math.min(...services.map((service) => service.cors?.maxAge ?? 600)),
            },
    }),
    ...services.flatMap((service) => behindService(blueprint, service)),
  ];
  const staged = stages.map((StageName) => made(
    blueprint,
    'targets.aws',
    aws.stage,
    [api, StageName],
    {
      StageName,
      AutoDeploy: autoDeploy,
      DefaultRouteSettings: { ThrottlingBurstLimit: throttle?.burst ?? 500, ThrottlingRateLimit: throttle?.rate ?? 1000 },
      // Without a destination the log is not ours: somebody else may keep one.
      ...(accessLog !== undefined && { AccessLogSettings: { DestinationArn: accessLog, Format: accessLogOf(blueprint) } }),
      ...tagged,
    },
    // What is deployed by itself serves a route as soon as it is there; what apply deploys is all of it.
    (autoDeploy ? before.filter(aws.route.is) : before).map(addressOf),
  ));
  const [first = '$default'] = stages;
  const mapped = domains.map(({ name: DomainName, path: ApiMappingKey = '', stage: Stage = first }, index) =>
    made(blueprint, `targets.aws.domains.${index}`, aws.mapping, [api, DomainName, ApiMappingKey], { DomainName, ApiMappingKey, Api: api, Stage }, [aws.stage.address(api, Stage)]));
  return { desired: [...before, ...staged, ...mapped] };
};

/** A service's authorizer, when one of its routes needs it, and an integration and a route for each. */
const behindService = (blueprint: Blueprint, service: Service): readonly Desired[] => {
  const api = blueprint.name;
  const routes = routesBehind(service, 'aws');
  const authorizer = made(
    blueprint,
    `services.${service.id}`,
    aws.authorizer,
    [api, service.id],
    {
      Name: service.id,
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: service.authentication.issuer ?? blueprint.issuer, Audience: [...service.audiences] },
    },
    [aws.api.address(api), ...issuerBefore(blueprint)],
  );
  return [
    ...(routes.some((route) => !route.public) ? [authorizer] : []),
    ...routes.flatMap((route): readonly Desired[] => {
      const key = `${service.id}.${routeKey(route)}`;
      const integration = made(
        blueprint,
        routePath(route),
        aws.integration,
        [api, key],
        isFunction(service.upstream) ? toFunction(service, key) : isListener(service.upstream) ? toListener(service, route, key) : toServer(service, route, key),
        [aws.api.address(api)],
      );
      const specOf = (RouteKey: string): RouteSpec => route.public
        ? { RouteKey, AuthorizationType: 'NONE', Authorizer: null, AuthorizationScopes: [], Integration: key }
        : { RouteKey, AuthorizationType: 'JWT', Authorizer: service.id, AuthorizationScopes: sorted(route.scopes), Integration: key };
      const after = [addressOf(integration), ...(route.public ? [] : [addressOf(authorizer)])];
      return [integration, ...awsKeysOf(route).map((RouteKey) => made(blueprint, routePath(route), aws.route, [api, RouteKey], specOf(RouteKey), after))];
    }),
  ];
};

/** A HEAD that goes with GET is asked as GET; of several methods each goes on as it came. */
const asked = (route: Route): string => {
  const [first, ...others] = statedOf(route);
  return others.length === 0 ? String(first) : 'ANY';
};

const toServer = ({ upstream }: Service, route: Route, key: string): IntegrationSpec => {
  const place = isPrefix(route.path) ? `${baseOf(route.path)}{proxy}` : route.path;
  return {
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: asked(route),
    IntegrationUri: `${upstream.replace(/\/$/, '')}${route.path === '/**' ? '' : place}`,
    PayloadFormatVersion: '1.0',
    TimeoutInMillis: 10_000,
    Description: `authctl ${key}`,
  };
};

/**
 * What stands in a VPC gets the request's own path. API Gateway puts the name of the stage before it, unless it is told the path without.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html
 */
const toListener = ({ upstream, vpcLink }: Service, route: Route, key: string): IntegrationSpec => ({
  IntegrationType: 'HTTP_PROXY',
  IntegrationMethod: asked(route),
  IntegrationUri: upstream,
  ConnectionType: 'VPC_LINK',
  ConnectionId: vpcLink?.id ?? '',
  // Stated where there is none, too, or one that somebody adds would stay.
  TlsConfig: vpcLink?.serverName === undefined ? null : { ServerNameToVerify: vpcLink.serverName },
  RequestParameters: { 'overwrite:path': '$request.path' },
  PayloadFormatVersion: '1.0',
  TimeoutInMillis: 10_000,
  Description: `authctl ${key}`,
});

/**
 * A function is asked by POST whatever the client's method, which stands in its event with the path.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
const toFunction = ({ upstream, lambda }: Service, key: string): IntegrationSpec => ({
  IntegrationType: 'AWS_PROXY',
  IntegrationMethod: 'POST',
  IntegrationUri: upstream,
  PayloadFormatVersion: lambda?.payload ?? '2.0',
  TimeoutInMillis: (lambda?.timeout ?? 10) * 1000,
  CredentialsArn: lambda?.role ?? null,
  Description: `authctl ${key}`,
});
