import type { HttpAnswer, Send } from './http.ts';

/** A body of text needs its length, and a POST without one needs to say so: a sender that adds nothing would send it in chunks. */
export const withLength = (
  method: string,
  headers: readonly (readonly [name: string, value: string])[],
  body: string | undefined,
): readonly (readonly [name: string, value: string])[] =>
  body === undefined && ['GET', 'HEAD'].includes(method) ? headers : [...headers, ['Content-Length', String(Buffer.byteLength(body ?? ''))]];

interface FetchOptions {
  readonly method?: string;
  readonly headers?: Headers | Readonly<Record<string, string>> | [string, string][];
  readonly body?: unknown;
}

/** `fetch` as libraries ask for it, over the kit's own sender. Rejects with a TypeError when there is no answer, as fetch does. */
export const fetchOver = (send: Send) => async (url: string | URL, { method = 'GET', headers, body }: FetchOptions = {}): Promise<Response> => {
  const text = body === undefined || body === null ? undefined : textOf(body);
  const answer = await send({
    url: String(url),
    method,
    headers: withLength(method, [...new Headers(headers)], text),
    ...(text !== undefined && { body: text }),
    timeout: 15_000,
  });
  if (answer.status === 0) throw new TypeError('fetch failed', { cause: new Error(answer.failure ?? 'no answer') });
  return responseOf(answer);
};

const textOf = (body: unknown): string => {
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('only texts and forms are sent');
};

const responseOf = ({ status, headers, setCookies, body }: HttpAnswer): Response => {
  const { 'set-cookie': _cookies, ...others } = headers;
  const received = new Headers(others);
  for (const cookie of setCookies) received.append('set-cookie', cookie);
  return new Response([204, 205, 304].includes(status) ? null : body, { status, headers: received });
};
