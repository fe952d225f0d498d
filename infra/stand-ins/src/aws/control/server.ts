import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest, Fault } from '../fault.ts';
import { isRecord, readBody, standIn } from '../http.ts';
import type { Issuers } from '../issuers.ts';
import type { Store } from '../store.ts';
import { apiOperations } from './apis.ts';
import { authorizerOperations } from './authorizers.ts';
import { deploymentOperations } from './deployments.ts';
import { domainOperations } from './domains.ts';
import { exportOperations } from './exports.ts';
import { readFields } from './fields.ts';
import { integrationOperations } from './integrations.ts';
import type { Answer, Operation } from './operation.ts';
import { routeOperations } from './routes.ts';
import { stageOperations } from './stages.ts';
import { tagOperations } from './tags.ts';

const mostBodyBytes = 6 * 1024 * 1024;

const operations: readonly (Operation & { readonly parts: readonly string[] })[] = [
  ...apiOperations,
  ...authorizerOperations,
  ...deploymentOperations,
  ...domainOperations,
  ...exportOperations,
  ...integrationOperations,
  ...routeOperations,
  ...stageOperations,
  ...tagOperations,
].map((operation) => ({ ...operation, parts: operation.path.split('/') }));

const segments = (pathname: string): readonly string[] => {
  try {
    return pathname.split('/').map(decodeURIComponent);
  } catch {
    throw badRequest('The path is not percent-encoded properly');
  }
};

const findOperation = (method: string, pathname: string): { readonly operation: Operation; readonly param: (name: string) => string } => {
  const given = segments(pathname);
  const operation = operations.find(
    (one) =>
      one.method === method &&
      one.parts.length === given.length &&
      one.parts.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index])),
  );
  if (operation === undefined) {
    throw new Fault('UnknownOperationException', `${method} ${pathname} is not an operation of this development stand-in of API Gateway`);
  }
  return { operation, param: (name) => given[operation.parts.indexOf(`{${name}}`)] ?? '' };
};

const signature = new RegExp(
  '^AWS4-HMAC-SHA256 Credential=[^/\\s,]+/\\d{8}/([a-z0-9-]+)/apigateway/aws4_request,\\s*' +
    'SignedHeaders=[^,\\s]+,\\s*Signature=[0-9a-f]{64}$',
);

/** The region in the signature's credential scope. The signature itself is not verified: the stand-in holds no account. */
const signedRegion = ({ headers }: IncomingMessage): string => {
  const authorization = headers.authorization ?? '';
  if (authorization === '') throw new Fault('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const region = signature.exec(authorization)?.[1];
  if (region === undefined)
    throw new Fault('InvalidSignatureException', 'The Authorization header is not a Signature Version 4 for service apigateway');
  return region;
};

const readJson = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> => {
  const body = await readBody(request, mostBodyBytes);
  if (body === undefined) throw badRequest(`The request is longer than ${mostBodyBytes} bytes`);
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (isRecord(parsed)) return parsed;
  } catch {
    // Falls through to the same refusal as JSON that is no object.
  }
  throw badRequest('The request body is not a JSON object');
};

interface ControlPlane {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly requests: () => { readonly reads: number; readonly writes: number };
}

/**
 * The REST API of apigatewayv2 for the operations in this directory; anything else is a 404 UnknownOperationException.
 * Three are the stand-in's own, answer 204 and take no signature: `POST /_authctl/forget-keys` drops the authorizers' cached keys,
 * `PUT /_authctl/functions` says where Lambda functions run, by name, and `PUT /_authctl/listeners` what stands in a VPC, by the ARN of its listener:
 * `{ url, link }`, the id of the VPC link that leads there.
 */
export const createControlPlane = (store: Store, issuers: Issuers, onBug: (error: unknown) => void): ControlPlane => {
  const count = { reads: 0, writes: 0 };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control');
    const method = request.method ?? 'GET';
    if (method === 'POST' && pathname === '/_authctl/forget-keys') {
      issuers.forget();
      return { status: 204 };
    }
    if (method === 'PUT' && pathname === '/_authctl/functions') {
      for (const [name, url] of Object.entries(await readJson(request))) if (typeof url === 'string') store.functions.set(name, url);
      return { status: 204 };
    }
    if (method === 'PUT' && pathname === '/_authctl/listeners') {
      for (const [arn, place] of Object.entries(await readJson(request)))
        if (isRecord(place) && typeof place['url'] === 'string' && typeof place['link'] === 'string') store.listeners.set(arn, { url: place['url'], link: place['link'] });
      return { status: 204 };
    }
    count[method === 'GET' || method === 'HEAD' ? 'reads' : 'writes'] += 1;
    const region = signedRegion(request);
    const { operation, param } = findOperation(method, pathname);
    return operation.run({ store, issuers, region, param, query: searchParams, fields: readFields(await readJson(request)) });
  };

  const send = (response: ServerResponse, { status, body }: Answer, errorType?: string): void => {
    response.writeHead(status, {
      [standIn[0]]: standIn[1],
      'x-amzn-requestid': randomUUID(),
      ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };

  return {
    requests: () => ({ ...count }),
    handle: (request, response) => {
      answer(request).then(
        (done) => send(response, done),
        (thrown: unknown) => {
          if (thrown instanceof Fault) return send(response, { status: thrown.status, body: { message: thrown.message } }, thrown.type);
          if (request.complete || !request.destroyed) onBug(thrown);
          send(response, { status: 500, body: { message: 'Internal failure' } }, 'InternalFailure');
        },
      );
    },
  };
};
