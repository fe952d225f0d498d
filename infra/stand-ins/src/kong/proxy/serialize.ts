import type { Exchange } from './exchange.ts';
import { queryOf } from './exchange.ts';
import type { HeaderList } from './headers.ts';
import { textOf } from './text.ts';

const hidden = new Set(['authorization', 'proxy-authorization']);

const headersOf = (list: HeaderList): Record<string, string | string[]> => {
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of list.entries()) {
    const key = name.toLowerCase();
    const text = hidden.has(key) ? 'REDACTED' : textOf(value);
    const before = fields[key];
    fields[key] = before === undefined ? text : Array.isArray(before) ? [...before, text] : [before, text];
  }
  return fields;
};

const withoutNulls = (entity: Readonly<Record<string, unknown>> | undefined): object | undefined =>
  (entity === undefined ? undefined : Object.fromEntries(Object.entries(entity).filter(([, value]) => value !== null)));

/**
 * What Kong's logging plugins send about a request once it is over. Times are milliseconds; Authorization is redacted, the query and
 * cookies are not, as in Kong. (kong/pdk/log.lua, serialize)
 */
export const serialize = (exchange: Exchange): Record<string, unknown> => {
  const { request, response, times, startedAt } = exchange;
  const finished = times.finished ?? Date.now();
  const entry: Record<string, unknown> = {
    request: {
      id: exchange.id, method: request.method, uri: textOf(request.target),
      url: `http://${request.host}:${request.port}${textOf(request.target)}`,
      querystring: Object.fromEntries([...queryOf(exchange)].map(([name, value]) =>
        [textOf(name), typeof value === 'string' ? textOf(value) : value])),
      headers: headersOf(request.headers), size: Number(request.headers.get('content-length') ?? 0),
    },
    response: { status: response.status, headers: headersOf(response.headers), size: exchange.sizes.response },
    latencies: {
      request: finished - startedAt,
      kong: exchange.proxied ? (times.sent ?? finished) - startedAt : finished - startedAt,
      proxy: exchange.proxied ? (times.headers ?? finished) - (times.sent ?? startedAt) : -1,
      receive: exchange.proxied ? finished - (times.headers ?? finished) : 0,
    },
    tries: exchange.tries, client_ip: request.clientIp, started_at: startedAt, workspace_name: 'default',
    source: exchange.response.source === 'service' ? 'upstream' : 'kong', upstream_uri: textOf(exchange.upstream.path),
    upstream_status: exchange.proxied ? String(response.status) : '',
    route: withoutNulls(exchange.route), service: withoutNulls(exchange.service), consumer: withoutNulls(exchange.consumer),
    authenticated_entity: exchange.credential === undefined ? undefined
      : { id: exchange.credential['id'], consumer_id: exchange.consumer?.id },
  };
  for (const [path, value] of exchange.serialized) {
    const keys = path.split('.');
    const last = keys.pop() ?? path;
    let place = entry;
    for (const key of keys) {
      const next = place[key];
      if (typeof next !== 'object' || next === null) place[key] = {};
      place = place[key] as Record<string, unknown>;
    }
    place[last] = value;
  }
  return entry;
};
