import type { Blueprint, Json, Route } from '../blueprint/types.ts';
import { questionOf } from '../service/question.ts';
import { shapeOf } from './question.ts';

/** What the policy is asked about. */
interface Asked {
  /** The request's own path. */
  readonly path: string;
  /** Who asks: Kong's plugin, AWS, or a service's guard. */
  readonly source: 'kong' | 'aws' | 'service';
  /** The verified claims; `null` for a request without a token. */
  readonly token: object | null;
  /** The token that they are of. Unset where there is none but the claims: one that nobody signed is made of them. */
  readonly raw?: string;
  /** Whose object it is, where the service looked it up. */
  readonly owner?: string | undefined;
  /** What else the asker tells of the request. */
  readonly host?: string;
  readonly scheme?: string;
  readonly clientIp?: string;
  /** By name in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The policy's `input`, in the shape in which authctl-opa and the services' guard send it (docs/policies.md). */
export const policyInput = (blueprint: Blueprint, { service, id, method, path: template }: Route, asked: Asked): Json => {
  const { path, source, token, raw, owner, host, scheme, clientIp, headers = {} } = asked;
  const values = path.split('/').slice(1).map((segment) => decodeURIComponent(segment));
  const names = template.split('/').slice(1);
  const params = Object.fromEntries(names.flatMap((name, at) => (name.startsWith('{') ? [[name.slice(1, -1), values[at] ?? '']] : [])));
  const claims = token === null ? undefined : JSON.stringify(token);
  const question = questionOf(
    {
      method, path, query: '', authority: host, scheme, clientIp, source,
      headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
      route: { service, id, params },
      object: owner === undefined ? undefined : { owner },
      payload: claims,
      token: raw ?? (claims === undefined ? undefined : unsigned(blueprint, claims)),
    },
    shapeOf(blueprint),
  );
  if ('why' in question) throw new Error(`a path of ${service}.${id} cannot be asked about: ${question.why}`);
  return JSON.parse(question.text) as Json;
};

/** As the issuer would write it, but for the signature: a policy reads it, and may not hold it against a key. */
const unsigned = ({ realm }: Blueprint, claims: string): string =>
  [JSON.stringify({ alg: realm.tokens.algorithm, typ: 'JWT' }), claims, 'not signed'].map((part) => Buffer.from(part).toString('base64url')).join('.');
