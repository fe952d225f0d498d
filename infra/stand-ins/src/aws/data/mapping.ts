import type { OutgoingHttpHeaders } from 'node:http';
import { evaluate, parseChange, parseExpression } from '../parameters.ts';
import type { Integration } from '../types.ts';
import type { Exchange, Reply } from './exchange.ts';
import { lookupIn } from './variables.ts';

/** What is sent to the integration, before mappings and after. Header names are lower case; `query` is raw. */
export interface Outgoing {
  readonly path: string;
  readonly query: string;
  readonly headers: OutgoingHttpHeaders;
}

/** Header values are one line of printable text: anything else in a claim or body must not become a second header. */
const headerText = (value: string): string => value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/g, '');

const changedHeaders = (headers: OutgoingHttpHeaders, action: string, name: string, value: string | undefined): OutgoingHttpHeaders => {
  const lower = name.toLowerCase();
  const { [lower]: before, ...others } = headers;
  if (action === 'remove') return others;
  if (action === 'overwrite') return value === undefined ? others : { ...others, [lower]: headerText(value) };
  if (value === undefined) return headers;
  return { ...others, [lower]: before === undefined ? headerText(value) : `${before.toString()},${headerText(value)}` };
};

const changedQuery = (query: string, action: string, name: string, value: string | undefined): string => {
  const params = new URLSearchParams(query);
  if (action !== 'append') params.delete(name);
  if (action !== 'remove' && value !== undefined) params.append(name, value);
  return params.toString();
};

/** A path that can be sent: what has no place in one is percent-encoded, so that no value can begin a query. */
const pathText = (value: string): string => {
  // Through UTF-8 once, because half a surrogate pair cannot be percent-encoded.
  const encoded = Buffer.from(value)
    .toString()
    .replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@%/]/gu, encodeURIComponent);
  return encoded.startsWith('/') ? encoded : `/${encoded}`;
};

/** Inside a path, a path variable stays as the client encoded it: `%2F` must not become a new segment. */
const lookupForPath =
  (exchange: Exchange) =>
  (variable: string): string | undefined =>
    variable.startsWith('request.path.') ? exchange.pathParameters[variable.slice('request.path.'.length)] : lookupIn(exchange)(variable);

/**
 * Applies the integration's request mappings. An `overwrite` whose variable has no value takes the client's own header or parameter
 * away, so that a client can never speak for a claim it does not have.
 */
export const mapRequest = (outgoing: Outgoing, { requestParameters = {} }: Integration, exchange: Exchange): Outgoing => {
  const lookup = lookupIn(exchange);
  let { path, query, headers } = outgoing;
  for (const [key, text] of Object.entries(requestParameters)) {
    const change = parseChange(key, 'request');
    const value = evaluate(parseExpression(text, 'request') ?? [], change?.place === 'path' ? lookupForPath(exchange) : lookup);
    if (change?.place === 'header') headers = changedHeaders(headers, change.action, change.name, value);
    else if (change?.place === 'querystring') query = changedQuery(query, change.action, change.name, value);
    else if (change?.place === 'path' && value !== undefined) path = pathText(value);
  }
  return { path, query, headers };
};

/** Applies the response mappings for the status that the integration answered with. */
export const mapResponse = (reply: Reply, { responseParameters = {} }: Integration, exchange: Exchange): Reply => {
  const lookup = lookupIn(exchange, reply);
  let { status, headers } = reply;
  for (const [key, text] of Object.entries(responseParameters[String(reply.status)] ?? {})) {
    const change = parseChange(key, 'response');
    const value = evaluate(parseExpression(text, 'response') ?? [], lookup);
    if (change?.place === 'header') headers = changedHeaders(headers, change.action, change.name, value);
    else if (change?.place === 'statuscode' && value !== undefined && /^[2-5]\d\d$/.test(value)) status = Number(value);
  }
  return { ...reply, status, headers };
};
