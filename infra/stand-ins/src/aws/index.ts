import { createControlPlane } from './control/server.ts';
import { createDataPlane, type LogEntry } from './data/server.ts';
import { listen } from './http.ts';
import { createIssuers } from './issuers.ts';
import type { Store } from './store.ts';
import type { Clock } from './types.ts';

export type { LogEntry } from './data/server.ts';

export interface EmbeddedAwsOptions {
  /** 0 takes a free port. */
  readonly controlPort: number;
  /** 0 takes a free port. */
  readonly dataPort: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Seconds since the epoch; default the system's clock. Tokens, caches and throttling go by it. */
  readonly clock?: Clock;
  /** Lets an issuer and its jwks_uri be plain http, which a genuine API Gateway refuses. Default false. */
  readonly allowHttpIssuers?: boolean;
  /** Access log lines of stages that have a format, and the stand-in's own faults. */
  readonly log?: (entry: LogEntry) => void;
}

export interface EmbeddedAws {
  /** The `endpoint` for `@aws-sdk/client-apigatewayv2`. */
  readonly control: { readonly url: string };
  /** An API answers at `${url}/execute-api/<apiId>[/<stage>]`, and under `Host: <apiId>.execute-api.localhost`. */
  readonly data: { readonly url: string };
  /** Control plane requests so far. */
  readonly requests: () => { readonly reads: number; readonly writes: number };
  /** Drops the authorizers' cached keys, as `POST ${control.url}/_authctl/forget-keys` does. */
  readonly forgetKeys: () => void;
  readonly close: () => Promise<void>;
}

/** Larger than API Gateway's own limit, so that a long request reaches the code that answers 431 as it does. */
const parserHeaderBytes = 64 * 1024;

/**
 * Starts a development stand-in for HTTP APIs of API Gateway: its management API, and a data plane that enforces on a real port.
 * It is no AWS: it lives in memory, verifies no request signature, and has JWT authorizers and integrations with URLs, with Lambda functions and through VPC links only.
 * Everything it answers carries `x-authctl-stand-in: embedded-aws`. Rejects with the socket's error when a port is taken.
 */
export const startEmbeddedAws = async ({
  controlPort,
  dataPort,
  host = '127.0.0.1',
  clock = () => Date.now() / 1000,
  allowHttpIssuers = false,
  log = () => undefined,
}: EmbeddedAwsOptions): Promise<EmbeddedAws> => {
  const issuers = createIssuers({ clock, allowHttp: allowHttpIssuers });
  let dataUrl = '';
  const store: Store = { clock, dataUrl: () => dataUrl, apis: new Map(), functions: new Map(), listeners: new Map(), domains: new Map() };
  const dataPlane = createDataPlane(store, issuers, log);
  const controlPlane = createControlPlane(store, issuers, (error) => log({ type: 'bug', error }));

  const data = await listen({ host, port: dataPort, maxHeaderSize: parserHeaderBytes }, dataPlane.handle);
  data.server.on('clientError', dataPlane.refuse);
  dataUrl = data.url;
  const control = await listen({ host, port: controlPort }, controlPlane.handle).catch(async (error: unknown) => {
    await data.close();
    throw error;
  });

  return {
    control: { url: control.url },
    data: { url: data.url },
    requests: controlPlane.requests,
    forgetKeys: issuers.forget,
    close: async () => {
      dataPlane.close();
      await Promise.all([control.close(), data.close()]);
    },
  };
};
