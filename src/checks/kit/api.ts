import { unreachable } from '../../core/problem.ts';
import type { Position, Problem } from '../../core/problem.ts';
import { withLength } from './fetch.ts';
import type { HttpAnswer, Send } from './http.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The JSON API by which a server is managed. Over the kit's sender: a redirect is an answer like another, and no credential or key follows it. */
export interface Api {
  /** Whatever the answer is. Throws `TARGET_UNREACHABLE` when there is none. */
  readonly ask: (method: Method, path: string, body?: unknown) => Promise<HttpAnswer>;
  /** As `ask`, and throws what `refused` makes of any answer but a 2xx. */
  readonly demand: (method: Method, path: string, body?: unknown) => Promise<HttpAnswer>;
  /** The JSON of a GET that was answered with a 2xx. */
  readonly get: <T>(path: string) => Promise<T>;
  /** The same server and login, with another last part of the path of `base`. */
  readonly beside: (last: string) => Api;
}

interface ApiInput {
  readonly send: Send;
  readonly base: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly target: 'keycloak' | 'kong';
  readonly at: Position;
  /** The problem of an answer that is none of 2xx; `what` is the method and the path. */
  readonly refused: (what: string, status: number) => Problem;
}

export const createApi = (input: ApiInput): Api => {
  const { send, base, headers, target, at, refused } = input;
  const ask: Api['ask'] = async (method, path, body) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const all = [...headers, ['Accept', 'application/json'], ...(text === undefined ? [] : [['Content-Type', 'application/json'] as const])] as const;
    const answer = await send({ url: `${base}${path}`, method, headers: withLength(method, all, text), ...(text !== undefined && { body: text }), timeout: 15_000 });
    if (answer.status === 0) throw unreachable(target, base, new Error(answer.failure ?? 'no answer'), at);
    return answer;
  };
  const demand: Api['demand'] = async (method, path, body) => {
    const answer = await ask(method, path, body);
    if (answer.status < 200 || answer.status > 299) throw refused(`${method} ${path}`, answer.status);
    return answer;
  };
  return {
    ask,
    demand,
    beside: (last) => createApi({ ...input, base: base.replace(/\/[^/]*$/, last === '' ? '' : `/${last}`) }),
    get: async <T>(path: string) => {
      const { status, body } = await demand('GET', path);
      try {
        // What the server's documentation says of this path: the caller names the type.
        return JSON.parse(body) as T;
      } catch {
        throw refused(`GET ${path}`, status);
      }
    },
  };
};
