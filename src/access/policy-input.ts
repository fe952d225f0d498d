import type { Json, Route } from '../blueprint/types.ts';

/** What the policy is asked about. */
interface Asked<Token> {
  /** The request's own path. */
  readonly path: string;
  /** Who asks: Kong's plugin, AWS, or a service's guard. */
  readonly source: 'kong' | 'aws' | 'service';
  /** The verified claims; `null` for a request without a token. */
  readonly token: Token;
  /** Whose object it is, where the service looked it up. */
  readonly owner?: string | undefined;
  /** What else the asker tells of the request. */
  readonly about?: { readonly [field: string]: Json };
}

/** The policy's `input`, in the shape in which authctl-opa and the services' guard send it (docs/policies.md). */
export const policyInput = <Token>({ service, id, method, path: template }: Route, { path, source, token, owner, about = {} }: Asked<Token>) => {
  const values = path.split('/').slice(1).map((segment) => decodeURIComponent(segment));
  const names = template.split('/').slice(1);
  const params = Object.fromEntries(names.flatMap((name, at) => (name.startsWith('{') ? [[name.slice(1, -1), values[at] ?? '']] : [])));
  return {
    request: { method, path, segments: path === '/' ? [] : values, query: {}, ...about },
    route: { service, id, params },
    ...(owner !== undefined && { object: { owner } }),
    source,
    token,
  };
};
