import type { HttpAnswer } from './http.ts';
import { readJson } from './http.ts';
import type { RecordedCall } from './recorder.ts';

/** As much of an answer as tells whose it is. */
type Judged = Pick<HttpAnswer, 'status' | 'headers' | 'body'> & { readonly upstream?: readonly RecordedCall[] | undefined };

/** What a service says to a request that it took for its own to answer: no such object, not such a body, not now. */
const ANSWERS_OF_A_SERVICE: readonly number[] = [400, 404, 409, 422];
/** All that API Gateway says when it refuses by itself: one word of its own, in one member. */
const REFUSALS_OF_AWS: readonly unknown[] = ['Not Found', 'Bad Request', 'Unauthorized', 'Forbidden', 'Internal Server Error', 'Service Unavailable'];

/** What proxies say of an upstream that did not answer, or not in words they know. */
const OF_A_PROXY: readonly number[] = [502, 503, 504];

/**
 * Whether the upstream gave this answer, and not the gateway: its recorder saw the call, or the gateway says so. Kong names the upstream's
 * latency and itself in Via on what it passes on alone, and where it found nobody; API Gateway puts its request id on everything, and its own
 * refusals are a message. To a HEAD it says nothing of its own.
 */
export const isOfUpstream = ({ status, headers, body, upstream }: Judged): boolean => {
  if (upstream !== undefined) return upstream.length > 0;
  if (OF_A_PROXY.includes(status)) return false;
  if (headers['x-kong-upstream-latency'] !== undefined || /\bkong\b/i.test(headers.via ?? '')) return true;
  if (headers['apigw-requestid'] === undefined || body === '') return false;
  const said = readJson(body);
  return said === undefined || Object.keys(said).length !== 1 || !REFUSALS_OF_AWS.includes(said.message);
};

/** The gateway let the request through: 2xx, or an upstream's own word about an object or a body that it does not take. */
export const gotThrough = (answer: Judged): boolean =>
  (answer.status >= 200 && answer.status <= 299) || (ANSWERS_OF_A_SERVICE.includes(answer.status) && isOfUpstream(answer));

/**
 * Without a recorder: the gateway let the request through, and it was the upstream that refused it. A Kong says on what it answers itself how long that took, and
 * another one before it, which passes that on, leaves it there. (kong/runloop/handler.lua, X-Kong-Response-Latency)
 */
export const isRefusalOfUpstream = (answer: Judged): boolean => answer.status >= 400 && answer.upstream === undefined && answer.headers['x-kong-response-latency'] === undefined && isOfUpstream(answer);

/** Somebody on the way broke down: 5xx, or no answer at all. No refusal, whatever it keeps out. */
export const brokeDown = ({ status }: Pick<Judged, 'status'>): boolean => status >= 500 || status === 0;

/** `404`, or with what is known of who said it where that decides. */
export const statusText = (answer: Judged): string => {
  const { status } = answer;
  if (status < 400) return String(status);
  if (isOfUpstream(answer)) return `${status} from the service itself`;
  return ANSWERS_OF_A_SERVICE.includes(status) && answer.upstream === undefined ? `${status}, and nothing says that it is the service's` : String(status);
};

/** What Kong answers before any plugin has looked at a request. (kong/runloop/handler.lua) */
const OTHER_PROTOCOLS: readonly (readonly [status: number, message: string, takes: string])[] = [
  [415, 'Non-gRPC request matched gRPC route', 'gRPC'],
  [426, 'Please use HTTP2 protocol', 'gRPC'],
  [426, 'Please use HTTPS protocol', 'https'],
];

/** The same, of a call that came without TLS to a route of grpcs alone. */
const OVER_TLS = 'gRPC request matched gRPCs route';

/**
 * Why a request has shown nothing: Kong asks for another protocol on that route, and no guard has seen the request. `undefined` where it took it, or where
 * the service itself says so.
 */
export const wantsOtherProtocol = (answer: Judged): string | undefined => {
  if (answer.headers['grpc-message'] === OVER_TLS && !isOfUpstream(answer)) return untriedProtocol(['gRPC over TLS']);
  if (answer.status !== 415 && answer.status !== 426) return undefined;
  const said = isOfUpstream(answer) ? undefined : readJson(answer.body)?.message;
  const takes = OTHER_PROTOCOLS.find(([status, message]) => status === answer.status && message === said)?.[2];
  return takes === undefined ? undefined : untriedProtocol([takes]);
};

/** Of what is met by protocols that verify does not speak. */
export const untriedProtocol = (takes: readonly string[]): string => `not tried: it takes ${takes.join(' and ')} alone, and verify has sent neither a good nor a bad request by that`;
