import { GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { createSdk, problemOf } from '../../providers/aws/client.ts';
import { authorizersOf, everyPage, integrationsOf, PAGE, routesOf, stagesOf } from '../../providers/aws/view.ts';
import type { HttpApi } from './model.ts';
import { chosen, lambdaAuthorizer } from './refused.ts';
import { otherSource } from './say.ts';

interface Where {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly api?: string | undefined;
}

/** An HTTP API as API Gateway shows it. Nothing is written. */
export const readApi = async ({ region, endpoint, api: name }: Where, environment: NodeJS.ProcessEnv): Promise<HttpApi> => {
  const target = { region, ...(endpoint !== undefined && { endpoint }) };
  const sdk = createSdk(target, environment);
  try {
    const all = await everyPage((NextToken) => sdk.send(new GetApisCommand({ MaxResults: PAGE, NextToken })));
    const api = chosen(all.filter(({ ProtocolType: type }) => type === 'HTTP').map((one) => ({ name: one.Name ?? '', one })), { file: `API Gateway in ${region}`, name, at: undefined, strict: true });
    const send = sdk.send.bind(sdk) as typeof sdk.send;
    const [authorizers, integrations, routes, stages] = await Promise.all([authorizersOf(send, api), integrationsOf(send, api), routesOf(send, api), stagesOf(send, api)]);
    const request = authorizers.find(({ AuthorizerType: type }) => type !== 'JWT');
    if (request) throw lambdaAuthorizer(request.Name ?? '', undefined);
    const held = new Map(integrations.map((one) => [`integrations/${one.IntegrationId ?? ''}`, one]));
    const origins = api.CorsConfiguration?.AllowOrigins ?? [];
    const exact = origins.every((origin) => /^https?:\/\/[^/*]+$/.test(origin));
    return {
      name: api.Name ?? '',
      id: api.ApiId,
      region,
      authorizers: authorizers.map(({ AuthorizerId: id = '', Name: called, JwtConfiguration: { Issuer: issuer = '', Audience: audience = [] } = {} }) => ({ name: id, called, issuer, audience })),
      routes: routes.map(({ RouteKey: key = '', AuthorizationType: authorization = 'NONE', AuthorizerId: authorizer, AuthorizationScopes: scopes = [], Target: target = '' }) => {
        const to = held.get(target);
        return {
          key, authorization, authorizer, scopes: scopes.toSorted(),
          integration: to && { type: to.IntegrationType ?? '', uri: to.IntegrationUri ?? '', payload: to.PayloadFormatVersion, timeout: to.TimeoutInMillis, fields: { ...to } },
        }; // prettier-ignore
      }),
      origins: exact ? origins : [],
      stages: stages.map(({ StageName: stage = '' }) => stage),
      found: { api: { ...api }, stages: Object.fromEntries(stages.map((stage) => [stage.StageName ?? '', { ...stage }])) },
      unsaid: authorizers.flatMap(({ Name: called = '', IdentitySource: from = [] }) => (otherSource(from) === undefined ? [] : [{ address: `authorizer ${called}`, why: otherSource(from) ?? '' }])),
    };
  } catch (thrown) {
    throw problemOf(thrown, 'read its HTTP APIs', target);
  } finally {
    sdk.destroy();
  }
};
