import type { HttpAnswer, HttpRequest } from '../../../../src/checks/kit/http.ts';

/** A request as a server of a world sees it. */
export interface Incoming {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly json: unknown;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Every value of a header, in order. */
  readonly all: (name: string) => readonly string[];
  readonly header: (name: string) => string | undefined;
  /** The certificate that is shown in the handshake. PEM. */
  readonly certificate: string | undefined;
  /** Every value of a cookie, in order. */
  readonly cookies: (name: string) => readonly string[];
}

const jsonOf = (text: string): unknown => {
  // Most bodies are forms or nothing, and an error costs more than a look.
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const incomingOf = ({ url, method, headers, body = '', tls }: HttpRequest): Incoming => {
  const { host, pathname, searchParams } = new URL(url);
  // The path as it was sent: a URL puts dot segments right.
  const path = /^\w+:\/\/[^/?]*(\/[^?]*)/.exec(url)?.[1] ?? pathname;
  const text = String(body);
  const all = (name: string): readonly string[] => headers.flatMap(([own, value]) => (own.toLowerCase() === name.toLowerCase() ? [value] : []));
  const pairs = all('cookie').flatMap((line) => line.split(/;\s*/)).map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)] as const);
  return {
    method, host, path, query: searchParams, form: new URLSearchParams(text), json: jsonOf(text), headers, all,
    header: (name) => all(name)[0],
    certificate: tls?.own?.certificate,
    cookies: (name) => pairs.flatMap(([own, value]) => (own === name ? [value] : [])),
  };
};

export const answerOf = (
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = {},
  setCookies: readonly string[] = [],
): HttpAnswer => ({
  status,
  headers: { ...headers, ...(setCookies.length > 0 && { 'set-cookie': setCookies.join(', ') }) },
  setCookies,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  milliseconds: 1,
});
