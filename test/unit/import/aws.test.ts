import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'authctl-import-aws-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const authctl = (env: Readonly<Record<string, string>> = {}) => createAuthctl({ env, cwd, localStack: false });
const data = (file: string): string => resolve('test/data/import/aws', file);
const imported = async (file: string, name?: string) => {
  const report = await authctl().import({ files: [data(file)], ...(name !== undefined && { name }) });
  expect(report.problems).toEqual([]);
  return report.data ?? expect.unreachable('nothing was imported');
};
const refused = async (text: string, name?: string): Promise<readonly string[]> => {
  await writeFile(join(cwd, 'template.yaml'), text);
  const report = await authctl().import({ files: ['template.yaml'], ...(name !== undefined && { name }) });
  return report.problems.map(({ code, at }) => `${code}${at === undefined ? '' : ` ${at.line}`}`);
};

/** What a deployment knows, for those that hang on one. */
const DEPLOYED = {
  COGNITO_ISSUER: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example', READING_ROOM_CLIENT_ID: '1example', COUNTER_CLIENT_ID: '2example',
  CATALOGUE_ARN: 'arn:aws:lambda:eu-central-1:000000000000:function:catalogue', LOANS_ARN: 'arn:aws:lambda:eu-central-1:000000000000:function:loans',
  VISITS_ARN: 'arn:aws:lambda:eu-central-1:000000000000:function:visits', PARCELS_ARN: 'arn:aws:lambda:eu-central-1:000000000000:function:parcels', BERTHS_ARN: 'arn:aws:lambda:eu-central-1:000000000000:function:berths',
}; // prettier-ignore

describe('an HTTP API that a file says', () => {
  it.each(['library.yaml', 'museum.yaml', 'clinic-sam.json', 'parcels-plan.json', 'orchard-state.json', 'harbour.yaml'])('is a blueprint that is valid: %s', async (file) => {
    const { blueprint } = await imported(file);
    const written = join(cwd, `${file}.blueprint.yaml`);
    await writeFile(written, blueprint);
    expect((await authctl(DEPLOYED).validate(written)).problems).toEqual([]);
    expect(blueprint).toContain('manage: none');
    await expect(blueprint).toMatchFileSnapshot(`golden/aws-${file.replace(/\..*/, '')}.yaml`);
  });

  it('tells by its line what only a deployment knows', async () => {
    const { unsaid } = await imported('museum.yaml');
    expect(unsaid.map(({ address, why }) => [address, why])).toEqual(expect.arrayContaining([
      ['ToTours.IntegrationUri (line 34)', 'it hangs on tours-address, which only a deployment knows: set TO_TOURS_URL'],
      ['route POST /exhibits (line 45)', 'it asks for AWS_IAM, and a blueprint for a JWT or for nothing'],
    ]));
  });
});

describe('what is no HTTP API with JWT authorizers', () => {
  const template = (resources: string): string => `Resources:\n${resources.replace(/^/gm, '  ')}\n`;
  it.each([
    ['a REST API', 'Old:\n  Type: AWS::ApiGateway::RestApi', ['IMPORT_REST_API 2']],
    ['one of SAM', 'Old:\n  Type: AWS::Serverless::Api', ['IMPORT_REST_API 2']],
    ['nothing', 'Table:\n  Type: AWS::DynamoDB::Table', ['IMPORT_NO_API 1']],
    ['a Lambda authorizer', 'Api:\n  Type: AWS::ApiGatewayV2::Api\n  Properties: { Name: a, ProtocolType: HTTP }\nCode:\n  Type: AWS::ApiGatewayV2::Authorizer\n  Properties: { ApiId: !Ref Api, AuthorizerType: REQUEST }', ['IMPORT_LAMBDA_AUTHORIZER 5']],
    ['two of them', 'A:\n  Type: AWS::ApiGatewayV2::Api\n  Properties: { Name: a }\nB:\n  Type: AWS::ApiGatewayV2::Api\n  Properties: { Name: b }', ['IMPORT_TWICE 1']],
  ])('is refused: %s', async (_what, resources, codes) => {
    expect(await refused(template(resources))).toEqual(codes);
  });

  it('is refused where no region is named', async () => {
    expect((await authctl().import({ from: ['aws'] })).problems.map(({ code }) => code)).toEqual(['IMPORT_LOGIN']);
  });
});

describe('a secret of an HTTP API', () => {
  const PLANTED = 'planted-secret-that-nobody-may-see';
  const template = (uri: string, more = ''): string => `AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Key: { Type: String, NoEcho: true, Default: ${PLANTED} }
Resources:
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: shop, ProtocolType: HTTP } }
  Auth: { Type: AWS::ApiGatewayV2::Authorizer, Properties: { ApiId: !Ref Api, AuthorizerType: JWT, Name: jwt, JwtConfiguration: { Issuer: "https://id.example", Audience: [shop] } } }
  To: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationMethod: ANY, IntegrationUri: ${uri}, PayloadFormatVersion: "1.0"${more} } }
  Route: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: "GET /orders", AuthorizationType: JWT, AuthorizerId: !Ref Auth, AuthorizationScopes: [r], Target: !Sub "integrations/\${To}" } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: $default, AutoDeploy: true, StageVariables: { password: ${PLANTED} } } }
`;
  const sends = (name: string, value = PLANTED): string => template('"https://orders.example/orders"', `, RequestParameters: { "${name}": "${value}" }`);
  it.each([
    ['a login in an address', template(`"https://svc:${PLANTED}@orders.example/orders"`), 'SERVICES_JWT_UPSTREAM'],
    ['a parameter of an address that is listed', template(`"https://orders.example/orders?code=${PLANTED}"`), undefined],
    ['a parameter with NoEcho in an address', template('!Sub "https://orders.example/${Key}/orders"'), 'TO_URL'],
    ['a parameter with NoEcho that is sent', template('"https://orders.example/orders"', ', RequestParameters: { "overwrite:header.x-own": !Ref Key }'), undefined],
    ['a header that is a key', sends('overwrite:header.x-functions-key'), 'JWT_GET_ORDERS_REQUEST_PARAMETERS_OVERWRITE_HEADER_X_FUNCTIONS_KEY'],
    ['a header that signs in', sends('append:header.authorization'), 'JWT_GET_ORDERS_REQUEST_PARAMETERS_APPEND_HEADER_AUTHORIZATION'],
    ['a query that is a key', sends('append:querystring.code'), 'JWT_GET_ORDERS_REQUEST_PARAMETERS_APPEND_QUERYSTRING_CODE'],
  ])('stands nowhere: %s', async (_what, text, variable) => {
    await writeFile(join(cwd, 'planted.yaml'), text);
    const report = await authctl().import({ files: ['planted.yaml'] });
    expect(report.problems).toEqual([]);
    expect(JSON.stringify(report)).not.toContain(PLANTED);
    if (variable !== undefined) expect(report.data?.blueprint).toContain(`\${${variable}}`);
  });

  it('has no name that turns a comment of the blueprint round or ends it', async () => {
    await writeFile(join(cwd, 'planted.yaml'), template('"https://orders.example/orders"').replace('GET /orders"', 'GET /orders\\u202e\\nname: evil"'));
    const { blueprint = '' } = (await authctl().import({ files: ['planted.yaml'] })).data ?? {};
    expect(blueprint.split('\n').filter((line) => line.includes('evil'))).toEqual([expect.stringMatching(/^#   route GET \/orders\\u202e name: evil /)]);
  });

  it('is none where API Gateway takes it from the request', async () => {
    await writeFile(join(cwd, 'planted.yaml'), sends('append:querystring.code', '$request.header.x-key'));
    expect((await authctl().import({ files: ['planted.yaml'] })).data?.blueprint).toContain('append:querystring.code: $request.header.x-key');
  });

  it('stands nowhere where Terraform keeps it to itself, and that it does is told', async () => {
    const plan = JSON.parse(await readFile(data('parcels-plan.json'), 'utf8')) as { planned_values: { root_module: object } };
    const hide = (module: { resources?: { type: string; values: object; sensitive_values: object }[]; child_modules?: object[] }): void => {
      for (const one of module.resources ?? []) if (one.type === 'aws_apigatewayv2_integration') Object.assign(one, { values: { ...one.values, request_parameters: { 'overwrite:header.x-own': PLANTED } }, sensitive_values: { request_parameters: { 'overwrite:header.x-own': true } } });
      (module.child_modules ?? []).forEach(hide);
    };
    hide(plan.planned_values.root_module);
    await writeFile(join(cwd, 'plan.json'), JSON.stringify(plan));
    const report = await authctl().import({ files: ['plan.json'] });
    expect(report.problems).toEqual([]);
    expect(JSON.stringify(report)).not.toContain(PLANTED);
    expect(report.data?.unsaid.map(({ why }) => why)).toContain('Terraform keeps it to itself: request_parameters');
  });
});
