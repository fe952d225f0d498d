import type { Issuers } from '../issuers.ts';
import type { Store } from '../store.ts';
import type { Fields } from './fields.ts';

/** One signed request, as an operation sees it. */
export interface Call {
  readonly store: Store;
  readonly issuers: Issuers;
  /** From the credential scope of the signature. */
  readonly region: string;
  /** A path parameter, decoded. */
  readonly param: (name: string) => string;
  readonly query: URLSearchParams;
  readonly fields: Fields;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/v2/apis/{apiId}` */
  readonly path: string;
  readonly run: (call: Call) => Answer | Promise<Answer>;
}

export const created = (body: unknown): Answer => ({ status: 201, body });
export const ok = (body: unknown): Answer => ({ status: 200, body });
export const gone: Answer = { status: 204 };
