import type { Clock, Entity, EntityStore } from '../contract.ts';
import { errorAnswer, type Answer } from './answer.ts';
import { grpcError, isGrpcCall } from './grpc.ts';
import type { HeaderList } from './headers.ts';
import { decodeArgs, type QueryValue } from './text.ts';

/** What the client sent. Text is byte strings. `headers` is what plugins see and change, and what goes upstream. */
export interface ClientRequest {
  readonly method: string;
  /** The request target as sent: `/a%20b?c=1`. */
  readonly target: string;
  readonly path: string;
  /** `1.1`, or `2`. */
  readonly httpVersion: string;
  /** It has a body, whatever its fields say of it. */
  readonly framed: boolean;
  readonly headers: HeaderList;
  /** The host without its port, in lower case. */
  readonly host: string;
  readonly port: number;
  readonly serverIp: string;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly scheme: 'http' | 'https';
  /** What the client has shown in the handshake (DER), whoever signed it, as with `ssl_verify_client optional_no_ca`. */
  readonly certificate: Buffer | undefined;
  /** The whole body; read once, kept. */
  readonly body: () => Promise<Buffer>;
}

/** What will be sent upstream; plugins may change it until the access phase ends. `query` is undefined when there is no "?" at all. */
export interface UpstreamRequest {
  method: string;
  scheme: string;
  host: string;
  port: number;
  path: string;
  query: string | undefined;
  hostHeader: string | undefined;
  body: Buffer | undefined;
}

/** A credential as `kong.client.authenticate` takes it: an entity, or what a plugin made up. */
export type Credential = Readonly<Record<string, unknown>>;

/** One request on its way through the gateway. */
export interface Exchange {
  readonly id: string;
  readonly startedAt: number;
  readonly clock: Clock;
  readonly store: EntityStore;
  readonly request: ClientRequest;
  readonly upstream: UpstreamRequest;
  readonly response: { status: number; headers: HeaderList; source: 'service' | 'exit' | 'error' };
  /** What native plugins leave in `kong.ctx.shared`, as byte strings. */
  readonly shared: Map<string, string>;
  /** `kong.ctx.plugin` of native plugins, by plugin id. */
  readonly notes: Map<string, unknown>;
  readonly serialized: Map<string, unknown>;
  route: Entity | undefined;
  service: Entity | undefined;
  /** The part of the path that the route strips. */
  prefix: string | undefined;
  captures: ReadonlyMap<string | number, string> | undefined;
  consumer: Entity | undefined;
  credential: Credential | undefined;
  proxied: boolean;
  readonly times: { access?: number; sent?: number; headers?: number; finished?: number };
  readonly sizes: { response: number };
  readonly tries: { ip: string; port: number }[];
}

/** The query arguments as they stand: those sent, or what a plugin put in their place. */
export const queryOf = (exchange: Exchange): Map<string, QueryValue> => decodeArgs(exchange.upstream.query ?? '');

/** Answers as `kong.response.error` does, in the form this client asked for. */
export const refuse = (exchange: Exchange, status: number, message?: string, headers?: Answer['headers']): Answer =>
  isGrpcCall(exchange.request) ? grpcError(status, headers) : errorAnswer({ id: exchange.id, accept: acceptOf(exchange) }, status, message, headers);

/** The Accept header, several joined. */
export const acceptOf = (exchange: Exchange): string | undefined => {
  const all = exchange.request.headers.all('accept');
  return all.length === 0 ? undefined : all.join(',');
};
