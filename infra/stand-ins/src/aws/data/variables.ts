import { isRecord } from '../http.ts';
import { accountId } from '../store.ts';
import { headerOf, queryOf, type Exchange, type Reply } from './exchange.ts';

/** A claim as text: arrays as `[a b]`, null is no value. Source: API Gateway developer guide, "JWT authorizers". */
export const claimText = (value: unknown): string | undefined => {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return `[${value.map((one) => claimText(one) ?? '').join(' ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Common log format: `10/Oct/2000:13:55:36 +0000`. */
export const commonLogTime = (seconds: number): string => {
  const [day, time] = new Date(seconds * 1000).toISOString().split('T');
  const [year, month, date] = (day ?? '').split('-');
  return `${date}/${months[Number(month) - 1]}/${year}:${time?.slice(0, 8)} +0000`;
};

const number = (value: number | undefined): string | undefined => (value === undefined ? undefined : String(value));

/** The `$context` variables of an API without IAM. Source: API Gateway developer guide, "Customizing HTTP API access logs". */
const contextOf = (exchange: Exchange, name: string, ended?: { readonly reply: Reply; readonly at: number }): string | undefined => {
  const claim = /^authorizer\.claims\.(.+)$/.exec(name)?.[1];
  if (claim !== undefined) return exchange.claims && Object.hasOwn(exchange.claims, claim) ? claimText(exchange.claims[claim]) : undefined;
  const { request, place } = exchange;
  const host = headerOf(request, 'host');
  switch (name) {
    case 'accountId':
      return accountId;
    case 'apiId':
      return place?.state.api.apiId;
    case 'authorizer.error':
      return exchange.authorizerError;
    case 'domainName':
      return host;
    case 'domainPrefix':
      return host?.split('.')[0];
    case 'httpMethod':
      return exchange.method;
    case 'identity.sourceIp':
      return request.socket.remoteAddress;
    case 'identity.userAgent':
      return headerOf(request, 'user-agent');
    case 'integration.error':
    case 'integrationErrorMessage':
      return exchange.integrationError;
    case 'integration.latency':
    case 'integrationLatency':
      return number(exchange.integrationLatencyMs);
    case 'integration.status':
    case 'integrationStatus':
      return number(exchange.integrationStatus);
    case 'path':
      return exchange.fullPath;
    case 'protocol':
      return `HTTP/${request.httpVersion}`;
    case 'requestId':
    case 'extendedRequestId':
      return exchange.requestId;
    case 'requestTime':
      return commonLogTime(exchange.startedAt);
    case 'requestTimeEpoch':
      return String(Math.floor(exchange.startedAt));
    case 'routeKey':
      return exchange.route?.routeKey;
    case 'stage':
      return place?.stage.stageName;
    case 'responseLatency':
      return ended && String(Math.round((ended.at - exchange.startedAt) * 1000));
    case 'responseLength':
      return number(ended?.reply.body.length);
    case 'status':
      return number(ended?.reply.status);
    default:
      return undefined;
  }
};

/** A JSON path of dots and `[n]` into a body; the empty path is the whole body as text. */
const bodyValue = (body: Buffer, path: string): string | undefined => {
  if (path === '') return body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(body.subarray(0, 100 * 1024).toString('utf8'));
  } catch {
    return undefined;
  }
  for (const step of path.split(/[.[\]]+/).filter((one) => one !== '')) {
    if (Array.isArray(value)) value = (value as unknown[])[Number(step)];
    else if (isRecord(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value === undefined || value === null
    ? undefined
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value as string | number | boolean);
};

const percentDecoded = (text: string | undefined): string | undefined => {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
};

const after = (prefix: string, variable: string): string | undefined =>
  variable.startsWith(prefix) ? variable.slice(prefix.length) : undefined;

/** What mappings of an exchange may use: `context.…`, `stageVariables.…`, `request.…`, and `response.…` once there is a reply. */
export const lookupIn =
  (exchange: Exchange, reply?: Reply) =>
  (variable: string): string | undefined => {
    const context = after('context.', variable);
    if (context !== undefined) return contextOf(exchange, context);
    const stageVariable = after('stageVariables.', variable);
    if (stageVariable !== undefined) return exchange.place?.stage.stageVariables[stageVariable];
    if (variable === 'request.path') return exchange.place?.path;
    const pathParameter = after('request.path.', variable);
    if (pathParameter !== undefined) return percentDecoded(exchange.pathParameters[pathParameter]);
    const header = after('request.header.', variable);
    if (header !== undefined) return headerOf(exchange.request, header);
    const query = after('request.querystring.', variable);
    if (query !== undefined) return queryOf(exchange.query, query);
    if (variable === 'request.body') return bodyValue(exchange.body, '');
    const body = after('request.body.', variable);
    if (body !== undefined) return bodyValue(exchange.body, body);
    const responseHeader = after('response.header.', variable);
    if (reply && responseHeader !== undefined) return reply.headers[responseHeader.toLowerCase()]?.toString();
    if (reply && variable === 'response.body') return bodyValue(reply.body, '');
    const responseBody = after('response.body.', variable);
    return reply && responseBody !== undefined ? bodyValue(reply.body, responseBody) : undefined;
  };

/** An access log line: `$context.x` replaced, a missing one by `-`; quotes and control characters escaped, so that it stays a line. */
export const accessLogLine = (format: string, exchange: Exchange, ended: { readonly reply: Reply; readonly at: number }): string =>
  format.replace(/\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_-]+)*)/g, (_, name: string) =>
    JSON.stringify(contextOf(exchange, name, ended) ?? '-').slice(1, -1),
  );
