import { errorAnswer, type Answer } from './answer.ts';
import type { HeaderList } from './headers.ts';

/** What Kong takes for a call of gRPC: of that content type, and over HTTP/2. (is_grpc_request, kong/pdk/response.lua) */
export const isGrpcCall = ({ httpVersion, headers }: { readonly httpVersion: string; readonly headers: HeaderList }): boolean =>
  httpVersion === '2' && isGrpcType(headers.get('content-type'));

export const isGrpcType = (type: string | undefined): boolean => type?.startsWith('application/grpc') === true;

/** The same file, HTTP_TO_GRPC_STATUS and GRPC_MESSAGES. */
const statuses: Readonly<Record<number, number>> = { 200: 0, 400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 429: 8, 499: 1, 500: 13, 501: 12, 503: 14, 504: 4 };
const words = [
  'OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists', 'PermissionDenied', 'ResourceExhausted',
  'FailedPrecondition', 'Aborted', 'OutOfRange', 'Unimplemented', 'Internal', 'Unavailable', 'DataLoss', 'Unauthenticated',
] as const;
const unknown = 2;

const statusOf = (status: number): number => {
  const known = statuses[status];
  if (known !== undefined) return known;
  if (status >= 500) return 13;
  if (status >= 400) return 3;
  return status >= 200 && status <= 299 ? 0 : unknown;
};

const messageIn = (body: string | undefined): string | undefined => {
  const said: unknown = JSON.parse(body ?? 'null');
  const message = typeof said === 'object' && said !== null ? (said as { readonly message?: unknown }).message : undefined;
  return typeof message === 'string' ? message : undefined;
};

/** An answer of `kong.response.exit` to a call of gRPC: its status and what it says stand in two fields, under the status of HTTP that any other client gets. (send) */
export const toGrpc = (answer: Answer): Answer => {
  const typeOf = answer.table === true ? undefined : answer.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  if (typeOf !== undefined && !isGrpcType(String(typeOf))) return answer;
  const kept = answer.table === true ? answer.headers.filter(([name]) => name.toLowerCase() !== 'content-type') : answer.headers;
  const told = kept.some(([name]) => name.toLowerCase() === 'grpc-status');
  const status = statusOf(answer.status);
  const body = answer.table === true ? messageIn(answer.body) : answer.body;
  const inFields = typeOf === undefined && body !== undefined && body !== '';
  const message = inFields ? body : told ? undefined : words[status];
  return {
    ...answer,
    headers: [...kept, ...(told ? [] : [['grpc-status', String(status)] as const]), ...(message === undefined ? [] : [['grpc-message', message] as const])],
    body: inFields ? '' : (body ?? ''),
  };
};

/** `kong.response.error`: to a call of gRPC it says the status, and nothing of the message. */
export const grpcError = (status: number, headers: Answer['headers'] = []): Answer =>
  ({ ...errorAnswer({ id: '', accept: 'application/grpc' }, status, undefined, headers.filter(([name]) => name.toLowerCase() !== 'content-type')), headers: [...headers, ['Content-Type', 'application/grpc']], body: undefined });
