import { scopesOf } from '../jwt.ts';
import { accountId } from '../store.ts';
import type { Integration } from '../types.ts';
import type { Exchange } from './exchange.ts';
import { claimText, commonLogTime } from './variables.ts';

/** What the gateway says of a request beside what the client said. */
type Heads = Readonly<Record<string, readonly string[]>>;

/** Names in lower case. Source: developer guide, "All headernames are lowercased." What a proxy before it would add is what it adds. */
const headsOf = ({ request }: Exchange): Heads => {
  const heads: Record<string, string[]> = {};
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]?.toLowerCase() ?? '';
    if (['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-authorization'].includes(name)) continue;
    heads[name] = [...(heads[name] ?? []), request.rawHeaders[index + 1] ?? ''];
  }
  const { remoteAddress = '', localPort = 443 } = request.socket;
  return {
    ...heads,
    'x-forwarded-for': [[...(heads['x-forwarded-for'] ?? []), remoteAddress].join(', ')],
    'x-forwarded-port': [String(localPort)],
    'x-forwarded-proto': ['http'],
  };
};

const joined = (values: Heads): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(values).map(([name, several]) => [name, several.join(',')]));
const last = (values: Heads): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(values).map(([name, several]) => [name, several.at(-1) ?? '']));
const some = <Value extends object>(values: Value): Value | undefined => (Object.keys(values).length === 0 ? undefined : values);

const queryOf = (query: string): Heads => {
  const values: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) values[name] = [...(values[name] ?? []), value];
  return values;
};

/** A body that is text by its type stays text; any other goes in base64. */
const TEXT = /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded|[a-z.+-]*\+(json|xml)))/i;
const bodyOf = ({ body }: Exchange, heads: Heads): { readonly body?: string; readonly isBase64Encoded: boolean } => {
  if (body.length === 0) return { isBase64Encoded: false };
  const binary = !TEXT.test(heads['content-type']?.[0] ?? 'text/plain');
  return { body: body.toString(binary ? 'base64' : 'utf8'), isBase64Encoded: binary };
};

/** Claims are texts; the scopes are all of the token's, and null where the route asks for none. Source: developer guide, JWT authorizers. */
const authorizerOf = ({ claims, route }: Exchange): { readonly claims: Readonly<Record<string, string>>; readonly scopes: readonly string[] | null } | undefined =>
  claims && {
    claims: Object.fromEntries(Object.entries(claims).flatMap(([name, value]) => { const text = claimText(value); return text === undefined ? [] : [[name, text]]; })),
    scopes: (route?.authorizationScopes ?? []).length > 0 ? scopesOf(claims) : null,
  };

const decoded = (parameters: Exchange['pathParameters']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, decodedText(value ?? '')]));
const decodedText = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * What a function is given, in both forms.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export const eventOf = (exchange: Exchange, { payloadFormatVersion }: Integration): object =>
  payloadFormatVersion === '2.0' ? secondForm(exchange) : firstForm(exchange);

const aboutRequest = (exchange: Exchange) => {
  const { place, request, method, startedAt } = exchange;
  const stage = place?.stage.stageName ?? '';
  const host = request.headers.host ?? '';
  return {
    stage,
    // Seen of live APIs: the path of a stage with a name begins with it.
    path: `${stage === '$default' ? '' : `/${stage}`}${place?.path ?? '/'}`,
    apiId: place?.state.api.apiId ?? '',
    domain: { domainName: host.replace(/:\d+$/, ''), domainPrefix: host.split('.')[0] ?? '' },
    protocol: `HTTP/${request.httpVersion}`,
    sourceIp: request.socket.remoteAddress ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    epoch: Math.floor(startedAt * 1000),
    time: commonLogTime(startedAt),
    variables: some(place?.stage.stageVariables ?? {}),
    method,
  };
};

const secondForm = (exchange: Exchange): object => {
  const { cookie, ...heads } = headsOf(exchange);
  const { stage, path, apiId, domain, protocol, sourceIp, userAgent, epoch, time, variables, method } = aboutRequest(exchange);
  const jwt = authorizerOf(exchange);
  const routeKey = exchange.route?.routeKey ?? '';
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: exchange.query,
    cookies: cookie?.flatMap((line) => line.split(/;\s*/)),
    headers: joined(heads),
    queryStringParameters: some(joined(queryOf(exchange.query))),
    requestContext: {
      accountId,
      apiId,
      ...(jwt && { authorizer: { jwt } }),
      ...domain,
      http: { method, path, protocol, sourceIp, userAgent },
      requestId: exchange.requestId,
      routeKey,
      stage,
      time,
      timeEpoch: epoch,
    },
    pathParameters: some(decoded(exchange.pathParameters)),
    stageVariables: variables,
    ...bodyOf(exchange, heads),
  };
};

const firstForm = (exchange: Exchange): object => {
  const heads = headsOf(exchange);
  const { stage, path, apiId, domain, protocol, sourceIp, userAgent, epoch, time, variables, method } = aboutRequest(exchange);
  const query = queryOf(exchange.query);
  const resource = exchange.route?.routeKey.split(' ')[1] ?? '$default';
  const nobody = { accessKey: null, accountId: null, caller: null, cognitoAuthenticationProvider: null, cognitoAuthenticationType: null, cognitoIdentityId: null, cognitoIdentityPoolId: null, principalOrgId: null, user: null, userArn: null };
  const { body = null, isBase64Encoded } = bodyOf(exchange, heads);
  return {
    version: '1.0',
    resource,
    path,
    httpMethod: method,
    headers: last(heads),
    multiValueHeaders: heads,
    queryStringParameters: some(last(query)) ?? null,
    multiValueQueryStringParameters: some(query) ?? null,
    requestContext: {
      accountId,
      apiId,
      ...(exchange.claims && { authorizer: authorizerOf(exchange) }),
      ...domain,
      extendedRequestId: exchange.requestId,
      httpMethod: method,
      identity: { ...nobody, sourceIp, userAgent },
      path,
      protocol,
      requestId: exchange.requestId,
      requestTime: time,
      requestTimeEpoch: epoch,
      resourceId: exchange.route?.routeKey ?? '',
      resourcePath: resource,
      stage,
    },
    pathParameters: some(decoded(exchange.pathParameters)) ?? null,
    stageVariables: variables ?? null,
    body,
    isBase64Encoded,
  };
};
