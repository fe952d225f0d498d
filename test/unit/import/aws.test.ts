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

describe('whom a route lets in', () => {
  const told = async (text: string, file = 'asks.yaml') => {
    await writeFile(join(cwd, file), text);
    const report = await authctl().import({ files: [file] });
    expect(report.problems).toEqual([]);
    const { blueprint = '', unsaid = [] } = report.data ?? {};
    return { blueprint, unsaid: unsaid.map(({ address, why }) => `${address}: ${why}`) };
  };
  const kiln = (route: string, { gate = '', more = '' } = {}): string => `AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Mode: { Type: String, Default: JWT }
  Later: { Type: String }
  Scopes: { Type: CommaDelimitedList, Default: "kiln/read" }
  Audiences: { Type: CommaDelimitedList, Default: "kiln, glaze" }
  Pool: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /kiln/issuer }
Resources:
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: kiln, ProtocolType: HTTP${more} } }
  Gate: { Type: AWS::ApiGatewayV2::Authorizer, Properties: { ApiId: !Ref Api, AuthorizerType: JWT, Name: gate, JwtConfiguration: { Issuer: "https://id.example", Audience: [kiln] }${gate} } }
  To: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationMethod: ANY, IntegrationUri: "https://kiln.example/firings", PayloadFormatVersion: "1.0" } }
  Route: { Type: AWS::ApiGatewayV2::Route, Condition: Live, Properties: { ApiId: !Ref Api, RouteKey: "GET /firings", AuthorizerId: !Ref Gate, Target: !Sub "integrations/\${To}", ${route} } }
`;
  it.each([
    ['a parameter with a default', 'AuthorizationType: !Ref Mode, AuthorizationScopes: [!Sub "kiln/\${Mode}"]', 'scopes: [ kiln/JWT ]'],
    ['a parameter that is a list', 'AuthorizationType: JWT, AuthorizationScopes: !Ref Scopes', 'scopes: [ kiln/read ]'],
    ['one scope that is no list', 'AuthorizationType: JWT, AuthorizationScopes: kiln/read', 'scopes: [ kiln/read ]'],
  ])('is read of %s', async (_what, route, words) => {
    expect((await told(kiln(route))).blueprint).toContain(words);
  });

  it.each([
    ['a parameter without a default', 'AuthorizationType: !Ref Later', 'Later'],
    ['a condition', 'AuthorizationType: !If [Live, JWT, NONE]', 'the condition Live'],
    ['a condition of its authorizer', 'AuthorizationType: JWT, AuthorizerId: !If [Live, !Ref Gate, !Ref "AWS::NoValue"]', 'the condition Live'],
    ['scopes that are cut up', 'AuthorizationType: JWT, AuthorizationScopes: !Split [",", "kiln/read"]', 'Fn::Split of a list'],
    ['a scope of somewhere else', 'AuthorizationType: JWT, AuthorizationScopes: [kiln/read, !ImportValue other-scope]', 'other-scope'],
  ])('is nobody, and is told, where it hangs on %s', async (_what, route, on) => {
    const text = route.includes('AuthorizerId') ? kiln(route).replace('AuthorizerId: !Ref Gate, ', '') : kiln(route);
    const { blueprint, unsaid } = await told(text);
    expect(blueprint).not.toMatch(/^services:/m);
    expect(unsaid).toContain(`route GET /firings (line 12): whom it lets in hangs on ${on}, which only a deployment knows: import the API that runs (--from aws)`);
  });

  it('is told where the route is there under a condition alone, and where API Gateway finds a token otherwise', async () => {
    const { unsaid } = await told(kiln('AuthorizationType: JWT', { gate: ', IdentitySource: ["$request.querystring.token"]', more: ', Target: "https://kiln.example"' }));
    expect(unsaid).toEqual(expect.arrayContaining([
      'Route (line 12): it is made under the condition Live alone, and is read as if that held',
      'Gate.IdentitySource (line 10): it takes tokens by $request.querystring.token, and a blueprint by the header Authorization',
      'Api.Target (line 9): it makes a route that asks nobody who they are, and is not read: state an integration and a route',
    ])); // prettier-ignore
  });

  it('is no name of a place in a store, and no list in one text', async () => {
    const stored = await told(kiln('AuthorizationType: JWT').replace('"https://id.example", Audience: [kiln]', '!Ref Pool, Audience: "{{resolve:ssm:/kiln/audience}}"'));
    expect(stored.blueprint.replace(/^#.*$/gm, '')).not.toMatch(/kiln\/(issuer|audience)/);
    expect(stored.blueprint).toMatch(/^  url: \$\{ISSUER_URL\}$/m);
    const { blueprint, unsaid } = await told(kiln('AuthorizationType: JWT').replace('Audience: [kiln]', 'Audience: !Ref Audiences'));
    expect(blueprint).toContain('audiences: [ kiln, glaze ]');
    expect(unsaid).toContain('authorizer gate: it takes tokens for any of kiln, glaze, and a service of a blueprint has one audience');
  });

  const sam = (event: string, auth = ''): string => `Transform: AWS::Serverless-2016-10-31
Parameters: { Way: { Type: String, Default: /firings }, Gate: { Type: String } }
Globals: { HttpApi: { Auth: { DefaultAuthorizer: gate, Authorizers: { gate: { JwtConfiguration: { issuer: "https://id.example", audience: [kiln] } } } } } }
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: { RouteSettings: { "GET /firings": { ThrottlingRateLimit: 5 } }, Auth: { ${auth} } }
  Kiln: { Type: AWS::Serverless::Function, Properties: { Events: { list: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: get, ${event} } } } } }
  More: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: "GET /beside" } }
  Fn::ForEach::Rest: [Each, [a, b], { "Route\${Each}": { Type: AWS::ApiGatewayV2::Route } }]
`;
  it.each([
    ['an authorizer that is a parameter', 'Path: /firings, Auth: { Authorizer: !Ref Gate }', 'Gate'],
    ['a condition', 'Path: /firings, Auth: { Authorizer: !If [Live, gate, NONE] }', 'the condition Live'],
    ['a condition around all of it', 'Path: /firings, Auth: !If [Live, { Authorizer: gate }, { Authorizer: NONE }]', 'the condition Live'],
    ['scopes that are', 'Path: /firings, Auth: { AuthorizationScopes: !If [Live, [kiln/read], []] }', 'the condition Live'],
  ])('is nobody in SAM either, where it hangs on %s', async (_what, event, on) => {
    const { blueprint, unsaid } = await told(sam(event));
    expect(blueprint).not.toMatch(/^services:/m);
    expect(unsaid).toContainEqual(expect.stringContaining(`route GET /firings (line 8): whom it lets in hangs on ${on}, which only a deployment knows`));
  });

  it('is read of SAM with what stands for all APIs, and what stands beside is told', async () => {
    const { blueprint, unsaid } = await told(sam('Path: !Ref Way', 'Authorizers: { other: { JwtConfiguration: { issuer: "https://id.example", audience: [other] } } }'));
    expect(blueprint).toMatch(/match: GET \/firings\n        head: false\n        anyToken: true/);
    expect(unsaid).toEqual(expect.arrayContaining([
      'Api.RouteSettings (line 7): it is not read of a template of SAM: import the API that runs (--from aws)',
      'More (line 9): AWS::ApiGatewayV2::Route beside what SAM makes is not read: import the API that runs (--from aws)',
      'Resources.Fn::ForEach::Rest (line 10): what it makes is known when it is deployed alone: import the API that runs (--from aws)',
    ])); // prettier-ignore
  });

  it('is nobody where Terraform knows its scopes after an apply alone', async () => {
    const plan = (values: object, unknown: object) => JSON.stringify({
      format_version: '1.2',
      planned_values: { root_module: { resources: [
        { address: 'aws_apigatewayv2_api.kiln', mode: 'managed', type: 'aws_apigatewayv2_api', values: { name: 'kiln', protocol_type: 'HTTP', id: 'k' } },
        { address: 'aws_apigatewayv2_authorizer.gate', mode: 'managed', type: 'aws_apigatewayv2_authorizer', values: { id: 'g', api_id: 'k', name: 'gate', authorizer_type: 'JWT', identity_sources: ['$request.header.X-Kiln'], jwt_configuration: [{ issuer: 'https://id.example', audience: ['kiln'] }] } },
        { address: 'aws_apigatewayv2_integration.to', mode: 'managed', type: 'aws_apigatewayv2_integration', values: { id: 't', api_id: 'k', integration_type: 'HTTP_PROXY', integration_uri: 'https://kiln.example/firings' } },
        { address: 'aws_apigatewayv2_route.list', mode: 'managed', type: 'aws_apigatewayv2_route', values: { api_id: 'k', route_key: 'GET /firings', authorizer_id: 'g', target: 'integrations/t', authorization_type: 'JWT', ...values } },
      ] } },
      resource_changes: [{ address: 'aws_apigatewayv2_route.list', change: { after_unknown: unknown } }],
    }); // prettier-ignore
    for (const [values, unknown] of [[{}, { authorization_scopes: true }], [{ authorization_scopes: ['kiln/read', null] }, { authorization_scopes: [false, true] }]] as const) {
      const { blueprint, unsaid } = await told(plan(values, unknown), 'kiln-plan.json');
      expect(blueprint).not.toMatch(/^services:/m);
      expect(unsaid).toContain('route GET /firings: whom it lets in is not known before an apply: authorization_scopes');
      expect(unsaid).toContain('aws_apigatewayv2_authorizer.gate: it takes tokens by $request.header.X-Kiln, and a blueprint by the header Authorization');
    }
    expect((await told(plan({ authorization_scopes: ['kiln/read'] }, {}), 'kiln-plan.json')).blueprint).toContain('scopes: [ kiln/read ]');
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
