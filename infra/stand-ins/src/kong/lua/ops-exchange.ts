import type { Entity, EntityKind } from '../contract.ts';
import { loadConsumer } from '../plugins/auth.ts';
import { cookieOf } from '../proxy/cookies.ts';
import { queryOf, type Credential, type Exchange } from '../proxy/exchange.ts';
import { ask, find, findAll } from '../proxy/lookup.ts';
import { normalise } from '../proxy/path.ts';
import { hasBody } from '../proxy/receive.ts';
import { serialize } from '../proxy/serialize.ts';
import { textOf, withoutArg } from '../proxy/text.ts';
import type { HostFunction, LuaValue } from './machine.ts';
import { fromLua, numberArg, stringsOf, textArg, toLua } from './values.ts';

/** What the operations need of the host that runs them. */
export interface ExchangeOpsContext {
  /** The exchange of the job that is running; throws when there is none (in a timer). */
  readonly current: () => Exchange;
  /** Registers something to wait for; its results go back to the job. */
  readonly later: (promise: Promise<readonly LuaValue[]>) => number;
}

const bodies = new WeakMap<Exchange, Buffer>();

const bodyOf = (exchange: Exchange): Buffer | undefined =>
  exchange.upstream.body ?? bodies.get(exchange) ?? (hasBody(exchange.request) ? undefined : Buffer.alloc(0));

const queryString = (text: string): string | undefined => (text === '' ? undefined : text);

const pemOf = (certificate: Buffer): string => `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replaceAll(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

const variables: Readonly<Record<string, (exchange: Exchange) => LuaValue>> = {
  host: ({ request }) => request.host,
  remote_addr: ({ request }) => request.clientIp,
  realip_remote_addr: ({ request }) => request.clientIp,
  remote_port: ({ request }) => String(request.clientPort),
  server_addr: ({ request }) => request.serverIp,
  server_port: ({ request }) => String(request.port),
  server_protocol: ({ request }) => `HTTP/${request.httpVersion === '2' ? '2.0' : request.httpVersion}`,
  scheme: ({ request }) => request.scheme,
  https: ({ request }) => (request.scheme === 'https' ? 'on' : ''),
  // https://nginx.org/en/docs/http/ngx_http_ssl_module.html#variables
  ssl_client_raw_cert: ({ request }) => (request.certificate === undefined ? undefined : pemOf(request.certificate)),
  ssl_client_escaped_cert: ({ request }) => (request.certificate === undefined ? undefined : encodeURIComponent(pemOf(request.certificate))),
  request_uri: ({ request }) => request.target,
  uri: ({ request }) => normalise(request.path),
  args: ({ upstream }) => upstream.query,
  query_string: ({ upstream }) => upstream.query,
  is_args: ({ upstream }) => (upstream.query === undefined ? '' : '?'),
  request_method: ({ upstream }) => upstream.method,
  request_id: ({ id }) => id,
  kong_request_id: ({ id }) => id,
  content_type: ({ request }) => request.headers.get('content-type'),
  content_length: ({ request }) => request.headers.get('content-length'),
  upstream_uri: ({ upstream }) => upstream.path,
  upstream_host: ({ upstream }) => upstream.hostHeader ?? '',
  upstream_scheme: ({ upstream }) => upstream.scheme,
  status: ({ response }) => String(response.status),
  upstream_status: ({ proxied, response }) => (proxied ? String(response.status) : undefined),
};

const dashed = (name: string): string => name.replaceAll('_', '-');

const variable = (exchange: Exchange, name: string): LuaValue => {
  const known = variables[name];
  if (known !== undefined) return known(exchange);
  if (name.startsWith('http_')) {
    const all = exchange.request.headers.all(dashed(name.slice(5)));
    return all.length === 0 ? undefined : all.join(', ');
  }
  if (name.startsWith('cookie_')) return cookieOf(exchange.request.headers, name.slice(7));
  if (name.startsWith('arg_')) {
    const value = queryOf(exchange).get(name.slice(4));
    return typeof value === 'object' ? value[0] : value;
  }
  if (name.startsWith('sent_http_') || name.startsWith('upstream_http_')) {
    return exchange.response.headers.get(dashed(name.replace(/^(?:sent|upstream)_http_/, '')));
  }
  return undefined;
};

const setUpstream = ({ upstream }: Exchange, field: string, value: LuaValue): void => {
  const text = textArg(value);
  if (field === 'path') upstream.path = text;
  else if (field === 'query') upstream.query = queryString(text);
  else if (field === 'scheme') upstream.scheme = text;
  else if (field === 'method') upstream.method = text;
  else if (field === 'host') upstream.hostHeader = text;
  else if (field === 'host_name') upstream.host = text;
  else if (field === 'port') upstream.port = numberArg(value);
  else throw new Error(`plugins cannot set "${field}" of the upstream request`);
};

const setVariable = (exchange: Exchange, name: string, value: LuaValue): void => {
  if (name === 'upstream_uri') exchange.upstream.path = textArg(value);
  else if (name === 'upstream_host') exchange.upstream.hostHeader = textArg(value);
  else if (name === 'upstream_scheme') exchange.upstream.scheme = textArg(value);
  else if (name === 'args') exchange.upstream.query = queryString(textArg(value));
  else throw new Error(`plugins cannot set ngx.var.${name} in the embedded gateway`);
};

const record = (value: LuaValue): Credential | undefined => {
  const plain = fromLua(value);
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? (plain as Credential) : undefined;
};

/**
 * Header values with what no header may hold are refused, as nginx escapes or drops them: a plugin must not be able to split a response.
 */
const safe = (values: readonly string[]): string[] => {
  if (values.some((value) => /[\r\n\0]/.test(value))) throw new Error('a header value holds a line break');
  return [...values];
};

/** What plugins may ask and change of the request they run for. */
export const exchangeOps = ({ current, later }: ExchangeOpsContext): Record<string, HostFunction> => ({
  'request.method': () => [current().upstream.method],
  'request.target': () => [current().request.target],
  'request.path': () => [current().request.path],
  'request.normalised': () => [normalise(current().request.path)],
  'request.version': () => [Number(current().request.httpVersion)],
  'request.start': () => [current().startedAt / 1000],
  'request.start_ms': () => [current().startedAt],
  'request.headers': () => [current().request.headers.entries().flat()],
  'request.get': ([name]) => [current().request.headers.get(textArg(name))],
  'request.set': ([name, value]) => { current().request.headers.set(textArg(name), safe(stringsOf(value))); return []; },
  'request.add': ([name, value]) => {
    for (const one of safe(stringsOf(value))) current().request.headers.add(textArg(name), one);
    return [];
  },
  'request.clear': ([name]) => { current().request.headers.remove(textArg(name)); return []; },
  'request.raw_header': () => {
    const { request } = current();
    const fields = request.headers.entries().map(([name, value]) => `${name}: ${value}\r\n`);
    return [`${request.method} ${request.target} HTTP/${request.httpVersion}\r\n${fields.join('')}\r\n`];
  },
  'body.ready': () => [bodyOf(current()) !== undefined],
  'body.read': () => {
    const exchange = current();
    return [later(exchange.request.body().then((body) => { bodies.set(exchange, body); return []; }))];
  },
  'body.get': () => [bodyOf(current())?.toString('latin1')],
  'body.set': ([text]) => { current().upstream.body = Buffer.from(textArg(text), 'latin1'); return []; },
  'upstream.query': () => [current().upstream.query],
  'upstream.set': ([field, value]) => { setUpstream(current(), textArg(field), value); return []; },
  'query.clear': ([name]) => {
    const { upstream } = current();
    upstream.query = upstream.query === undefined ? undefined : withoutArg(upstream.query, textArg(name));
    return [];
  },
  var: ([name]) => [variable(current(), textArg(name))],
  'var.set': ([name, value]) => { setVariable(current(), textArg(name), value); return []; },
  prefix: () => [current().prefix],
  captures: () => [current().captures],
  'response.status': () => [current().response.status],
  'response.set_status': ([status]) => { current().response.status = numberArg(status, 500); return []; },
  'response.source': () => [current().response.source],
  'response.headers': () => [current().response.headers.entries().flat()],
  'response.get': ([name]) => {
    const all = current().response.headers.all(textArg(name));
    return [all.length > 1 ? all : all[0]];
  },
  'response.set': ([name, value]) => { current().response.headers.set(textArg(name), safe(stringsOf(value))); return []; },
  'response.add': ([name, value]) => {
    for (const one of safe(stringsOf(value))) current().response.headers.add(textArg(name), one);
    return [];
  },
  'response.clear': ([name]) => { current().response.headers.remove(textArg(name)); return []; },
  'service.status': () => { const { proxied, response } = current(); return [proxied ? response.status : undefined]; },
  route: () => [toLua(current().route)],
  service: () => [toLua(current().service)],
  'client.consumer': () => [toLua(current().consumer)],
  'client.credential': () => [toLua(current().credential)],
  'client.load': ([id, byName]) => {
    const found = loadConsumer(current(), textOf(textArg(id)), byName === true);
    return found === undefined ? [undefined, 'could not find consumer'] : [toLua(found)];
  },
  'client.authenticate': ([consumer, credential]) => {
    const exchange = current();
    exchange.consumer = record(consumer) as Entity | undefined;
    exchange.credential = record(credential);
    return [];
  },
  'db.find': ([kind, field, value]) => {
    const { store } = current();
    ask(store, textArg(kind) as EntityKind);
    const found = field === 'id' ? store.byId(textArg(kind) as EntityKind, textArg(value))
      : find(store, textArg(kind) as EntityKind, textArg(field), textArg(value));
    return [toLua(found)];
  },
  'db.each': ([kind, field, id]) => {
    const { store } = current();
    ask(store, textArg(kind) as EntityKind);
    return [findAll(store, textArg(kind) as EntityKind, textArg(field), textArg(id)).map(toLua)];
  },
  'shared.get': ([key]) => [current().shared.get(textArg(key))],
  serialize: () => [toLua(serialize(current()))],
  'serialize.set': ([key, value]) => { current().serialized.set(textOf(textArg(key)), fromLua(value)); return []; },
});
