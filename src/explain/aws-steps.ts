import type { Blueprint, Route } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import type { Desired } from '../core/resource.ts';
import { specIn, textIn, textsIn } from '../core/read-spec.ts';
import { either, stepBy } from './steps.ts';
import type { Step } from './steps.ts';

/**
 * What an AWS HTTP API does with a request on a route: the JWT authorizer's steps as the developer guide gives them
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
 */
export const awsSteps = (blueprint: Blueprint, { desired }: Expansion, route: Route): readonly Step[] => {
  const api = blueprint.name;
  const find = (kind: string, id: string): Desired | undefined => desired.find((object) => object.kind === kind && object.id === id);
  const awsRoute = find('aws.route', `${api}/${route.method} ${route.path}`);
  if (!awsRoute) return [];
  const authorizer = find('aws.authorizer', `${api}/${textIn(awsRoute.spec, 'Authorizer') ?? ''}`);
  const integration = find('aws.integration', `${api}/${textIn(awsRoute.spec, 'Integration') ?? ''}`);
  return [
    stepBy(awsRoute, 'request', [
      `The stage ${desired.some(({ kind, id }) => kind === 'aws.stage' && id === `${api}/$default`) ? '$default ' : ''}picks the route "${textIn(awsRoute.spec, 'RouteKey') ?? ''}"; a request without a route is 404.`,
    ]),
    ...(authorizer
      ? authorizerSteps(authorizer, awsRoute)
      : [stepBy(awsRoute, 'authorizer', ['None: AuthorizationType is NONE, so nobody is asked for a token.'])]),
    ...(integration
      ? [
          stepBy(integration, 'backend integration', [
            `The request goes on as ${textIn(integration.spec, 'IntegrationMethod') ?? ''} ${textIn(integration.spec, 'IntegrationUri') ?? ''}; no answer in ${Number(integration.spec.TimeoutInMillis) / 1000} s is 503 or 504.`,
          ]),
        ]
      : []),
    { title: 'response', what: ['The answer of the backend goes back as it is.'] },
  ];
};

const authorizerSteps = (authorizer: Desired, route: Desired): readonly Step[] => {
  const { spec } = authorizer;
  const jwt = specIn(spec, 'JwtConfiguration');
  const issuer = textIn(jwt, 'Issuer') ?? '';
  const scopes = textsIn(route.spec, 'AuthorizationScopes');
  return [
    stepBy(authorizer, 'authorizer', [
      `The token is read from ${textsIn(spec, 'IdentitySource').join(', ')}, with or without "Bearer "; none is 401.`,
    ]),
    stepBy(authorizer, 'discovery', [
      `${issuer}/.well-known/openid-configuration names the issuer and its jwks_uri; when it cannot be fetched in 1.5 s the answer is 401.`,
    ]),
    stepBy(authorizer, 'JWKS', ["The key with the token's kid is taken from jwks_uri; AWS may keep the keys for two hours."]),
    stepBy(authorizer, 'verification', [
      'The signature must be good, and its algorithm an RSA one.',
      `iss must be ${issuer}; aud must contain ${either(textsIn(jwt, 'Audience'))} (client_id counts only when there is no aud).`,
      'exp must lie ahead, nbf and iat behind, without leeway. Anything else is 401.',
    ]),
    stepBy(route, 'scopes', [
      scopes.length > 0
        ? `scope (or scp) must hold ${scopes.length > 1 ? 'at least one of ' : ''}${scopes.join(', ')}, or the answer is 403. Roles are not looked at.`
        : 'No scope is demanded: every token of this audience passes.',
    ]),
  ];
};
