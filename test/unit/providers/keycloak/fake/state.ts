import type { Answer } from '../../../../../src/providers/http.ts';
import type { Ask } from '../recorded/ask.ts';

export type Body = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

/** What the fake keeps of a realm: representations without what is worked out from the rest. */
export interface FakeRealm {
  rep: Body;
  profile: Body;
  /** What an export shows beside the rest, which nobody changes by the requests that are recorded: flows, components, providers of identities... */
  beside: Body;
  /** The profile was written, so that an export shows it. */
  profileWritten?: boolean;
  roles: Body[];
  scopes: Body[];
  clients: Body[];
  /** With their `password`, and `serviceAccountClientId` where it is the account of a client. */
  users: Body[];
  /** Algorithms with an active key. */
  keys: string[];
  /** Names of roles by path: `clients/<id>/scope-mappings/realm`. */
  links: Map<string, Set<string>>;
}

export interface Call {
  readonly realm: FakeRealm;
  /** The variables of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
}
/** `GET /roles/:name`, below the realm, and what it answers. */
export type Route = readonly [what: string, handle: (call: Call) => Answer];

/** All that the tests know of Keycloak's objects of one kind. Each stands in a file of this folder, under the name `resource`. */
export interface Resource {
  readonly routes: readonly Route[];
  /** How one is made of which nothing is stated that can be left out. */
  readonly bare: {
    readonly kind: string;
    readonly path: string;
    readonly body: object;
    readonly id: string;
    /** What it stands in. */
    readonly before?: readonly { readonly method?: 'PUT'; readonly path: string; readonly body: object }[];
  };
  /** What is asked below a realm to be recorded, when roles, scopes, clients and users are there. */
  readonly requests?: (ask: Ask, realm: string) => Promise<void>;
  /** What a plan asks for these objects of a realm with one of them and these users (by id), beyond what it asks in any case. */
  readonly reads?: (realm: string, users: readonly string[]) => readonly string[];
}

export const MASK = '**********';
export const answer = (status: number, body: unknown = ''): Answer => ({ status, body: body === '' ? body : JSON.parse(JSON.stringify(body)) });
export const notFound = (what: string): Answer => answer(404, { error: what });
export const conflict = (what: string): Answer => answer(409, { errorMessage: what });

/** The fake does not know how Keycloak behaves here, and does not guess. */
export class NotImplemented extends Error {}
/** Refuses a body with fields that the fake knows nothing of. */
export const onlyKnown = (body: Body, known: Iterable<string>): void => {
  const all = new Set(known);
  const unknown = Object.keys(body).find((field) => !all.has(field));
  if (unknown !== undefined) throw new NotImplemented(`a body with "${unknown}"`);
};

/** Attributes as a merging `PUT` leaves them: `null` and `""` take away. */
export const merged = (held: Body = {}, given: Body = {}): Body =>
  Object.fromEntries(Object.entries({ ...held, ...given }).filter(([, value]) => value !== null && value !== ''));

/** Names of the roles under a path that are still there. */
export const linked = (realm: FakeRealm, path: string): string[] =>
  [...(realm.links.get(path) ?? [])].filter((name) => realm.roles.some((role) => role.name === name));
