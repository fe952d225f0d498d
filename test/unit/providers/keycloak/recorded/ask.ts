type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
/** What a server answered, fields and lists as they come. */
export type Answered = any; // eslint-disable-line @typescript-eslint/no-explicit-any

interface Asking {
  readonly body?: unknown;
  /** Of a list, the objects with this name alone are recorded: the others were recorded before. */
  readonly only?: string;
  /** As whom: the administrator unless stated, a login that may do nothing, a token that never was one, or without any. */
  readonly as?: Caller;
  /** Sent as a form, in place of a body. */
  readonly form?: Readonly<Record<string, string>>;
}
export type Caller = 'powerless' | 'forger' | 'anybody';
/** Sends one request, records what came back, and answers its body. Paths begin after `/admin/realms`; of anybody, after `/realms`. */
export type Ask = (method: Method, path: string, asking?: Asking) => Promise<Answered>;

/** The realm that the requests are about, and one with keys of its own: they are made, and not deleted. */
export const REALM = 'recorded';
export const REALM_WITH_KEYS = 'recorded-with-keys';
