import type { OutgoingHttpHeaders } from 'node:http';
import type { Cors } from '../types.ts';
import { headerOf, type Exchange, type Reply } from './exchange.ts';

const allowedOrigin = ({ allowOrigins = [] }: Cors, origin: string): string | undefined => {
  if (allowOrigins.includes('*')) return '*';
  const wildcards = allowOrigins.filter((one) => one === 'https://*' || one === 'http://*').map((one) => one.slice(0, -1));
  return allowOrigins.includes(origin) || wildcards.some((scheme) => origin.startsWith(scheme)) ? origin : undefined;
};

const list = (name: string, values: readonly string[] | undefined): OutgoingHttpHeaders =>
  values?.length ? { [name]: values.join(',') } : {};

/** A preflight is answered by the gateway itself, before any authorizer and even without an OPTIONS route. */
export const isPreflight = ({ request, method }: Exchange): boolean =>
  method === 'OPTIONS' && headerOf(request, 'origin') !== undefined && headerOf(request, 'access-control-request-method') !== undefined;

/** 204, without a CORS header for an origin that is not allowed. Source: developer guide, "Configuring CORS for an HTTP API". */
export const preflightReply = (cors: Cors, { request }: Exchange): Reply => {
  const origin = allowedOrigin(cors, headerOf(request, 'origin') ?? '');
  const headers: OutgoingHttpHeaders =
    origin === undefined
      ? {}
      : {
          'access-control-allow-origin': origin,
          ...list('access-control-allow-methods', cors.allowMethods),
          ...list('access-control-allow-headers', cors.allowHeaders),
          ...list('access-control-expose-headers', cors.exposeHeaders),
          ...(cors.maxAge !== undefined && { 'access-control-max-age': String(cors.maxAge) }),
          ...(cors.allowCredentials === true && { 'access-control-allow-credentials': 'true' }),
        };
  return { status: 204, headers, body: Buffer.alloc(0) };
};

/** With CORS configured, the integration's own CORS headers are dropped and the configured ones set, also on the gateway's refusals. */
export const withCors = (cors: Cors, { request }: Exchange, reply: Reply): Reply => {
  const kept = Object.fromEntries(Object.entries(reply.headers).filter(([name]) => !name.startsWith('access-control-')));
  const origin = allowedOrigin(cors, headerOf(request, 'origin') ?? '');
  if (headerOf(request, 'origin') === undefined || origin === undefined) return { ...reply, headers: kept };
  return {
    ...reply,
    headers: {
      ...kept,
      'access-control-allow-origin': origin,
      ...list('access-control-expose-headers', cors.exposeHeaders),
      ...(cors.allowCredentials === true && { 'access-control-allow-credentials': 'true' }),
    },
  };
};
