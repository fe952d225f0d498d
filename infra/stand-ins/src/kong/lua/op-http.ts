import { Agent, request as startRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { pairsOf } from '../proxy/headers.ts';
import type { HostFunction, LuaKey, LuaValue } from './machine.ts';
import { numberArg, stringsOf, textArg } from './values.ts';

type Params = ReadonlyMap<LuaKey, LuaValue>;
type Results = readonly LuaValue[];

/** What `resty.http` needs of the host: connections by number, one request at a time each, kept in pools in between. */
export interface HttpOps {
  readonly ops: Readonly<Record<string, HostFunction>>;
  /** Closes what a request opened and left open. */
  readonly closeFor: (owner: object) => void;
  readonly close: () => void;
}

interface Connection {
  readonly agent: Agent;
  readonly socket: Socket;
  readonly pool: string;
  reused: number;
  owner: object | undefined;
  resting: NodeJS.Timeout | undefined;
  outgoing: ClientRequest | undefined;
  response: IncomingMessage | undefined;
  body: AsyncIterator<Buffer> | undefined;
  left: Buffer;
  ended: boolean;
}

const userAgent = 'lua-resty-http/0.17.2 (Lua) ngx_lua/10026';

const explain = (error: NodeJS.ErrnoException, host: string): string => {
  if (error.code === 'ECONNREFUSED') return 'connection refused';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return `${host} could not be resolved (3: Host not found)`;
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE') return 'closed';
  return error.message;
};

const headersFor = (given: LuaValue, host: string, body: Buffer | undefined): string[] => {
  const flat = Array.isArray(given) ? (given as LuaValue[]) : [];
  const headers: string[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) for (const value of stringsOf(flat[at + 1])) headers.push(textArg(flat[at]), value);
  const has = (name: string): boolean => headers.some((text, at) => at % 2 === 0 && text.toLowerCase() === name);
  if (!has('host')) headers.push('Host', host);
  if (!has('user-agent')) headers.push('User-Agent', userAgent);
  if (body !== undefined && !has('content-length') && !has('transfer-encoding')) headers.push('Content-Length', String(body.length));
  return headers;
};

const openSocket = (params: Params): Promise<Socket | string> => new Promise((resolve) => {
  const host = textArg(params.get('host')).replace(/^\[|\]$/g, '');
  const port = numberArg(params.get('port'));
  const secure = params.get('scheme') === 'https';
  const name = typeof params.get('name') === 'string' ? textArg(params.get('name')) : host;
  const socket = secure
    ? connectSecure({ host, port, rejectUnauthorized: params.get('verify') !== false, ...(isIP(name) === 0 ? { servername: name } : {}) })
    : connectPlain(port, host);
  const failed = (why: string): void => {
    clearTimeout(timer);
    socket.destroy();
    resolve(why);
  };
  const timer = setTimeout(() => { failed('timeout'); }, numberArg(params.get('timeout'), 60_000));
  const early = (error: Error): void => { failed(explain(error, host)); };
  socket.once('error', early);
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    clearTimeout(timer);
    socket.off('error', early);
    // From here on an error belongs to the request on the connection; an idle one just goes.
    socket.on('error', () => undefined);
    resolve(socket);
  });
});

/** An agent for one connection: it hands the open socket out once, and refuses to make another when that one is gone. */
const agentFor = (socket: Socket): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let used = false;
  (agent as unknown as { createConnection: (options: unknown, done: (error: Error | null, made?: Socket) => void) => Socket | undefined })
    .createConnection = (_, done) => {
      if (!used && !socket.destroyed) {
        used = true;
        return socket;
      }
      done(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
      return undefined;
    };
  return agent;
};

const send = (connection: Connection, params: Params): Promise<Results> => new Promise((resolve) => {
  const body = typeof params.get('body') === 'string' ? Buffer.from(textArg(params.get('body')), 'latin1') : undefined;
  const host = textArg(params.get('authority'));
  try {
    const outgoing = startRequest({
      agent: connection.agent, method: textArg(params.get('method')), path: textArg(params.get('path')), setHost: false,
      headers: headersFor(params.get('headers'), host, body),
    });
    connection.outgoing = outgoing;
    outgoing.setTimeout(numberArg(params.get('timeout'), 60_000), () => {
      const error = new Error('timeout');
      // Destroying the request alone would let a body that was cut off look whole.
      if (connection.response === undefined) outgoing.destroy(error);
      else connection.response.destroy(error);
    });
    // Beside the idle time of the socket: a kept connection to a server that hangs must not hold a request for ever.
    const head = setTimeout(() => { outgoing.destroy(new Error('timeout')); }, numberArg(params.get('timeout'), 60_000));
    outgoing.once('close', () => { clearTimeout(head); });
    outgoing.on('error', (error) => { resolve([undefined, explain(error, host)]); });
    outgoing.on('response', (response) => {
      clearTimeout(head);
      connection.response = response;
      connection.body = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      connection.left = Buffer.alloc(0);
      connection.ended = false;
      resolve([response.statusCode ?? 0, pairsOf(response.rawHeaders).flat(), response.statusMessage ?? '']);
    });
    outgoing.end(body);
  } catch (error) {
    // A path or header that no request may have.
    resolve([undefined, error instanceof Error ? error.message : String(error)]);
  }
});

/** The next piece of the body, at most `size` bytes; nil at its end, nil and a message when it broke off. */
const read = async (connection: Connection, size: number): Promise<Results> => {
  try {
    if (connection.left.length === 0 && !connection.ended) {
      const next = await connection.body?.next();
      if (next === undefined || next.done === true) connection.ended = true;
      else connection.left = next.value;
    }
  } catch (error) {
    connection.socket.destroy();
    return [undefined, explain(error as Error, '')];
  }
  if (connection.left.length === 0) return [undefined];
  const piece = connection.left.subarray(0, size);
  connection.left = connection.left.subarray(size);
  return [piece.toString('latin1')];
};

export const httpOps = (later: (promise: Promise<Results>) => number, owner: () => object | undefined): HttpOps => {
  const open = new Map<number, Connection>();
  const idle = new Map<string, Connection[]>();
  let last = 0;
  const destroy = (connection: Connection): void => {
    clearTimeout(connection.resting);
    connection.socket.destroy();
    connection.agent.destroy();
  };
  const adopt = (connection: Connection, by: object | undefined): Results => {
    last += 1;
    connection.owner = by;
    open.set(last, connection);
    return [last, connection.reused];
  };
  const take = (handle: LuaValue): Connection | undefined => {
    const connection = open.get(numberArg(handle));
    open.delete(numberArg(handle));
    return connection;
  };
  const forget = (connection: Connection): void => {
    idle.set(connection.pool, (idle.get(connection.pool) ?? []).filter((other) => other !== connection));
  };
  const connect = async (params: Params, by: object | undefined): Promise<Results> => {
    const parts = ['scheme', 'host', 'port', 'verify', 'name'].map((name) => String(params.get(name) ?? ''));
    const pool = typeof params.get('pool') === 'string' ? textArg(params.get('pool')) : parts.join('|');
    const kept = idle.get(pool)?.pop();
    if (kept !== undefined) {
      clearTimeout(kept.resting);
      kept.reused += 1;
      return adopt(kept, by);
    }
    const socket = await openSocket(params);
    if (typeof socket === 'string') return [undefined, socket];
    const connection: Connection = {
      agent: agentFor(socket), socket, pool, reused: 0, owner: by, resting: undefined, outgoing: undefined, response: undefined,
        body: undefined,
      left: Buffer.alloc(0), ended: true,
    };
    socket.on('close', () => { forget(connection); });
    return adopt(connection, by);
  };
  const closed = (): number => later(Promise.resolve([undefined, 'closed']));
  return {
    ops: {
      'http.connect': ([params]) => [params instanceof Map ? later(connect(params as Params, owner())) : closed()],
      'http.send': ([handle, params]) => {
        const connection = open.get(numberArg(handle));
        return [connection === undefined || !(params instanceof Map) ? closed() : later(send(connection, params as Params))];
      },
      'http.read': ([handle, size]) => {
        const connection = open.get(numberArg(handle));
        return [connection === undefined ? closed() : later(read(connection, Math.max(1, numberArg(size, 65_536))))];
      },
      'http.keep': ([handle, ttl, most]) => {
        const connection = take(handle);
        if (connection === undefined) return [undefined, 'closed'];
        const pool = idle.get(connection.pool) ?? [];
        // What is not read to its end would be taken for the next response.
        if (connection.socket.destroyed || !connection.ended || pool.length >= numberArg(most, 30)) {
          destroy(connection);
          return [1];
        }
        idle.set(connection.pool, [...pool, connection]);
        connection.resting = setTimeout(() => { destroy(connection); }, numberArg(ttl, 60_000)).unref();
        return [1];
      },
      'http.close': ([handle]) => {
        const connection = take(handle);
        if (connection !== undefined) destroy(connection);
        return [1];
      },
    },
    closeFor: (by) => {
      for (const [handle, connection] of open) {
        if (connection.owner !== by) continue;
        open.delete(handle);
        destroy(connection);
      }
    },
    close: () => {
      for (const connection of [...open.values(), ...[...idle.values()].flat()]) destroy(connection);
    },
  };
};
