import { stringify } from 'yaml';
import type { Blueprint } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import { Problem } from '../core/problem.ts';
import { deploymentIn, functionsOf, invokePermission, partsOf, stageResource } from './aws-template.ts';
import type { Part } from './aws-template.ts';

/**
 * The API as SAM has it: one `AWS::Serverless::HttpApi` whose routes stand in an OpenAPI document, since an event of a function is the only other way to
 * say one, and names no server. What an import of that document would leave out ends the deployment (`FailOnWarnings`).
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html
 */
export const sam = (blueprint: Blueprint, expansion: Expansion): string => {
  const parts = partsOf(expansion);
  const of = (kind: Part['kind']): readonly Part[] => parts.filter((part) => part.kind === kind);
  const [{ name = '', fields: api = {} } = {}] = of('api');
  const [{ fields: first = {} } = {}, ...others] = of('stage');
  if (deploymentIn(parts) !== undefined)
    throw new Problem('RENDER_UNSAID', 'a stage of SAM deploys by itself, and the blueprint says that apply deploys', {
      at: blueprint.at('targets.aws.autoDeploy'),
      hint: '--target cloudformation has a deployment of its own',
    });
  const { Name, Description, CorsConfiguration, DisableExecuteApiEndpoint, Tags: tags } = api;
  const { StageName, DefaultRouteSettings, AccessLogSettings } = first;
  const definition = {
    openapi: '3.0.1',
    info: { title: Name, version: '1.0' },
    paths: pathsOf(parts),
    components: { securitySchemes: Object.fromEntries(of('authorizer').map((part) => [String(part.fields.Name), schemeOf(part)])) },
  };
  const resources = {
    [name]: {
      Type: 'AWS::Serverless::HttpApi',
      Properties: {
        Name, Description, DisableExecuteApiEndpoint, CorsConfiguration, StageName, DefaultRouteSettings, AccessLogSettings,
        FailOnWarnings: true,
        Tags: { ...(tags as object | undefined), authctl: blueprint.name },
        DefinitionBody: definition,
      },
    },
    ...Object.fromEntries(others.map((stage) => [stage.name, stageResource(blueprint, stage, { Ref: name }, [`${name}`])])),
    ...Object.fromEntries(of('mapping').map((mapping) => [mapping.name, mappingOf(mapping, name, others)])),
    ...Object.fromEntries(functionsOf(expansion).map(({ name: permission, asked }) => [permission, invokePermission(asked.arn, { Ref: name })])),
  };
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Transform: 'AWS::Serverless-2016-10-31',
    Description: `${blueprint.name}: HTTP API with JWT authorizers, made by authctl render`,
    Resources: resources,
    Outputs: { ApiEndpoint: { Value: { 'Fn::GetAtt': [name, 'ApiEndpoint'] } } },
  };
  // What is undefined is left out.
  return stringify(template, { lineWidth: 0, aliasDuplicateObjects: false });
};

/** The first stage is made by the API itself, and called by it (`<api>.Stage`). */
const mappingOf = ({ fields, stage }: Part, api: string, others: readonly Part[]): unknown => ({
  Type: 'AWS::ApiGatewayV2::ApiMapping',
  Properties: { ...fields, ApiId: { Ref: api }, Stage: { Ref: others.some((one) => one.name === stage) ? stage : `${api}.Stage` } },
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
