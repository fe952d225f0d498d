import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { ApiState, Configuration, KeyedRoute } from '../store.ts';
import type { Claims } from '../jwt.ts';
import type { PathParameters } from '../route-key.ts';
import type { Stage } from '../types.ts';

/** What goes back to the client. */
export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** The gateway's own answers: `{"message":"Unauthorized"}`, without spaces. */
export const say = (status: number, message: string, headers: OutgoingHttpHeaders = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify({ message })),
});

export const notFoundReply = (): Reply => say(404, 'Not Found');

/** Where a request went: the API, its stage, and what is deployed there. */
export interface Place {
  readonly state: ApiState;
  readonly stage: Stage;
  readonly configuration: Configuration;
  /** After the stage's name, as the client sent it; begins with a slash. */
  readonly path: string;
}

/** One request on its way through the data plane; what `$context` variables read is filled in step by step. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly requestId: string;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  /** Of the request, before any stage or API prefix is taken off. */
  readonly fullPath: string;
  readonly query: string;
  place?: Place;
  route?: KeyedRoute['route'];
  pathParameters: PathParameters;
  body: Buffer;
  claims?: Claims;
  authorizerError?: string;
  integrationStatus?: number;
  integrationError?: string;
  integrationLatencyMs?: number;
}

/** A header's values, joined by commas when the client sent it more than once; node keeps only the first of some. */
export const headerOf = ({ rawHeaders }: IncomingMessage, name: string): string | undefined => {
  const lower = name.toLowerCase();
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === lower) values.push(rawHeaders[index + 1] ?? '');
  }
  return values.length === 0 ? undefined : values.join(',');
};

/** A query parameter's values, decoded, joined by commas. Names are case-sensitive. */
export const queryOf = (query: string, name: string): string | undefined => {
  const values = new URLSearchParams(query).getAll(name);
  return values.length === 0 ? undefined : values.join(',');
};
