import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { functionOf, unqualified } from '../blueprint/lambda.ts';
import type { LambdaFunction } from '../blueprint/lambda.ts';
import type { Blueprint } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import { addressOf } from '../core/resource.ts';
import type { Spec, SpecValue } from '../core/resource.ts';
import { Secret } from '../core/secret.ts';
import { aws } from '../providers/aws/specs/index.ts';

const KINDS = ['api', 'authorizer', 'integration', 'route', 'stage', 'mapping'] as const;

/** The AWS objects of a blueprint, each under a name that templates take, with what it refers to resolved to such names. */
export interface Part {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  /** AWS' own fields; references and nulls taken out. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly authorizer?: string;
  readonly integration?: string;
  /** Of a mapping: the stage that it leads to. */
  readonly stage?: string;
  /** Of a stage that does not deploy by itself: the fingerprint of what is to be deployed. */
  readonly deployment?: string;
}

/** What whoever deploys a template gives it: it holds no secret. One for each place where a secret stands. */
interface Parameter {
  readonly name: string;
  readonly description: string;
}

/** `refer` writes what stands in the place of a secret. */
export const partsOf = ({ desired }: Expansion, refer: (parameter: string) => unknown): { readonly parts: readonly Part[]; readonly parameters: readonly Parameter[] } => {
  const parameters: Parameter[] = [];
  const parts = desired.flatMap(({ kind, id, spec }) => {
    const short = KINDS.find((name) => aws[name].kind === kind);
    if (short === undefined) return [];
    const api = id.split('/')[0] ?? '';
    const { Authorizer, Integration, Deployment, Api: _, ...fields } = spec;
    const plain = (value: SpecValue, path: readonly string[]): unknown => {
      if (value instanceof Secret) {
        const place = path.join('.');
        const parameter = { name: nameOf('aws.secret', `${addressOf({ kind, id })} ${place}`), description: `The secret that the blueprint has for ${place} of ${addressOf({ kind, id })}` };
        parameters.push(parameter);
        return refer(parameter.name);
      }
      if (Array.isArray(value)) return value.map((item: SpecValue, index) => plain(item, [...path, String(index)]));
      if (typeof value === 'object' && value !== null)
        return Object.fromEntries(Object.entries(value as Spec).flatMap(([field, item]) => (item === null ? [] : [[field, plain(item, [...path, field])]])));
      return value;
    };
    return [
      {
        kind: short,
        name: nameOf(kind, id),
        fields: Object.fromEntries(Object.entries(fields).flatMap(([field, value]) => (value === null || (field === 'ApiMappingKey' && value === '') ? [] : [[field, plain(value, [field])]]))),
        ...(typeof Authorizer === 'string' && { authorizer: nameOf(aws.authorizer.kind, aws.authorizer.id(api, Authorizer)) }),
        ...(aws.mapping.is({ kind, spec }) && { stage: nameOf(aws.stage.kind, aws.stage.id(api, String(fields.Stage))) }),
        ...(typeof Deployment === 'string' && { deployment: Deployment }),
        ...(typeof Integration === 'string' && { integration: nameOf(aws.integration.kind, aws.integration.id(api, Integration)) }),
      },
    ];
  });
  return { parts, parameters };
};

/** Letters and digits only, as CloudFormation wants; a few digits of a hash keep `a-b` and `ab` apart. */
const nameOf = (kind: string, id: string): string => {
  const words = `${kind.slice(4)} ${id}`.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const camel = words.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join('');
  return `${camel.slice(0, 200)}${createHash('sha256').update(addressOf({ kind, id })).digest('hex').slice(0, 6)}`;
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html */
export const refersTo = (parameter: string): object => ({ Ref: parameter });
export const parametersSection = (parameters: readonly Parameter[]): { readonly Parameters?: object } =>
  parameters.length === 0 ? {} : { Parameters: Object.fromEntries(parameters.map(({ name, description }) => [name, { Type: 'String', NoEcho: true, MinLength: 1, Description: description }])) };

/** The functions that API Gateway asks as itself, each of which must let it in; with a role of its own it asks by that. */
export const functionsOf = ({ desired }: Expansion): readonly { readonly name: string; readonly asked: LambdaFunction }[] => {
  const found = desired.filter(aws.integration.is).flatMap(({ spec: { IntegrationUri, CredentialsArn } }) => (CredentialsArn == null ? (functionOf(IntegrationUri ?? '') ?? []) : []));
  return [...new Map(found.map((one) => [one.arn, one])).values()].map((asked) => ({ asked, name: nameOf('aws.permission', asked.arn) }));
};

const taggedFor = ({ name }: Blueprint, { Tags }: Part['fields']): object => ({ ...(Tags as object | undefined), authctl: name });

export const stageResource = (blueprint: Blueprint, { fields, deployment }: Part, ApiId: object, after: readonly string[]): unknown => ({
  Type: 'AWS::ApiGatewayV2::Stage',
  DependsOn: after,
  Properties: { ApiId, ...fields, ...(deployment !== undefined && { DeploymentId: { Ref: deploymentName(deployment) } }), Tags: taggedFor(blueprint, fields) },
});

/** A deployment is never changed: what is to be served next is another resource. */
export const deploymentName = (fingerprint: string): string => `Deployment${fingerprint}`;

/** The fingerprint of what is to be deployed, which is one whatever stages serve it. */
export const deploymentIn = (parts: readonly Part[]): string | undefined => parts.find(({ deployment }) => deployment !== undefined)?.deployment;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-deployment.html */
export const deploymentResource = (blueprint: Blueprint, fingerprint: string, ApiId: object, after: readonly string[]): unknown => ({
  Type: 'AWS::ApiGatewayV2::Deployment',
  DependsOn: after,
  Properties: { ApiId, Description: `authctl ${blueprint.name} ${fingerprint}` },
});

/** The leave of the API to ask a function. https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html */
export const invokePermission = (FunctionName: string, api: object): unknown => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:InvokeFunction',
    FunctionName,
    Principal: 'apigateway.amazonaws.com',
    SourceArn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':execute-api:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':', api, '/*/*']] },
  },
});

/**
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
 * The stage comes last, as apply writes it: before it nothing is served.
 */
export const cloudFormation = (blueprint: Blueprint, expansion: Expansion): string => {
  const { parts, parameters } = partsOf(expansion, refersTo);
  const api = { Ref: parts.find(({ kind }) => kind === 'api')?.name };
  const types = { api: 'Api', authorizer: 'Authorizer', integration: 'Integration', route: 'Route', mapping: 'ApiMapping' };
  const routes = parts.filter((part) => part.kind === 'route').map(({ name }) => name);
  const deployment = deploymentIn(parts);
  const resource = (part: Part): unknown => (part.kind === 'stage' ? stageResource(blueprint, part, api, routes) : child(part, types[part.kind]));
  const child = ({ kind, fields, authorizer, integration, stage }: Part, type: string): unknown => ({
    Type: `AWS::ApiGatewayV2::${type}`,
    Properties: {
      ...(kind !== 'api' && { ApiId: api }),
      ...fields,
      ...(authorizer !== undefined && { AuthorizerId: { Ref: authorizer } }),
      ...(integration !== undefined && { Target: { 'Fn::Join': ['/', ['integrations', { Ref: integration }]] } }),
      ...(stage !== undefined && { Stage: { Ref: stage } }),
      ...(kind === 'api' && { Tags: taggedFor(blueprint, fields) }),
    },
  });
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `${blueprint.name}: HTTP API with JWT authorizers, made by authctl render`,
    ...parametersSection(parameters),
    Resources: Object.fromEntries([
      ...parts.map((part) => [part.name, resource(part)] as const),
      ...(deployment === undefined ? [] : [[deploymentName(deployment), deploymentResource(blueprint, deployment, api, routes)] as const]),
      ...functionsOf(expansion).map(({ name, asked }) => [name, invokePermission(asked.arn, api)] as const),
    ]),
    Outputs: { ApiEndpoint: { Value: { 'Fn::GetAtt': [api.Ref, 'ApiEndpoint'] } } },
  };
  return stringify(template, { lineWidth: 0, aliasDuplicateObjects: false });
};

/** Names that the Terraform provider chose otherwise than in snake case. */
const renamed: Readonly<Record<string, string>> = {
  IdentitySource: 'identity_sources',
  TimeoutInMillis: 'timeout_milliseconds',
  StageName: 'name',
};
/** Fields that are an argument with a map, not a block. */
const maps = new Set(['RequestParameters', 'StageVariables']);

/** https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/apigatewayv2_api */
export const terraform = (blueprint: Blueprint, expansion: Expansion): string => {
  const { parts, parameters } = partsOf(expansion, (name) => raw(`var.${name}`));
  const api = parts.find(({ kind }) => kind === 'api')?.name ?? '';
  const region = blueprint.targets.aws?.region ?? '';
  const routes = parts.filter((part) => part.kind === 'route').map((route) => raw(`aws_apigatewayv2_route.${route.name}`));
  const fingerprint = deploymentIn(parts);
  const resource = ({ kind, name, fields, authorizer, integration, stage, deployment }: Part): string => {
    const body: Line[] = [
      ...(kind === 'api' ? [] : [{ name: 'api_id', value: raw(`aws_apigatewayv2_api.${api}.id`) }]),
      ...Object.entries(fields).filter(([field]) => field !== 'Tags' && field !== 'Stage').map(([field, value]) => argument(field, value)),
      ...(authorizer === undefined ? [] : [{ name: 'authorizer_id', value: raw(`aws_apigatewayv2_authorizer.${authorizer}.id`) }]),
      ...(integration === undefined
        ? []
        : [{ name: 'target', value: raw(`"integrations/\${aws_apigatewayv2_integration.${integration}.id}"`) }]),
      ...(stage === undefined ? [] : [{ name: 'stage', value: raw(`aws_apigatewayv2_stage.${stage}.name`) }]),
      ...(kind === 'api' || kind === 'stage' ? [{ name: 'tags', value: { ...(fields.Tags as object | undefined), authctl: blueprint.name } }] : []),
      ...(deployment === undefined ? [] : [{ name: 'deployment_id', value: raw('aws_apigatewayv2_deployment.served.id') }]),
      ...(kind === 'stage' ? [{ name: 'depends_on', value: routes }] : []),
    ];
    return [`resource "aws_apigatewayv2_${kind === 'mapping' ? 'api_mapping' : kind}" "${name}" {`, ...written(body, '  '), '}'].join('\n');
  };
  const deploymentOf = (configuration: string): string => {
    const body: Line[] = [
      { name: 'api_id', value: raw(`aws_apigatewayv2_api.${api}.id`) },
      { name: 'description', value: `authctl ${blueprint.name} ${configuration}` },
      { name: 'triggers', value: { configuration } },
      { name: 'depends_on', value: routes },
      { name: 'lifecycle', value: {}, block: [{ name: 'create_before_destroy', value: true }] },
    ];
    return ['resource "aws_apigatewayv2_deployment" "served" {', ...written(body, '  '), '}'].join('\n');
  };
  /** https://developer.hashicorp.com/terraform/language/block/variable */
  const variable = ({ name, description }: Parameter): string => {
    const body: Line[] = [
      { name: 'type', value: raw('string') },
      { name: 'description', value: description },
      { name: 'sensitive', value: true },
      { name: 'nullable', value: false },
    ];
    return [`variable "${name}" {`, ...written(body, '  '), '}'].join('\n');
  };
  const permission = (name: string, asked: LambdaFunction): string => {
    const body: Line[] = [
      { name: 'action', value: 'lambda:InvokeFunction' },
      { name: 'function_name', value: unqualified(asked) },
      ...(asked.qualifier === undefined ? [] : [{ name: 'qualifier', value: asked.qualifier }]),
      { name: 'principal', value: 'apigateway.amazonaws.com' },
      { name: 'source_arn', value: raw(`"\${aws_apigatewayv2_api.${api}.execution_arn}/*/*"`) },
    ];
    return [`resource "aws_lambda_permission" "${name}" {`, ...written(body, '  '), '}'].join('\n');
  };
  return [
    `# ${blueprint.name}: HTTP API with JWT authorizers. Made by "authctl render"; edit the blueprint instead.`,
    'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}',
    `provider "aws" {\n  region = ${hcl(region, '')}\n}`,
    ...parameters.map(variable),
    ...parts.map(resource),
    ...(fingerprint === undefined ? [] : [deploymentOf(fingerprint)]),
    ...functionsOf(expansion).map(({ name, asked }) => permission(name, asked)),
    `output "api_endpoint" {\n  value = aws_apigatewayv2_api.${api}.api_endpoint\n}`,
  ].join('\n\n');
};

/** HCL that is not a literal. */
class Expression {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
const raw = (text: string): Expression => new Expression(text);

interface Line {
  readonly name: string;
  readonly value: unknown;
  readonly block?: readonly Line[];
}

const snake = (field: string): string => renamed[field] ?? field.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

const argument = (field: string, value: unknown): Line =>
  isMap(value) && !maps.has(field)
    ? { name: snake(field), value, block: Object.entries(value).map(([inner, item]) => argument(inner, item)) }
    : { name: snake(field), value };

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Expression);

/** Laid out as `terraform fmt` does: the equal signs of neighbouring one-line arguments in one column, blocks after an empty line. */
const written = (lines: readonly Line[], indent: string): readonly string[] => {
  const output: string[] = [];
  const texts = lines.map((line) => (line.block ? '' : hcl(line.value, indent)));
  lines.forEach(({ name, block }, index) => {
    const text = texts[index] ?? '';
    if (block) {
      output.push(
        ...(output.length > 0 ? [''] : []),
        `${indent}${name} {`,
        ...written(block, `${indent}  `),
        `${indent}}`,
        ...(index < lines.length - 1 ? [''] : []),
      );
      return;
    }
    output.push(`${indent}${name.padEnd(columnAt(lines, texts, index))} = ${text}`);
  });
  return output.filter((line, index) => line !== '' || output[index - 1] !== '');
};

/** The width of the longest name among the one-line arguments next to this one; a value of several lines ends such a group. */
const columnAt = (lines: readonly Line[], texts: readonly string[], index: number): number => {
  const single = (at: number): boolean => at >= 0 && at < lines.length && lines[at]?.block === undefined && !texts[at]?.includes('\n');
  if (!single(index)) return 0;
  let [from, to] = [index, index];
  while (single(from - 1)) from -= 1;
  while (single(to + 1)) to += 1;
  return Math.max(...lines.slice(from, to + 1).map(({ name }) => name.length));
};

const hcl = (value: unknown, indent: string): string => {
  if (value instanceof Expression) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => hcl(item, indent)).join(', ')}]`;
  if (isMap(value))
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${hcl(key, indent)} = ${hcl(item, indent)}`)
      .join(', ')} }`;
  // JSON's escapes are HCL's; a template sign must not start one.
  if (typeof value === 'string') return JSON.stringify(value).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
  return String(value);
};

/** True when there is something for these templates to hold. */
export const hasAws = ({ desired }: Expansion): boolean =>
  desired.some(aws.api.is);
