import { isObject, objectOf, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Position } from '../../core/problem.ts';
import { listOf, namedIn, plainOf, resolverOf } from './intrinsics.ts';
import type { ApiFile, ApiRoute, HttpApi, Integration, Value } from './model.ts';
import { chosen, lambdaAuthorizer, restApi } from './refused.ts';
import { otherSource, unknown } from './say.ts';

export const isTemplate = ({ Resources, AWSTemplateFormatVersion: version, Transform: transform }: JsonObject): boolean => isObject(Resources) && (version !== undefined || transform !== undefined || Object.values(Resources).some((one) => textOf(objectOf(one).Type)?.startsWith('AWS::') === true));

interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
}
interface Unsaid {
  readonly address: string;
  readonly why: string;
}

interface Reading {
  readonly source: ApiFile;
  readonly resources: readonly Resource[];
  readonly resolve: ReturnType<typeof resolverOf>;
  readonly unsaid: Unsaid[];
  readonly at: (id: string, ...path: readonly string[]) => Position | undefined;
}

const IMPLICIT = 'ServerlessHttpApi';

/** The HTTP API of a template of CloudFormation or SAM, as far as it says it without being deployed. */
export const apiOfTemplate = (source: ApiFile, name: string | undefined): HttpApi => {
  const { content } = source;
  const resources = Object.entries(objectOf(content.Resources)).map(([id, one]): Resource => ({ id, type: textOf(objectOf(one).Type) ?? '', properties: objectOf(objectOf(one).Properties) }));
  const reading: Reading = { source, resources, resolve: resolverOf(content), unsaid: [], at: (id, ...path) => source.at('Resources', id, ...(path.length > 0 ? ['Properties', ...path] : [])) };
  const apis = resources.filter(({ type, properties }) => (type === 'AWS::ApiGatewayV2::Api' && textOf(properties.ProtocolType) !== 'WEBSOCKET') || type === 'AWS::Serverless::HttpApi');
  const implicit = eventsOf(resources).some(({ properties }) => properties.ApiId === undefined) && !resources.some(({ id }) => id === IMPLICIT);
  const all = [...apis, ...(implicit ? [{ id: IMPLICIT, type: 'AWS::Serverless::HttpApi', properties: objectOf(objectOf(content.Globals).HttpApi) }] : [])];
  const rest = resources.find(({ type }) => type === 'AWS::ApiGateway::RestApi' || type === 'AWS::Serverless::Api');
  const nameOf = ({ id, properties }: Resource): string => {
    const said = reading.resolve(properties.Name ?? id);
    return 'text' in said ? said.text : id;
  };
  for (const { id } of resources) if (id.startsWith('Fn::')) reading.unsaid.push({ address: `Resources.${id}${lineOf(reading.at(id))}`, why: 'what it makes is known when it is deployed alone: import the API that runs (--from aws)' });
  if (all.length === 0 && rest) throw restApi(rest.id, rest.type, reading.at(rest.id));
  if (rest) reading.unsaid.push({ address: `${rest.id}${lineOf(reading.at(rest.id))}`, why: 'a REST API, which has no JWT authorizer' });
  const api = chosen(all.map((one) => ({ name: nameOf(one), one })), { file: source.file, name, at: source.at('Resources') });
  const made = api.type === 'AWS::ApiGatewayV2::Api' ? ofCloudFormation(reading, api, all.length === 1) : ofSam(reading, api);
  return { ...made, name: nameOf(api), unsaid: reading.unsaid };
};

const lineOf = (at: Position | undefined): string => (at ? ` (line ${at.line})` : '');

/** A value, or the variable that it has to come from, which is told with its line. */
const valueOf = ({ resolve, unsaid, at }: Reading, value: unknown, { id, path, variable }: { readonly id: string; readonly path: readonly string[]; readonly variable: string }): Value => {
  const said = resolve(value);
  if ('text' in said) return said.text;
  const made = unknown(variable);
  unsaid.push({ address: `${[id, ...path].join('.')}${lineOf(at(id, ...path))}`, why: `it hangs on ${said.open.join(' and ')}, which only a deployment knows: set ${typeof made === 'string' ? made : made.variable}` });
  return made;
};

/** An issuer of a pool in the same template is known to be one of Cognito's. */
const issuerOf = (reading: Reading, value: unknown, id: string, path: readonly string[]): Value => {
  const isPool = namedIn(value).some((name) => reading.resources.some((one) => one.id === name && one.type === 'AWS::Cognito::UserPool')) || /cognito-idp/.test(JSON.stringify(value) ?? '');
  return valueOf(reading, value, { id, path, variable: isPool ? 'COGNITO_ISSUER' : 'ISSUER_URL' });
};
const audienceOf = (reading: Reading, value: unknown, id: string, path: readonly string[]): readonly Value[] => {
  const said = listOf(reading.source.content, value);
  if ('texts' in said) return said.texts;
  return (Array.isArray(value) ? value : [value]).map((one, index) => {
    const [name] = namedIn(one);
    return valueOf(reading, one, { id, path: [...path, String(index)], variable: `${name ?? id}_CLIENT_ID` });
  });
};

interface Asks {
  readonly authorization: string;
  readonly scopes: readonly string[];
  readonly unread?: string;
}
/** What a route demands of whoever asks: where that hangs on a deployment, it is not known, and nobody is let in for it. */
const asksOf = ({ source, resolve }: Reading, { authorization, scopes, authorizer }: { readonly authorization: unknown; readonly scopes: unknown; readonly authorizer: unknown }): Asks => {
  const [said, listed] = [resolve(authorization ?? 'NONE'), listOf(source.content, scopes)];
  const chooses = JSON.stringify(authorizer ?? null).includes('"Fn::If"') ? resolve(authorizer) : undefined;
  const open = [said, listed, ...(chooses ? [chooses] : [])].flatMap((one) => ('open' in one ? one.open : []));
  return {
    authorization: 'text' in said ? said.text : 'NONE',
    scopes: 'texts' in listed ? listed.texts : [],
    ...(open.length > 0 && { unread: `whom it lets in hangs on ${[...new Set(open)].join(' and ')}, which only a deployment knows: import the API that runs (--from aws)` }),
  };
};

/** What stands in a template and is read as if it were always so. */
const tellConditions = ({ source, unsaid, at }: Reading, all: readonly Resource[]): void => {
  for (const { id } of all) {
    const condition = textOf(objectOf(objectOf(source.content.Resources)[id]).Condition);
    if (condition !== undefined) unsaid.push({ address: `${id}${lineOf(at(id))}`, why: `it is made under the condition ${condition} alone, and is read as if that held` });
  }
};

const tellSource = ({ source, unsaid, at }: Reading, value: unknown, id: string, path: readonly string[]): void => {
  const said = listOf(source.content, value);
  const why = otherSource('texts' in said ? said.texts : said.open);
  if (why !== undefined) unsaid.push({ address: `${[id, ...path].join('.')}${lineOf(at(id, ...path))}`, why });
};

const functionArn = (reading: Reading, name: string): Value => {
  const held = reading.resources.find(({ id }) => id === name);
  return valueOf(reading, { 'Fn::GetAtt': [name, 'Arn'] }, { id: held ? name : 'functions', path: [], variable: `${name}_ARN` });
};

const origins = ({ resolve, unsaid, at }: Reading, id: string, cors: unknown): readonly string[] => {
  if (cors === undefined || cors === null) return [];
  const stated = objectOf(cors).AllowOrigins;
  const all = (Array.isArray(stated) ? stated : []).map(resolve).flatMap((one) => ('text' in one ? [one.text] : []));
  const exact = all.filter((origin) => /^https?:\/\/[^/*]+$/.test(origin));
  unsaid.push({ address: `${id}.CorsConfiguration${lineOf(at(id, 'CorsConfiguration'))}`, why: exact.length === all.length && all.length > 0 ? 'methods and headers follow from the routes: read what plan says of them' : 'a blueprint names each origin: say those of your pages under authentication.origins' });
  return exact.length === all.length ? exact : [];
};

type Made = Omit<HttpApi, 'name' | 'unsaid'>;

const ofCloudFormation = (reading: Reading, api: Resource, alone: boolean): Made => {
  const { resources, resolve, unsaid, at } = reading;
  const mine = (type: string): readonly Resource[] => resources.filter((one) => one.type === type && (alone || namedIn(one.properties.ApiId).includes(api.id)));
  if (api.properties.Body !== undefined || api.properties.BodyS3Location !== undefined) unsaid.push({ address: `${api.id}.Body${lineOf(at(api.id, 'Body'))}`, why: 'routes of an OpenAPI document are not read: import the API that runs (--from aws)' });
  const authorizers = mine('AWS::ApiGatewayV2::Authorizer').map(({ id, properties }) => {
    if (textOf(properties.AuthorizerType) !== 'JWT') throw lambdaAuthorizer(id, at(id));
    const jwt = objectOf(properties.JwtConfiguration);
    tellSource(reading, properties.IdentitySource, id, ['IdentitySource']);
    return { name: id, called: textOf(properties.Name), issuer: issuerOf(reading, jwt.Issuer, id, ['JwtConfiguration', 'Issuer']), audience: audienceOf(reading, jwt.Audience, id, ['JwtConfiguration', 'Audience']) };
  });
  const integrations = new Map(mine('AWS::ApiGatewayV2::Integration').map(({ id, properties }) => [id, integrationOf(reading, id, properties)] as const));
  const routes = mine('AWS::ApiGatewayV2::Route').map(({ id, properties }): ApiRoute => {
    const key = resolve(properties.RouteKey);
    const target = namedIn(properties.Target).find((name) => integrations.has(name));
    return {
      key: 'text' in key ? key.text : id,
      ...asksOf(reading, { authorization: properties.AuthorizationType, scopes: properties.AuthorizationScopes, authorizer: properties.AuthorizerId }),
      authorizer: namedIn(properties.AuthorizerId)[0],
      integration: target === undefined ? undefined : integrations.get(target),
      at: at(id),
    };
  });
  tellConditions(reading, [api, ...['AWS::ApiGatewayV2::Authorizer', 'AWS::ApiGatewayV2::Integration', 'AWS::ApiGatewayV2::Route', 'AWS::ApiGatewayV2::Stage'].flatMap(mine)]);
  if (api.properties.Target !== undefined) unsaid.push({ address: `${api.id}.Target${lineOf(at(api.id, 'Target'))}`, why: 'it makes a route that asks nobody who they are, and is not read: state an integration and a route' });
  const staged = mine('AWS::ApiGatewayV2::Stage').flatMap(({ properties }) => (textOf(properties.StageName) === undefined ? [] : [[String(properties.StageName), objectOf(plainOf(resolve, properties))] as const]));
  const found = { api: objectOf(plainOf(resolve, api.properties)), stages: Object.fromEntries(staged) };
  return { authorizers, routes, origins: origins(reading, api.id, api.properties.CorsConfiguration), stages: staged.map(([name]) => name), found };
};

const integrationOf = (reading: Reading, id: string, properties: JsonObject): Integration => {
  const { IntegrationType: type, IntegrationUri: uri, PayloadFormatVersion: payload, TimeoutInMillis: timeout } = properties;
  const [named] = namedIn(uri).filter((name) => reading.resources.some((one) => one.id === name && /Function|Alias|Version/.test(one.type)));
  const isFunction = type === 'AWS_PROXY';
  return {
    type: textOf(type) ?? '',
    uri: isFunction && named !== undefined ? functionArn(reading, named) : valueOf(reading, uri, { id, path: ['IntegrationUri'], variable: `${id}_${isFunction ? 'ARN' : 'URL'}` }),
    payload: textOf(payload) ?? '1.0',
    ...(typeof timeout === 'number' && { timeout }),
    fields: objectOf(plainOf(reading.resolve, properties)),
  };
};

interface Event {
  readonly function: Resource;
  readonly name: string;
  readonly properties: JsonObject;
}
const eventsOf = (resources: readonly Resource[]): readonly Event[] =>
  resources
    .filter(({ type }) => type === 'AWS::Serverless::Function')
    .flatMap((one) => Object.entries(objectOf(one.properties.Events)).flatMap(([name, event]) => (objectOf(event).Type === 'HttpApi' ? [{ function: one, name, properties: objectOf(objectOf(event).Properties) }] : [])));

/** Of an API of SAM: what is said, or told where it is not, and what says nothing of who gets in. */
const SAM_READ = ['Auth', 'CorsConfiguration', 'DefinitionBody', 'DefinitionUri', 'Description', 'FailOnWarnings', 'Name', 'PropagateTags', 'StageName', 'Tags'];

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-httpapiauth.html */
const ofSam = (reading: Reading, api: Resource): Made => {
  const { source, resources, resolve, at, unsaid } = reading;
  const globals = objectOf(objectOf(source.content.Globals).HttpApi);
  // What stands in both is put together, as SAM does.
  const [usual, own] = [objectOf(globals.Auth), objectOf(api.properties.Auth)];
  const auth: JsonObject = { ...usual, ...own, ...(isObject(usual.Authorizers) && isObject(own.Authorizers) && { Authorizers: { ...usual.Authorizers, ...own.Authorizers } }) };
  const path = api.id === IMPLICIT ? ['Globals', 'HttpApi', 'Auth', 'Authorizers'] : ['Resources', api.id, 'Properties', 'Auth', 'Authorizers'];
  const stated = Object.entries(objectOf(auth.Authorizers));
  const authorizers = stated.map(([name, one]) => {
    const { JwtConfiguration: jwt, FunctionArn: arn, IdentitySource: from } = objectOf(one);
    if (arn !== undefined) throw lambdaAuthorizer(name, source.at(...path, name));
    const { issuer, Issuer, audience, Audience } = objectOf(jwt);
    const below = ['Auth', 'Authorizers', name, 'JwtConfiguration'];
    tellSource(reading, from, api.id, ['Auth', 'Authorizers', name, 'IdentitySource']);
    return { name, called: name, issuer: issuerOf(reading, issuer ?? Issuer, api.id, [...below, 'issuer']), audience: audienceOf(reading, audience ?? Audience, api.id, [...below, 'audience']) };
  });
  if (api.properties.DefinitionBody !== undefined || api.properties.DefinitionUri !== undefined) unsaid.push({ address: `${api.id}.Definition${lineOf(at(api.id))}`, why: 'routes of an OpenAPI document are not read: import the API that runs (--from aws)' });
  const arns = new Map<string, Value>();
  const mine = eventsOf(resources).filter(({ properties }) => (properties.ApiId === undefined ? api.id === IMPLICIT : namedIn(properties.ApiId).includes(api.id)));
  const routes = mine.map(({ function: of, name, properties }): ApiRoute => {
    const { Path: place, Method: method = 'ANY', Auth: own, PayloadFormatVersion: payload, TimeoutInMillis: timeout } = properties;
    const { Authorizer: stated = auth.DefaultAuthorizer, AuthorizationScopes: scopes } = objectOf(own);
    const named = resolve(stated ?? 'NONE');
    const authorizer = 'text' in named ? named.text : undefined;
    const chosen = isObject(own) && Object.keys(own).some((name) => name.startsWith('Fn::')) ? own : stated;
    const asks = asksOf(reading, { authorization: chosen, authorizer: undefined, scopes: scopes ?? objectOf(objectOf(auth.Authorizers)[authorizer ?? '']).AuthorizationScopes });
    const [verbs, places] = [resolve(method), resolve(place ?? '')];
    const verb = 'text' in verbs ? verbs.text.toUpperCase() : '?';
    const arn = arns.get(of.id) ?? functionArn(reading, of.id);
    arns.set(of.id, arn);
    return {
      key: place === undefined ? '$default' : `${verb === 'X-AMAZON-APIGATEWAY-ANY-METHOD' ? 'ANY' : verb} ${'text' in places ? places.text : '?'}`,
      ...asks,
      authorization: asks.authorization === 'NONE' || asks.authorization === 'AWS_IAM' ? asks.authorization : 'JWT',
      authorizer,
      integration: { type: 'AWS_PROXY', uri: arn, payload: textOf(payload) ?? '2.0', ...(typeof timeout === 'number' && { timeout }) },
      at: at(of.id, 'Events', name),
    };
  });
  tellConditions(reading, [api, ...new Set(mine.map((one) => one.function))]);
  const beside = resources.filter((one) => /^AWS::ApiGatewayV2::(Authorizer|Integration|Route|Stage)$/.test(one.type) && namedIn(one.properties.ApiId).includes(api.id));
  for (const one of beside) unsaid.push({ address: `${one.id}${lineOf(at(one.id))}`, why: `${one.type} beside what SAM makes is not read: import the API that runs (--from aws)` });
  for (const name of new Set([...Object.keys(globals), ...Object.keys(api.properties)])) if (!SAM_READ.includes(name)) unsaid.push({ address: `${api.id}.${name}${lineOf(at(api.id, name))}`, why: 'it is not read of a template of SAM: import the API that runs (--from aws)' });
  const stage = textOf(api.properties.StageName ?? globals.StageName);
  return { authorizers, routes, origins: origins(reading, api.id, api.properties.CorsConfiguration ?? globals.CorsConfiguration), stages: stage === undefined ? [] : [stage] };
};
