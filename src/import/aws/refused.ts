import { Problem } from '../../core/problem.ts';
import type { Position } from '../../core/problem.ts';

export const restApi = (name: string, type: string, at: Position | undefined): Problem =>
  new Problem('IMPORT_REST_API', `"${name}" is a REST API (${type}), which has no JWT authorizer`, { at, sensitive: true, expected: 'an HTTP API: AWS::ApiGatewayV2::Api, AWS::Serverless::HttpApi, aws_apigatewayv2_api', hint: 'put an HTTP API in its place, or verify in the services (pattern jwt)' });

export const lambdaAuthorizer = (name: string, at: Position | undefined): Problem =>
  new Problem('IMPORT_LAMBDA_AUTHORIZER', `"${name}" is a Lambda authorizer: what it lets through is its own code, which a blueprint cannot say`, { at, sensitive: true, expected: 'a JWT authorizer, which API Gateway verifies itself', hint: 'put one in its place, or verify in the services (pattern jwt)' });

interface Choice {
  readonly file: string;
  readonly name: string | undefined;
  readonly at: Position | undefined;
  /** A name that is given is the one to be found, were there a single one. */
  readonly strict?: boolean;
}

/** A blueprint has one API: the only one, or the one that is called as it is to be. */
export const chosen = <One>(all: readonly { readonly name: string; readonly one: One }[], { file, name, at, strict = false }: Choice): One => {
  const [first, second] = name !== undefined && (strict || all.length > 1) ? all.filter((one) => one.name === name) : all;
  if (first === undefined) throw new Problem('IMPORT_NO_API', all.length === 0 ? `no HTTP API is in "${file}"` : `no HTTP API in "${file}" is called "${name ?? ''}"`, { at, sensitive: true, expected: all.length === 0 ? 'AWS::ApiGatewayV2::Api, AWS::Serverless::HttpApi or aws_apigatewayv2_api' : all.map((one) => one.name).join(', ') });
  if (second !== undefined) throw new Problem('IMPORT_TWICE', `"${file}" has several HTTP APIs, and a blueprint has one`, { at, sensitive: true, expected: [...new Set(all.map((one) => one.name))].join(', '), hint: 'name one of them by --name' });
  return first.one;
};
