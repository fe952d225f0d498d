import { awsKeysOf } from '../access/index.ts';
import type { Blueprint, Route } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import type { Desired } from '../core/resource.ts';
import { aws } from '../providers/aws/specs/index.ts';
import type { AuthorizerSpec, RouteSpec } from '../providers/aws/specs/index.ts';
import { either, stepBy } from './steps.ts';
import type { Step } from './steps.ts';

/**
 * What an AWS HTTP API does with a request on a route: the JWT authorizer's steps as the developer guide gives them
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
 */
export const awsSteps = (blueprint: Blueprint, { desired }: Expansion, route: Route): readonly Step[] => {
  const api = blueprint.name;
  const awsRoute = desired.filter(aws.route.is).find(({ id }) => awsKeysOf(route).some((key) => id === aws.route.id(api, key)));
  if (!awsRoute) return [];
  const authorizer = desired.filter(aws.authorizer.is).find(({ id }) => id === aws.authorizer.id(api, awsRoute.spec.Authorizer ?? ''));
  const integration = desired.filter(aws.integration.is).find(({ id }) => id === aws.integration.id(api, awsRoute.spec.Integration ?? ''));
  const stages = desired.filter(aws.stage.is).map(({ spec }) => spec.StageName);
  return [
    stepBy(awsRoute, 'request', [
      `The stage ${stages[0] === undefined ? '' : `${stages[0]} `}picks the route "${awsRoute.spec.RouteKey}"; a request without a route is 404.`,
    ]),
    ...(authorizer
      ? authorizerSteps(authorizer, awsRoute)
      : [stepBy(awsRoute, 'authorizer', ['None: AuthorizationType is NONE, so nobody is asked for a token.'])]),
    ...(integration
      ? [
          stepBy(integration, 'backend integration', [
            integration.spec.IntegrationType === 'AWS_PROXY'
              ? `The function ${integration.spec.IntegrationUri ?? ''} is given the request and the verified claims as an event of the form ${integration.spec.PayloadFormatVersion ?? ''}; no answer in ${Number(integration.spec.TimeoutInMillis) / 1000} s is 503, a bad one 500.`
              : `The request goes on as ${integration.spec.IntegrationMethod ?? ''} ${integration.spec.IntegrationUri ?? ''}; no answer in ${Number(integration.spec.TimeoutInMillis) / 1000} s is 503 or 504.`,
          ]),
        ]
      : []),
    { title: 'response', what: ['The answer of the backend goes back as it is.'] },
  ];
};

const authorizerSteps = (authorizer: Desired<AuthorizerSpec>, route: Desired<RouteSpec>): readonly Step[] => {
  const { JwtConfiguration: jwt, IdentitySource: sources } = authorizer.spec;
  const issuer = jwt?.Issuer ?? '';
  const scopes = route.spec.AuthorizationScopes ?? [];
  return [
    stepBy(authorizer, 'authorizer', [
      `The token is read from ${(sources ?? []).join(', ')}, with or without "Bearer "; none is 401.`,
    ]),
    stepBy(authorizer, 'discovery', [
      `${issuer}/.well-known/openid-configuration names the issuer and its jwks_uri; when it cannot be fetched in 1.5 s the answer is 401.`,
    ]),
    stepBy(authorizer, 'JWKS', ["The key with the token's kid is taken from jwks_uri; AWS may keep the keys for two hours."]),
    stepBy(authorizer, 'verification', [
      'The signature must be good, and its algorithm an RSA one.',
      `iss must be ${issuer}; aud must contain ${either(jwt?.Audience ?? [])} (client_id counts only when there is no aud).`,
      'exp must lie ahead, nbf and iat behind, without leeway. Anything else is 401.',
    ]),
    stepBy(route, 'scopes', [
      scopes.length > 0
        ? `scope (or scp) must hold ${scopes.length > 1 ? 'at least one of ' : ''}${scopes.join(', ')}, or the answer is 403. Roles are not looked at.`
        : 'No scope is demanded: every token of this audience passes, an ID token, too.',
    ]),
  ];
};
