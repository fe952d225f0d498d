import type { OutgoingHttpHeaders } from 'node:http';
import { isRecord } from '../http.ts';
import type { Integration } from '../types.ts';
import { functionIn } from '../uri.ts';
import { eventOf } from './event.ts';
import { say, type Exchange, type Reply } from './exchange.ts';

const broken = (exchange: Exchange, why: string): Reply => {
  exchange.integrationError = why;
  return say(500, 'Internal Server Error');
};

const isText = (value: unknown): value is string | number | boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** Names in lower case; a value that is no text makes the whole answer a bad one. */
const headersIn = (value: unknown, several: boolean): Record<string, string | string[]> | undefined => {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) return undefined;
  const headers: Record<string, string | string[]> = {};
  for (const [name, item] of Object.entries(value)) {
    const texts = several ? item : [item];
    if (!Array.isArray(texts) || !texts.every(isText)) return undefined;
    headers[name.toLowerCase()] = several ? texts.map(String) : String(texts[0]);
  }
  return headers;
};

/**
 * What a function's answer becomes. In form 2.0 one without `statusCode` is a body, with 200 and `application/json`; in 1.0 it must have one.
 * `undefined` for an answer of another shape.
 */
export const replyOf = (answer: unknown, version: Integration['payloadFormatVersion']): Reply | undefined => {
  if (!isRecord(answer) || answer['statusCode'] === undefined) {
    if (version === '1.0') return undefined;
    const body = typeof answer === 'string' ? answer : JSON.stringify(answer ?? null);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
  }
  const { statusCode, body = '', isBase64Encoded = false, cookies = [] } = answer;
  const status = typeof statusCode === 'string' && /^\d{3}$/.test(statusCode) ? Number(statusCode) : statusCode;
  const headers = headersIn(answer['headers'], false);
  const more = version === '1.0' ? headersIn(answer['multiValueHeaders'], true) : {};
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (headers === undefined || more === undefined || (body !== null && !isText(body))) return undefined;
  if (!Array.isArray(cookies) || !cookies.every((cookie) => typeof cookie === 'string')) return undefined;
  const all: OutgoingHttpHeaders = { 'content-type': 'text/plain;charset=UTF-8', ...headers, ...more, ...(version === '2.0' && cookies.length > 0 && { 'set-cookie': cookies as string[] }) };
  const { 'content-length': _length, ...kept } = all;
  return { status, headers: kept, body: Buffer.from(String(body ?? ''), isBase64Encoded === true ? 'base64' : 'utf8') };
};

/**
 * Asks a function by Lambda's Invoke, at the address that stands for it here. 500 where there is none (or it lets the API not in), where it fails and where
 * its answer has the wrong shape; 503 where it is too slow, as live APIs were seen to say.
 * Source: developer guide, "Troubleshooting issues with HTTP API Lambda integrations".
 */
export const askFunction = async (exchange: Exchange, integration: Integration, functions: ReadonlyMap<string, string>): Promise<Reply> => {
  const wanted = functionIn(integration.integrationUri, exchange.place?.stage.stageVariables ?? {});
  const base = functions.get(wanted?.name ?? '');
  if (wanted === undefined || base === undefined) return broken(exchange, 'The IAM role configured on the integration or API Gateway doesn\'t have permissions to call the integration.');
  const began = performance.now();
  try {
    const answer = await fetch(`${base}/2015-03-31/functions/${wanted.name}/invocations${wanted.qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(wanted.qualifier)}`}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(eventOf(exchange, integration)),
      signal: AbortSignal.timeout(integration.timeoutInMillis),
    });
    const said = await answer.text();
    exchange.integrationStatus = answer.status;
    if (answer.status !== 200 || answer.headers.has('x-amz-function-error')) return broken(exchange, 'The Lambda function returned an error');
    const reply = replyOf(JSON.parse(said === '' ? 'null' : said), integration.payloadFormatVersion);
    return reply ?? broken(exchange, 'The response from the Lambda function doesn\'t match the format that API Gateway expects');
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'TimeoutError') {
      exchange.integrationError = 'The integration did not answer in time';
      return say(503, 'Service Unavailable');
    }
    return broken(exchange, 'The Lambda function could not be asked');
  } finally {
    exchange.integrationLatencyMs = Math.round(performance.now() - began);
  }
};
