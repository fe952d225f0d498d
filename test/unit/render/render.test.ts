import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { headerList } from '../../../infra/stand-ins/src/kong/proxy/headers.ts';
import { buildRouter } from '../../../infra/stand-ins/src/kong/proxy/router.ts';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import { cloudFormation, terraform } from '../../../src/render/aws-template.ts';
import { sam } from '../../../src/render/sam.ts';
import { kongDeclarative } from '../../../src/render/kong-declarative.ts';
import { aws } from '../../../src/providers/aws/specs/index.ts';
import { Secret } from '../../../src/core/secret.ts';
import { expand } from '../../../src/patterns/index.ts';
import { secrets, shop, withAws } from '../blueprint/shop.ts';

interface Entity {
  readonly name: string;
  readonly username: string;
  readonly tags: readonly string[];
  readonly plugins?: readonly (Entity & { readonly config: Readonly<Record<string, unknown>> })[];
  readonly routes?: readonly Entity[];
  readonly jwt_secrets?: readonly Readonly<Record<string, unknown>>[];
}

describe('kongDeclarative', () => {
  it('nests routes and plugins in their services, once each, under the mark', async () => {
    const blueprint = await shop();
    const expansion = expand(blueprint);
    const file = parse(kongDeclarative(blueprint, expansion, undefined)) as {
      _format_version: string;
      _info: unknown;
      services: Entity[];
      consumers: Entity[];
    };
    expect([file._format_version, file._info]).toEqual(['3.0', { select_tags: ['authctl:shop'] }]);
    const routes = file.services.flatMap((service) => service.routes ?? []);
    const plugins = [...file.services, ...routes].flatMap((owner) => owner.plugins ?? []);
    const count = (kind: string): number => expansion.desired.filter((object) => object.kind === kind).length;
    expect([file.services.length, routes.length, plugins.length, file.consumers.length]).toEqual(
      ['kong.service', 'kong.route', 'kong.plugin', 'kong.consumer'].map(count),
    );
    expect(file.services.find(({ name }) => name === 'shop.orders')?.routes?.map(({ name }) => name)).toEqual([
      'shop.orders.list',
      'shop.orders.read',
      'shop.orders.place',
    ]);
    for (const entity of [...file.services, ...routes, ...plugins, ...file.consumers]) {
      expect(entity.tags).toEqual(['authctl:shop']);
      expect(Object.keys(entity)).not.toEqual(expect.arrayContaining(['service']));
    }
  });

  it('has a variable for each secret, however alike two are called, and the same one whatever comes beside', async () => {
    const blueprint = await shop();
    const { desired } = expand(blueprint);
    const consumer = (username: string) => ({ kind: 'kong.consumer', id: username, spec: { username }, after: [], origin: blueprint.at('name') });
    const key = (username: string) => ({ kind: 'kong.keyauth_credential', id: `${username}/k`, spec: { consumer: { username }, key: new Secret(`key-of-${username}`) }, after: [], origin: blueprint.at('name') });
    const variables = (...names: readonly string[]) => {
      const { consumers } = parse(kongDeclarative(blueprint, { name: 'shop', desired: [...desired, ...names.map(consumer), ...names.map(key)], deferred: [] }, undefined)) as { consumers: (Entity & { keyauth_credentials?: { key: string }[] })[] };
      return names.map((name) => consumers.find(({ username }) => username === name)?.keyauth_credentials?.[0]?.key);
    };
    expect(variables('partner')).toEqual(['${{ env "DECK_PARTNER_K_KEY" }}']);
    const [one, other] = variables('team-a', 'team_a');
    expect([one, other]).toEqual([expect.stringMatching(/"DECK_TEAM_A_K_KEY_[0-9A-F]{8}"/), expect.not.stringMatching(one ?? '')]);
    expect(variables('team.a', 'team-a', 'team_a').slice(1)).toEqual([one, other]);
  });

  it('says how the keys come in while they are not known, and holds them when they are', async () => {
    const blueprint = await shop();
    const expansion = expand(blueprint);
    expect(kongDeclarative(blueprint, expansion, undefined)).toMatch(/^# jwt_secrets: the keys of the issuer are not known here/m);
    expect(kongDeclarative(blueprint, expansion, undefined)).toMatch(/^# On a Kong with a database decK .* a new route may be open/m);
    const keys = expansion.deferred.flatMap(({ expand: made }) => made([{ kid: 'k1', alg: 'RS256', pem: 'PEM' }]));
    const text = kongDeclarative(blueprint, expansion, keys);
    expect(text).not.toContain('not known here');
    expect((parse(text) as { consumers: Entity[] }).consumers[0]?.jwt_secrets).toEqual([
      { key: 'k1', algorithm: 'RS256', rsa_public_key: 'PEM', tags: ['authctl:shop'], secret: '${{ env "DECK_SHOP_ISSUER_SECRET" }}' },
    ]);
  });

  it('is safe in any order of writing where every route is closed first: none is any request, and the file that opens them changes nothing else', async () => {
    const blueprint = await shop();
    const expansion = expand(blueprint);
    type Closing = readonly (Omit<Entity, 'routes'> & { readonly routes: readonly (Entity & { readonly headers?: Readonly<Record<string, readonly string[]>> })[] })[];
    const [closed, open] = ['f'.repeat(32), undefined].map((value) => (parse(kongDeclarative(blueprint, expansion, undefined, value)) as { services: Closing }).services);
    const routes = (closed ?? []).flatMap((service) => service.routes);
    expect(routes.map(({ headers }) => headers)).toEqual(routes.map(() => ({ 'x-authctl-pending': ['f'.repeat(32)] })));
    const sent = (known: readonly Entity[], path: string) => buildRouter(known.map((route) => ({ id: route.name, ...route })), () => undefined)({ method: 'GET', host: 'shop.example', port: 8000, path, headers: headerList([['x-authctl-pending', 'guessed']]), clientIp: '127.0.0.1', clientPort: 1, serverIp: '127.0.0.1' }).kind;
    const opened = (open ?? []).flatMap((service) => service.routes);
    for (const path of ['/orders', '/orders/7', '/orders/health']) {
      // However many of them are written, and whichever plugins are there by then.
      expect([path, ...routes.map((_, at) => sent(routes.slice(0, at + 1), path)), ...routes.map((route) => sent([route], path))]).toEqual([path, ...routes.flatMap(() => ['none', 'none'])]);
      expect([path, sent(opened, path)]).toEqual([path, 'matched']);
    }
    const without = (services: Closing | undefined) => (services ?? []).map((service) => ({ ...service, routes: service.routes.map(({ headers: _headers, ...route }) => route) }));
    expect(without(closed)).toEqual(without(open));
  });

  it('puts a reference where a secret would be, in quotes that decK can read', async () => {
    const blueprint = await shop([
      'servers: ["${OPA_URL:-http://localhost:8181}"]',
      'token: "${OPA_TOKEN}"\n    servers: ["${OPA_URL:-http://localhost:8181}"]',
    ]);
    const text = kongDeclarative(blueprint, expand(blueprint), undefined);
    for (const value of Object.values(secrets)) expect(text).not.toContain(value);
    expect(text).toContain(`token: '\${{ env "DECK_SHOP_ORDERS_LIST_OPA_CONFIG_TOKEN" }}'\n`);
  });
});

describe('the templates for AWS', () => {
  const functions = async () => {
    const env = { KEYCLOAK_CLIENT_SECRET: 'a-secret', PAULA_PASSWORD: 'b-secret', GUS_PASSWORD: 'c-secret' };
    return loadBlueprint('blueprints/functions.yaml', { env: { ...env, KEYCLOAK_URL: 'https://id.example' } });
  };

  it('let the API ask each function that it asks as itself', async () => {
    const blueprint = await functions();
    const { Resources } = parse(cloudFormation(blueprint, expand(blueprint))) as { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> };
    const permissions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Permission');
    expect(permissions.map(({ Properties }) => Properties.FunctionName)).toEqual([
      'arn:aws:lambda:ap-northeast-1:000000000000:function:bookings:live',
      'arn:aws:lambda:ap-northeast-1:000000000000:function:rooms',
    ]);
    expect(permissions[0]?.Properties).toMatchObject({ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' });
    const text = terraform(blueprint, expand(blueprint));
    expect(text.slice(text.indexOf('resource "aws_lambda_permission"'))).toMatch(
      /action += "lambda:InvokeFunction"\n +function_name = "arn:aws:lambda:ap-northeast-1:000000000000:function:bookings"\n +qualifier +=\s"live"\n +principal += "apigateway.amazonaws.com"\n +source_arn += "\$\{aws_apigatewayv2_api\.\w+\.execution_arn\}\/\*\/\*"/,
    );
  });

  it('ask for no permission where a role asks', async () => {
    const blueprint = await functions();
    const role = 'arn:aws:iam::000000000000:role/gateway';
    const services = Object.fromEntries(Object.entries(blueprint.services).map(([id, service]) => [id, { ...service, lambda: { payload: '2.0', timeout: 10, role } as const }]));
    const text = cloudFormation(blueprint, expand({ ...blueprint, services }));
    expect(text).toContain(`CredentialsArn: ${role}`);
    expect(text).not.toContain('AWS::Lambda::Permission');
  });

  it('CloudFormation refers to what it declares, and nothing else', async () => {
    const blueprint = await shop(...withAws);
    const { Resources, Outputs } = parse(cloudFormation(blueprint, expand(blueprint))) as {
      Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
      Outputs: unknown;
    };
    const referred = [...JSON.stringify([Resources, Outputs]).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].map(([, name]) => name);
    expect(Object.keys(Resources)).toEqual(expect.arrayContaining(referred));
    const types = Object.values(Resources).map(({ Type }) => Type.split('::').at(-1));
    expect(types.toSorted()).toEqual([
      'Api',
      'Authorizer',
      ...Array<string>(4).fill('Integration'),
      ...Array<string>(7).fill('Route'),
      'Stage',
    ]);
    const place = Object.values(Resources).find(({ Properties }) => Properties.RouteKey === 'POST /orders');
    expect(place?.Properties).toMatchObject({
      AuthorizationType: 'JWT',
      AuthorizationScopes: ['orders:write'],
      AuthorizerId: { Ref: expect.stringMatching(/^Authorizer/) as string },
    });
    const health = Object.values(Resources).find(({ Properties }) => Properties.RouteKey === 'GET /orders/health');
    expect(health?.Properties).not.toHaveProperty('AuthorizerId');
  });

  it('have one deployment of its fingerprint where stages do not deploy by themselves', async () => {
    const deployed = async (...more: readonly (readonly [string, string])[]) => {
      const blueprint = await shop(...withAws, ['endpoint: "http://127.0.0.1:9"', 'endpoint: "http://127.0.0.1:9", autoDeploy: false, stages: [live, canary]'], ...more);
      const expansion = expand(blueprint);
      const { Resources } = parse(cloudFormation(blueprint, expansion)) as { Resources: Record<string, { Type: string; DependsOn?: readonly string[]; Properties: Record<string, unknown> }> };
      const of = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === `AWS::ApiGatewayV2::${type}`);
      return { blueprint, expansion, of };
    };
    const { blueprint, expansion, of } = await deployed();
    const [[name, made] = ['', undefined], ...others] = of('Deployment');
    expect([others, made?.DependsOn]).toEqual([[], of('Route').map(([route]) => route)]);
    expect(of('Stage').map(([, { Properties }]) => [Properties.AutoDeploy, Properties.DeploymentId, Properties.Deployment])).toEqual([[false, { Ref: name }, undefined], [false, { Ref: name }, undefined]]);
    const text = terraform(blueprint, expansion);
    expect(text.match(/deployment_id += aws_apigatewayv2_deployment\.served\.id/g)).toHaveLength(2);
    expect(text).toMatch(new RegExp(`resource "aws_apigatewayv2_deployment" "served" \\{[^}]*triggers += \\{ "configuration" = "${name.replace('Deployment', '')}" \\}[\\s\\S]*create_before_destroy = true`));
    const { Resources } = parse(sam(blueprint, expansion)) as { Resources: Record<string, { Type: string; DependsOn?: readonly string[]; Properties: Record<string, unknown> }> };
    const [[api = ''] = []] = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::ApiGatewayV2::Api');
    expect(Object.entries(Resources).map(([resource, { Type }]) => [Type.split('::').at(-1), resource])).toEqual([
      ['Api', api], ['Deployment', name], ...of('Stage').map(([stage]) => ['Stage', stage]),
    ]);
    expect(Resources[name]).toEqual({ Type: 'AWS::ApiGatewayV2::Deployment', DependsOn: [api], Properties: { ApiId: { Ref: api }, Description: expect.stringContaining('authctl shop ') as string } });
    expect(of('Stage').map(([stage]) => Resources[stage]?.Properties)).toEqual([
      expect.objectContaining({ StageName: 'live', AutoDeploy: false, DeploymentId: { Ref: name } }), expect.objectContaining({ StageName: 'canary', AutoDeploy: false, DeploymentId: { Ref: name } }),
    ]);
    const { Body } = Resources[api]?.Properties as { readonly Body: Readonly<Record<string, object>> };
    expect(Body).toMatchObject({
      openapi: '3.0.1', tags: expect.arrayContaining([{ name: 'authctl', 'x-amazon-apigateway-tag-value': 'shop' }]) as object,
      'x-amazon-apigateway-cors': { allowOrigins: ['https://shop.example'] },
    });
    // The same document as where stages deploy by themselves.
    const plain = await shop(...withAws);
    const serverless = Object.values((parse(sam(plain, expand(plain))) as { readonly Resources: Record<string, { readonly Properties: { readonly DefinitionBody?: object } }> }).Resources)[0]?.Properties.DefinitionBody;
    const { tags: _tags, 'x-amazon-apigateway-cors': _cors, 'x-amazon-apigateway-endpoint-configuration': _endpoint, ...document } = Body;
    expect({ ...document, info: { title: 'shop', version: '1.0' } }).toEqual(serverless);
    // Another route is another deployment.
    expect((await deployed(['      place: { match: POST /orders, scopes: [orders:write]', '      place: { match: POST /orders/new, scopes: [orders:write]'])).of('Deployment')[0]?.[0]).not.toBe(name);
  });

  it('Terraform refers to what it declares, in its own names for the fields', async () => {
    const blueprint = await shop(...withAws);
    const text = terraform(blueprint, expand(blueprint));
    const declared = [...text.matchAll(/^resource "(\w+)" "(\w+)" \{$/gm)].map(([, type, name]) => `${type ?? ''}.${name ?? ''}`);
    const referred = [...text.matchAll(/\b(aws_apigatewayv2_\w+\.\w+)/g)].map(([, name = '']) => name);
    expect(declared).toEqual(expect.arrayContaining(referred));
    expect(declared).toHaveLength(14);
    for (const line of [
      'identity_sources = ["$request.header.Authorization"]',
      'timeout_milliseconds   = 10000',
      'authorization_scopes = ["orders:write"]',
      'route_key            = "GET /orders/{id}"',
    ])
      expect(text).toContain(line);
  });

  interface Operation {
    readonly isDefaultRoute?: boolean;
    readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
    readonly parameters?: readonly { readonly name: string }[];
    readonly 'x-amazon-apigateway-integration': Readonly<Record<string, unknown>>;
  }
  interface Api {
    readonly StageName: string;
    readonly Tags: object;
    readonly DefinitionBody: {
      readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
      readonly components: { readonly securitySchemes: Readonly<Record<string, { readonly 'x-amazon-apigateway-authorizer': { readonly type: string; readonly jwtConfiguration: object } }>> };
    };
  }

  it.each([['a shop', () => shop(...withAws)], ['functions', functions]] as const)('SAM has each route with its authorizer, its scopes and where it leads, and no other: %s', async (_what, load) => {
    const blueprint = await load();
    const expansion = expand(blueprint);
    const { Transform, Resources } = parse(sam(blueprint, expansion)) as { Transform: string; Resources: Record<string, { Type: string; Properties: Api }> };
    expect(Transform).toBe('AWS::Serverless-2016-10-31');
    const api = Object.values(Resources).find(({ Type }) => Type === 'AWS::Serverless::HttpApi')?.Properties;
    if (!api) throw new Error('no API');
    // SAM refuses a name beside a document with a title.
    expect([api, api.DefinitionBody]).toEqual([expect.not.objectContaining({ Name: expect.anything() as unknown }), expect.objectContaining({ info: { title: blueprint.name, version: '1.0' } })]);
    const { paths, components } = api.DefinitionBody;
    const said = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => {
      const verb = method === 'x-amazon-apigateway-any-method' ? 'ANY' : method.toUpperCase();
      expect((operation.parameters ?? []).map(({ name }) => name)).toEqual([...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name));
      return { key: operation.isDefaultRoute ? '$default' : `${verb} ${path}`, security: operation.security ?? null, uri: operation['x-amazon-apigateway-integration'].uri };
    }));
    const uris = new Map(expansion.desired.filter(aws.integration.is).map(({ id, spec }) => [id.slice(id.indexOf('/') + 1), spec.IntegrationUri]));
    const wanted = expansion.desired.filter(aws.route.is).map(({ spec }) => ({ key: spec.RouteKey, security: spec.Authorizer == null ? null : [{ [spec.Authorizer]: spec.AuthorizationScopes }], uri: uris.get(spec.Integration ?? '') }));
    const byKey = (one: { readonly key: string }, other: { readonly key: string }): number => (one.key < other.key ? -1 : 1);
    expect(said.toSorted(byKey)).toEqual(wanted.toSorted(byKey));
    expect(Object.entries(components.securitySchemes).map(([name, { 'x-amazon-apigateway-authorizer': { type, jwtConfiguration } }]) => [name, type, jwtConfiguration])).toEqual(
      expansion.desired.filter(aws.authorizer.is).map(({ spec }) => [spec.Name, 'jwt', { issuer: spec.JwtConfiguration?.Issuer, audience: [...(spec.JwtConfiguration?.Audience ?? [])] }]),
    );
    expect([api.StageName, api.Tags]).toEqual([expansion.desired.find(aws.stage.is)?.spec.StageName, expect.objectContaining({ authctl: blueprint.name })]);
  });

  const withSecrets = async () => {
    const blueprint = await shop(...withAws);
    const { desired, ...rest } = expand(blueprint);
    const sent = { 'append:header.x-api-key': new Secret('key-of-the-upstream'), 'append:header.x-name': 'shop' };
    const laden = desired.map((object) => {
      const { kind, spec } = object;
      if (kind === aws.integration.kind) return { ...object, spec: { ...spec, RequestParameters: sent } };
      if (kind === aws.stage.kind) return { ...object, spec: { ...spec, StageVariables: { token: new Secret('token-of-the-stage') } } };
      return kind === aws.api.kind ? { ...object, spec: { ...spec, Description: new Secret('text-of-the-api'), Tags: { access_token: new Secret('token-of-the-tag') } } } : object;
    });
    return { blueprint, expansion: { ...rest, desired: laden }, count: desired.filter(aws.integration.is).length + desired.filter(aws.stage.is).length + 2 };
  };
  const SECRET = /\[secret\]|key-of-the-upstream|token-of-the-stage|text-of-the-api|token-of-the-tag/;

  it.each([['CloudFormation', cloudFormation], ['SAM', sam]] as const)('%s asks for each secret as a parameter that is not shown, and writes none', async (_name, write) => {
    const { blueprint, expansion, count } = await withSecrets();
    const text = write(blueprint, expansion);
    expect(text).not.toMatch(SECRET);
    const { Parameters, Resources } = parse(text) as { Parameters: Record<string, object>; Resources: object };
    const referred = [...JSON.stringify(Resources).matchAll(/\{"Ref":"(Secret\w+)"\}/g)].map(([, name]) => name ?? '');
    expect([...new Set(referred)].toSorted()).toEqual(Object.keys(Parameters).toSorted());
    expect(Object.keys(Parameters)).toHaveLength(count);
    for (const parameter of Object.values(Parameters)) expect(parameter).toEqual({ Type: 'String', NoEcho: true, MinLength: 1, Description: expect.stringMatching(/^The secret that the blueprint has for \S+ of aws\.\w+\/shop/) as string });
    expect(text).toContain('The secret that the blueprint has for RequestParameters.append:header.x-api-key of aws.integration/shop/orders.list');
    // What asks for none is as it was.
    expect(parse(write(blueprint, expand(blueprint)))).not.toHaveProperty('Parameters');
  });

  it('Terraform asks for each secret as a sensitive variable, and writes none', async () => {
    const { blueprint, expansion, count } = await withSecrets();
    const text = terraform(blueprint, expansion);
    expect(text).not.toMatch(SECRET);
    const declared = [...text.matchAll(/^variable "(\w+)" \{\n {2}type += string\n {2}description += "The secret that [^\n]+"\n {2}sensitive += true\n {2}nullable += false\n\}$/gm)].map(([, name]) => name);
    const referred = [...text.matchAll(/ = var\.(\w+)/g)].map(([, name]) => name);
    expect(declared.toSorted()).toEqual(referred.toSorted());
    expect(declared).toHaveLength(count);
    expect(terraform(blueprint, expand(blueprint))).not.toContain('variable "');
  });

  it('starts no template in a text of the blueprint', async () => {
    const blueprint = await shop(...withAws);
    const { desired, ...rest } = expand(blueprint);
    const hostile = desired.map((object) =>
      object.kind === 'aws.integration' ? { ...object, spec: { ...object.spec, Description: '${file("/etc/passwd")} %{if} "' } } : object,
    );
    expect(terraform(blueprint, { ...rest, desired: hostile })).toContain(
      'description            = "$${file(\\"/etc/passwd\\")} %%{if} \\""',
    );
  });
});
