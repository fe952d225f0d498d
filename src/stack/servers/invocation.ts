import type { IncomingMessage } from 'node:http';
import { objectOf, textOf } from '../../core/json.ts';

const INVOKE = /^\/2015-03-31\/functions\/[^/]+\/invocations(\?|$)/;

/** Lambda's Invoke, as the runtime's own emulator takes it: the event is the body. */
export const isInvocation = ({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): boolean => method === 'POST' && INVOKE.test(url);

interface Invoked {
  /** The request that the event tells of. */
  readonly request: { readonly method: string; readonly url: string; readonly rawHeaders: readonly string[] };
  /** A function's answer that says 200 and this. */
  readonly answer: (body: object) => object;
}

/** A request by the event of API Gateway that tells of it, in its form 1.0 or 2.0. */
export const invokedBy = (event: unknown): Invoked => {
  const { version, rawPath, rawQueryString, path, httpMethod, headers, multiValueHeaders, cookies, requestContext, multiValueQueryStringParameters } = objectOf(event);
  if (version === '2.0') {
    const { method } = objectOf(objectOf(requestContext)['http']);
    const query = textOf(rawQueryString) ?? '';
    const cookie = Array.isArray(cookies) && cookies.length > 0 ? ['cookie', cookies.map(String).join('; ')] : [];
    return {
      request: {
        method: textOf(method) ?? '',
        url: `${textOf(rawPath) ?? ''}${query === '' ? '' : `?${query}`}`,
        rawHeaders: [...Object.entries(objectOf(headers)).flatMap(([name, value]) => [name, String(value)]), ...cookie],
      },
      // Without a status the whole answer is the body.
      answer: (body) => body,
    };
  }
  const query = new URLSearchParams(pairsOf(multiValueQueryStringParameters)).toString();
  return {
    request: {
      method: textOf(httpMethod) ?? '',
      url: `${textOf(path) ?? ''}${query === '' ? '' : `?${query}`}`,
      rawHeaders: pairsOf(multiValueHeaders).flat(),
    },
    answer: (body) => ({ statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), isBase64Encoded: false }),
  };
};

const pairsOf = (values: unknown): [string, string][] =>
  Object.entries(objectOf(values)).flatMap(([name, several]) => (Array.isArray(several) ? several.map((value: unknown): [string, string] => [name, String(value)]) : []));
