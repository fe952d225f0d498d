import { stringify } from 'yaml';
import type { Blueprint } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import { deploymentIn, deploymentName, deploymentResource, functionsOf, invokePermission, parametersSection, partsOf, refersTo, stageResource } from './aws-template.ts';
import type { Part } from './aws-template.ts';

/**
 * The API as SAM has it: one `AWS::Serverless::HttpApi` whose routes stand in an OpenAPI document, since an event of a function is the only other way to
 * say one, and names no server. What an import of that document would leave out ends the deployment (`FailOnWarnings`). A stage of such an API always
 * deploys by itself: where the blueprint says otherwise the API, its stages and their deployment are CloudFormation's, which SAM leaves as they are.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html
 */
export const sam = (blueprint: Blueprint, expansion: Expansion): string => {
  const { parts, parameters } = partsOf(expansion, refersTo);
  const of = (kind: Part['kind']): readonly Part[] => parts.filter((part) => part.kind === kind);
  const [{ name = '', fields: api = {} } = {}] = of('api');
  const [{ fields: first = {} } = {}, ...others] = of('stage');
  const deployment = deploymentIn(parts);
  const { Name, Description, CorsConfiguration, DisableExecuteApiEndpoint, Tags: tags } = api;
  const { StageName, StageVariables, DefaultRouteSettings, RouteSettings, AccessLogSettings } = first;
  const definition = {
    openapi: '3.0.1',
    info: { title: Name, version: '1.0' },
    paths: pathsOf(parts),
    components: { securitySchemes: Object.fromEntries(of('authorizer').map((part) => [String(part.fields.Name), schemeOf(part)])) },
  };
  const allTags = { ...(tags as object | undefined), authctl: blueprint.name };
  // Its name is the title of the document: SAM refuses to be told both.
  const serverless = {
    Type: 'AWS::Serverless::HttpApi',
    Properties: { Description, DisableExecuteApiEndpoint, CorsConfiguration, StageName, StageVariables, DefaultRouteSettings, RouteSettings, AccessLogSettings, FailOnWarnings: true, Tags: allTags, DefinitionBody: definition },
  };
  // The first stage is the API's own where it deploys by itself.
  const stages = deployment === undefined ? others : of('stage');
  const resources = {
    [name]: deployment === undefined ? serverless : plainApi(definition, api, allTags),
    ...(deployment !== undefined && { [deploymentName(deployment)]: deploymentResource(blueprint, deployment, { Ref: name }, [name]) }),
    ...Object.fromEntries(stages.map((stage) => [stage.name, stageResource(blueprint, stage, { Ref: name }, [name])])),
    ...Object.fromEntries(of('mapping').map((mapping) => [mapping.name, mappingOf(mapping, name, stages)])),
    ...Object.fromEntries(functionsOf(expansion).map(({ name: permission, asked }) => [permission, invokePermission(asked.arn, { Ref: name })])),
  };
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Transform: 'AWS::Serverless-2016-10-31',
    Description: `${blueprint.name}: HTTP API with JWT authorizers, made by authctl render`,
    ...parametersSection(parameters),
    Resources: resources,
    Outputs: { ApiEndpoint: { Value: { 'Fn::GetAtt': [name, 'ApiEndpoint'] } } },
  };
  // What is undefined is left out.
  return stringify(template, { lineWidth: 0, aliasDuplicateObjects: false });
};

/**
 * What SAM makes of its own resource, but for the stage, which would deploy by itself: whatever that says stands in the document.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html,
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
const plainApi = (definition: { readonly info: object }, { Description, CorsConfiguration, DisableExecuteApiEndpoint }: Part['fields'], tags: object): unknown => ({
  Type: 'AWS::ApiGatewayV2::Api',
  Properties: {
    FailOnWarnings: true,
    Body: {
      ...definition,
      info: { ...definition.info, description: Description },
      tags: Object.entries(tags).map(([name, value]) => ({ name, 'x-amazon-apigateway-tag-value': value as string })),
      ...(CorsConfiguration !== undefined && { 'x-amazon-apigateway-cors': Object.fromEntries(Object.entries(CorsConfiguration as object).map(([field, value]) => [small(field), value as unknown])) }),
      ...(DisableExecuteApiEndpoint !== undefined && { 'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: DisableExecuteApiEndpoint } }),
    },
  },
});
const small = (field: string): string => `${field.slice(0, 1).toLowerCase()}${field.slice(1)}`;

/** A first stage that the API makes by itself is called by it (`<api>.Stage`). */
const mappingOf = ({ fields, stage }: Part, api: string, stated: readonly Part[]): unknown => ({
  Type: 'AWS::ApiGatewayV2::ApiMapping',
  Properties: { ...fields, ApiId: { Ref: api }, Stage: { Ref: stated.some((one) => one.name === stage) ? stage : `${api}.Stage` } },
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html, api-gateway-swagger-extensions-any-method.html */
const pathsOf = (parts: readonly Part[]): Readonly<Record<string, Readonly<Record<string, unknown>>>> => {
  const named = new Map(parts.map((part) => [part.name, part]));
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { fields, authorizer, integration } of parts.filter(({ kind }) => kind === 'route')) {
    const [method = '', path] = String(fields.RouteKey).split(' ');
    const scheme = named.get(authorizer ?? '')?.fields.Name;
    const operation = {
      ...(path === undefined && { isDefaultRoute: true }),
      ...(scheme !== undefined && { security: [{ [String(scheme)]: fields.AuthorizationScopes ?? [] }] }),
      ...variablesOf(path ?? ''),
      responses: { default: { description: 'what the integration answers' } },
      'x-amazon-apigateway-integration': integrationOf(named.get(integration ?? '')?.fields ?? {}),
    };
    (paths[path ?? '/$default'] ??= {})[method === 'ANY' || path === undefined ? 'x-amazon-apigateway-any-method' : method.toLowerCase()] = operation;
  }
  return paths;
};

/** OpenAPI wants each variable of a path declared. */
const variablesOf = (path: string): { readonly parameters?: readonly unknown[] } => {
  const names = [...path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, name]) => name);
  return names.length === 0 ? {} : { parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })) };
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html */
const schemeOf = ({ fields: { IdentitySource, JwtConfiguration } }: Part): unknown => {
  const { Issuer: issuer, Audience: audience } = JwtConfiguration as { readonly Issuer?: string; readonly Audience?: readonly string[] };
  const [source] = IdentitySource as readonly string[];
  return {
    type: 'oauth2',
    'x-amazon-apigateway-authorizer': { type: 'jwt', identitySource: source, jwtConfiguration: { issuer, audience } },
  };
};

/** The extension writes the same fields with a small letter. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html */
const NAMES: Readonly<Record<string, string>> = {
  IntegrationType: 'type', IntegrationMethod: 'httpMethod', IntegrationUri: 'uri', PayloadFormatVersion: 'payloadFormatVersion', TimeoutInMillis: 'timeoutInMillis',
  CredentialsArn: 'credentials', RequestParameters: 'requestParameters', ConnectionType: 'connectionType', ConnectionId: 'connectionId',
};
const integrationOf = (fields: Part['fields']): unknown => {
  const { TlsConfig: tls } = fields;
  const { ServerNameToVerify: serverNameToVerify } = (tls ?? {}) as { readonly ServerNameToVerify?: string };
  const said = Object.entries(NAMES).flatMap(([field, name]) => (fields[field] === undefined ? [] : [[name, field === 'IntegrationType' ? String(fields[field]).toLowerCase() : fields[field]] as const]));
  return { ...Object.fromEntries(said), ...(serverNameToVerify !== undefined && { tlsConfig: { serverNameToVerify } }) };
};
