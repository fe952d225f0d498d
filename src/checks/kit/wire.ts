/** A request as it is sent: headers in order, repeated where the list repeats them. */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
  /** Longest wait for an answer in milliseconds, ten seconds unless said. */
  readonly timeout?: number;
  /** Of a connection by TLS: the certificate that it shows, and who may have signed the server's beside those that Node trusts. PEM. */
  readonly tls?: ShownTls;
  /** Over a connection of its own, not one of the few that are kept. */
  readonly alone?: true;
  /** A call of gRPC: by HTTP/2, and its answer read as a client of gRPC does. */
  readonly grpc?: true;
}

export interface ShownTls {
  readonly own?: { readonly certificate: string; readonly key: string };
  readonly authority?: string;
}

export interface HttpAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  readonly body: string;
  readonly milliseconds: number;
  /** Why there was no answer, or none that counts. */
  readonly failure?: string;
  /** In the protocol's own words. */
  readonly told?: string;
  /** Why it was never sent: what it says has no form in its protocol. */
  readonly unsent?: string;
}

/** Sends one request and follows no redirect. Never throws for what the server does: no answer has status 0. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;
