import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { readBody, standIn } from '../http.ts';
import type { Issuers } from '../issuers.ts';
import { chooseRoute } from '../route-key.ts';
import type { ApiState, Store } from '../store.ts';
import { authorize } from './authorize.ts';
import { isPreflight, preflightReply, withCors } from './cors.ts';
import { notFoundReply, say, type Exchange, type Place, type Reply } from './exchange.ts';
import { askFunction } from './function.ts';
import { createProxy, mostPayloadBytes } from './proxy.ts';
import { createThrottle } from './throttle.ts';
import { accessLogLine } from './variables.ts';

/** Source: API Gateway quotas: total combined size of request line and header values. */
const mostHeaderBytes = 10_240;

/** One line for the stage's access log. */
interface AccessLogEntry {
  readonly type: 'access';
  readonly apiId: string;
  readonly stageName: string;
  readonly destinationArn: string;
  readonly line: string;
}

/** Something that the stand-in itself did wrong. */
interface BugEntry {
  readonly type: 'bug';
  readonly error: unknown;
}

export type LogEntry = AccessLogEntry | BugEntry;

interface DataPlane {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** For what node's parser refuses before there is a request. */
  readonly refuse: (error: Error, socket: Socket) => void;
  readonly close: () => void;
}

const headBytes = ({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): number =>
  rawHeaders
    .filter((_, index) => index % 2 === 1)
    .reduce((sum, value) => sum + value.length, `${method} ${url} HTTP/${httpVersion}`.length);

const firstSegment = (path: string): readonly [string, string] => {
  const end = path.indexOf('/', 1);
  return end === -1 ? [path.slice(1), '/'] : [path.slice(1, end), path.slice(end)];
};

/** `Host: <apiId>.execute-api.localhost`, or a path that begins with `/execute-api/<apiId>`. */
const findState = ({ apis }: Store, host: string, path: string): readonly [ApiState | undefined, string] => {
  const byHost = /^([a-z0-9]+)\.execute-api\.localhost(?::\d+)?$/i.exec(host)?.[1];
  if (byHost !== undefined) return [apis.get(byHost.toLowerCase()), path];
  const [prefix, rest] = firstSegment(path);
  if (prefix !== 'execute-api') return [undefined, path];
  const [apiId, inside] = firstSegment(rest);
  return [apis.get(apiId), inside];
};

/** By the host's own name: the longest mapping key that the path begins with. */
const findMapped = ({ apis, domains }: Store, host: string, path: string): Place | undefined => {
  const mappings = [...(domains.get(host.replace(/:\d+$/, '').toLowerCase())?.mappings.values() ?? [])];
  const [mapping] = mappings
    .filter(({ apiMappingKey: key }) => key === '' || path === `/${key}` || path.startsWith(`/${key}/`))
    .toSorted((a, b) => b.apiMappingKey.length - a.apiMappingKey.length);
  const state = apis.get(mapping?.apiId ?? '');
  const stage = state?.stages.get(mapping?.stage ?? '');
  const deployed = state?.deployments.get(stage?.deploymentId ?? '');
  if (!mapping || !state || !stage || !deployed) return undefined;
  const rest = mapping.apiMappingKey === '' ? path : path.slice(mapping.apiMappingKey.length + 1);
  return { state, stage, configuration: deployed.configuration, path: rest === '' ? '/' : rest };
};

/** A first segment that is a stage's name chooses that stage; everything else belongs to `$default`. Undeployed is not there. */
const findPlace = (store: Store, host: string, fullPath: string): Place | undefined => {
  const mapped = findMapped(store, host, fullPath);
  if (mapped) return mapped;
  const [state, inApi] = findState(store, host, fullPath);
  if (state === undefined || state.api.disableExecuteApiEndpoint) return undefined;
  const [name, rest] = firstSegment(inApi);
  const named = name === '$default' ? undefined : state.stages.get(name);
  const stage = named ?? state.stages.get('$default');
  const deployed = state.deployments.get(stage?.deploymentId ?? '');
  if (stage === undefined || deployed === undefined) return undefined;
  return { state, stage, configuration: deployed.configuration, path: named ? rest : inApi };
};

/** API Gateway's request ids look like `Hx7LXg5dIAMEVpg=`. */
const newRequestId = (): string => randomBytes(11).toString('base64').replaceAll('+', 'a').replaceAll('/', 'b');

export const createDataPlane = (store: Store, issuers: Issuers, log: (entry: LogEntry) => void): DataPlane => {
  const { clock } = store;
  const throttle = createThrottle(clock);
  const proxy = createProxy();

  const readPayload = async (exchange: Exchange): Promise<Reply | undefined> => {
    const tooLarge = (): Reply => say(413, 'Request Entity Too Large', { connection: 'close' });
    if (Number(exchange.request.headers['content-length'] ?? 0) > mostPayloadBytes) return tooLarge();
    const body = await readBody(exchange.request, mostPayloadBytes);
    if (body === undefined) return tooLarge();
    exchange.body = body;
    return undefined;
  };

  const route = async (exchange: Exchange, { state, stage, configuration, path }: Place): Promise<Reply> => {
    const match = chooseRoute(configuration.routes, exchange.method, path);
    if (match === undefined) return notFoundReply();
    const chosen = match.value.route;
    exchange.route = chosen;
    exchange.pathParameters = match.parameters;
    if (!throttle(state.api.apiId, stage, chosen.routeKey)) return say(429, 'Too Many Requests');
    const refused =
      (await authorize(exchange, chosen, { authorizers: configuration.authorizers, issuers, clock })) ?? (await readPayload(exchange));
    if (refused) return refused;
    const integration = configuration.integrations.get(chosen.target?.replace('integrations/', '') ?? '');
    if (integration === undefined) return say(500, 'Internal Server Error');
    return integration.integrationType === 'AWS_PROXY' ? askFunction(exchange, integration, store.functions) : proxy.pass(exchange, integration, { isDefault: match.isDefault, listeners: store.listeners });
  };

  const answer = async (exchange: Exchange): Promise<Reply> => {
    if (headBytes(exchange.request) > mostHeaderBytes) return say(431, 'Request Header Fields Too Large');
    const place = findPlace(store, exchange.request.headers.host ?? '', exchange.fullPath);
    if (place === undefined) return notFoundReply();
    exchange.place = place;
    const { cors } = place.configuration;
    if (cors === undefined) return route(exchange, place);
    return isPreflight(exchange) ? preflightReply(cors, exchange) : withCors(cors, exchange, await route(exchange, place));
  };

  const finish = (exchange: Exchange, response: ServerResponse, reply: Reply): void => {
    const bodiless = exchange.method === 'HEAD' || reply.status === 204 || reply.status === 304;
    response.writeHead(reply.status, {
      ...reply.headers,
      ...(!bodiless && { 'content-length': reply.body.length }),
      'apigw-requestid': exchange.requestId,
      [standIn[0]]: standIn[1],
    });
    response.end(bodiless ? undefined : reply.body);
    const { place } = exchange;
    if (place?.stage.accessLogSettings) {
      const { destinationArn, format } = place.stage.accessLogSettings;
      const line = accessLogLine(format, exchange, { reply, at: clock() });
      log({ type: 'access', apiId: place.state.api.apiId, stageName: place.stage.stageName, destinationArn, line });
    }
  };

  return {
    close: proxy.close,
    refuse: (error, socket) => {
      if (!socket.writable) return void socket.destroy();
      const tooLong = (error as NodeJS.ErrnoException).code === 'HPE_HEADER_OVERFLOW';
      const body = JSON.stringify({ message: tooLong ? 'Request Header Fields Too Large' : 'Bad Request' });
      const line = tooLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
      socket.end(
        `HTTP/1.1 ${line}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
          `${standIn[0]}: ${standIn[1]}\r\nconnection: close\r\n\r\n${body}`,
      );
    },
    handle: (request, response) => {
      const [fullPath = '/', ...query] = (request.url ?? '/').split('?');
      const exchange: Exchange = {
        request,
        method: request.method ?? 'GET',
        requestId: newRequestId(),
        startedAt: clock(),
        fullPath,
        query: query.join('?'),
        pathParameters: {},
        body: Buffer.alloc(0),
      };
      const failed = (error: unknown): Reply => {
        // A client that left while it was still sending is nobody's fault, and no answer reaches it.
        if (request.complete || !request.destroyed) log({ type: 'bug', error });
        return say(500, 'Internal Server Error');
      };
      answer(exchange)
        .catch(failed)
        .then((reply) => finish(exchange, response, reply))
        .catch((error: unknown) => {
          failed(error);
          response.destroy();
        });
    },
  };
};
