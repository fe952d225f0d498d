import { createServer, request as httpRequest, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateAuthorizerCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  type CreateIntegrationRequest,
  type CreateRouteRequest,
  type CreateStageRequest,
} from '@aws-sdk/client-apigatewayv2';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { startEmbeddedAws, type EmbeddedAws, type EmbeddedAwsOptions } from '../../../../infra/stand-ins/src/aws/index.ts';

export interface Local {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export const serve = async (handle: RequestListener): Promise<Local> => {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: Record<string, unknown>;
}

export const makeKey = async (kid: string, alg = 'RS256'): Promise<SigningKey> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } };
};

/** An issuer whose two documents a test replaces at will. `undefined` from a handler leaves the request unanswered. */
export interface Issuer extends Local {
  readonly asked: { discovery: number; jwks: number };
  discovery: (response: ServerResponse) => void;
  jwks: (response: ServerResponse) => void;
}

const sendJson = (response: ServerResponse, body: unknown): void => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
};

export const answerKeys =
  (...keys: readonly Record<string, unknown>[]) =>
  (response: ServerResponse): void =>
    sendJson(response, { keys });

export const answerDiscovery =
  (issuer: string, jwksUri = `${issuer}/keys/here`) =>
  (response: ServerResponse): void =>
    sendJson(response, { issuer, jwks_uri: jwksUri });

export const startIssuer = async (...keys: readonly SigningKey[]): Promise<Issuer> => {
  const asked = { discovery: 0, jwks: 0 };
  const handlers = { discovery: (_: ServerResponse): void => undefined, jwks: answerKeys(...keys.map(({ jwk }) => jwk)) };
  const local = await serve((request, response) => {
    if (request.url === '/.well-known/openid-configuration') {
      asked.discovery += 1;
      return handlers.discovery(response);
    }
    if (request.url === '/keys/here') {
      asked.jwks += 1;
      return handlers.jwks(response);
    }
    response.writeHead(404).end();
  });
  handlers.discovery = answerDiscovery(local.url);
  return Object.assign(handlers, local, { asked });
};

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An upstream that records what reached it and answers 200 `upstream`, or whatever the test says. */
export interface Upstream extends Local {
  readonly seen: Seen[];
  answer: (response: ServerResponse) => void;
}

export const usualAnswer = (response: ServerResponse): void => void response.setHeader('x-upstream', 'yes').end('upstream');

export const startUpstream = async (): Promise<Upstream> => {
  const state = { seen: [] as Seen[], answer: usualAnswer };
  const local = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      state.seen.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      state.answer(response);
    });
  });
  return Object.assign(state, local);
};

export const sdk = (aws: EmbeddedAws, region = 'eu-west-1'): ApiGatewayV2Client =>
  new ApiGatewayV2Client({
    endpoint: aws.control.url,
    region,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' },
    maxAttempts: 1,
  });

/** A clock that a test moves: whole seconds, at first today's. */
export const testClock = (): { now: number; readonly read: () => number } => {
  const clock = { now: Math.floor(Date.now() / 1000), read: () => clock.now };
  return clock;
};

export const start = (options: Partial<EmbeddedAwsOptions> = {}): Promise<EmbeddedAws> =>
  startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true, ...options });

/** Whole answers of the SDK without its transport's metadata. */
export const plain = <Output extends { readonly $metadata?: unknown }>({ $metadata: _, ...output }: Output): Omit<Output, '$metadata'> =>
  output;

/** The error that a refused operation throws, as far as a caller can tell it apart. */
export const refusal = async (
  call: Promise<unknown>,
): Promise<{ readonly name: string; readonly status: number | undefined; readonly message: string }> => {
  try {
    await call;
  } catch (thrown) {
    const { name, message, $metadata } = thrown as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode, message };
  }
  throw new Error('the operation was not refused');
};

/** An API made through the SDK, and short names for what tests add to it. */
export interface TestApi {
  readonly id: string;
  readonly url: string;
  readonly client: ApiGatewayV2Client;
  readonly integration: (uri: string, more?: Partial<CreateIntegrationRequest>) => Promise<string>;
  readonly authorizer: (issuer: string, audience: readonly string[], source?: string) => Promise<string>;
  readonly route: (routeKey: string, integrationId: string, more?: Partial<CreateRouteRequest>) => Promise<string>;
  readonly stage: (more?: Partial<CreateStageRequest>) => Promise<void>;
}

const known = (value: string | undefined): string => {
  if (value === undefined) throw new Error('the answer lacks an identifier');
  return value;
};

export const createApi = async (client: ApiGatewayV2Client, name = 'shop'): Promise<TestApi> => {
  const { ApiId, ApiEndpoint } = await client.send(new CreateApiCommand({ Name: name, ProtocolType: 'HTTP' }));
  const id = known(ApiId);
  return {
    id,
    url: known(ApiEndpoint),
    client,
    integration: async (uri, more = {}) => {
      const input = {
        ApiId: id,
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'ANY',
        IntegrationUri: uri,
        PayloadFormatVersion: '1.0',
        ...more,
      } as const;
      return known((await client.send(new CreateIntegrationCommand(input))).IntegrationId);
    },
    authorizer: async (issuer, audience, source = '$request.header.Authorization') => {
      const input = {
        ApiId: id,
        AuthorizerType: 'JWT' as const,
        IdentitySource: [source],
        Name: `authorizer-${audience.join('-')}-${source}`,
        JwtConfiguration: { Issuer: issuer, Audience: [...audience] },
      };
      return known((await client.send(new CreateAuthorizerCommand(input))).AuthorizerId);
    },
    route: async (routeKey, integrationId, more = {}) =>
      known(
        (await client.send(new CreateRouteCommand({ ApiId: id, RouteKey: routeKey, Target: `integrations/${integrationId}`, ...more })))
          .RouteId,
      ),
    stage: async (more = {}) => {
      await client.send(new CreateStageCommand({ ApiId: id, StageName: '$default', AutoDeploy: true, ...more }));
    },
  };
};

/** Signs exactly these claims: nothing is added. */
export const sign = (key: SigningKey, claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT', ...header }).sign(key.privateKey);

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface CallOptions {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

/** A request by node's own client: it sends the path and any header as given, which `fetch` would not. */
export const call = (url: string, { method = 'GET', headers = {}, body }: CallOptions = {}): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const [, host = '', port = '', path = ''] = /^http:\/\/([^:/]+):(\d+)(.*)$/.exec(url) ?? [];
    const sent = httpRequest({ host, port, path: path === '' ? '/' : path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', reject).end(body);
  });
