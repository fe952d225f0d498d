import { createClient, ErrorReply, RESP_TYPES } from '@redis/client';
import type { HostFunction, LuaKey, LuaValue } from './machine.ts';
import { numberArg, textArg } from './values.ts';

/** What `resty.redis` needs of the host: connections by number, kept in pools between requests. */
export interface RedisOps {
  readonly ops: Readonly<Record<string, HostFunction>>;
  /** Closes what a request opened and left open. */
  readonly closeFor: (owner: object) => void;
  readonly close: () => void;
}

/** A reply as it is asked for below: texts as bytes, because Lua's are. */
type Reply = null | number | Buffer | ErrorReply | readonly Reply[];

interface Connection {
  readonly client: ReturnType<typeof clientOf>;
  readonly pool: string;
  owner: object | undefined;
  resting: NodeJS.Timeout | undefined;
  reused: number;
  /** Why it can be used no more. */
  fault: string | undefined;
}

type Params = ReadonlyMap<LuaKey, LuaValue>;

const BYTES = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer } as const;

/**
 * One connection that says nothing of its own accord: `resty.redis` neither greets nor names itself, logs in only when the plugin does, and
 * does not connect anew.
 */
const clientOf = (host: string, port: number, params: Params) => {
  const name = params.get('server_name');
  const tls = { tls: true as const, rejectUnauthorized: params.get('ssl_verify') === true, servername: typeof name === 'string' ? name : host };
  const socket = { host, port, connectTimeout: numberArg(params.get('timeout'), 60_000), reconnectStrategy: false as const };
  return createClient({
    RESP: 2, disableClientInfo: true, maintNotifications: 'disabled', socket: params.get('ssl') === true ? { ...socket, ...tls } : socket,
  });
};

const toLua = (reply: Reply): LuaValue =>
  (Buffer.isBuffer(reply) ? reply.toString('latin1')
    : reply instanceof ErrorReply ? [false, reply.message]
      : typeof reply === 'object' && reply !== null ? reply.map(toLua) : reply);

const NO_REDIS = 'the server does not speak the Redis protocol';
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused', ENOTFOUND: 'host not found', ConnectionTimeoutError: 'timeout', SocketClosedUnexpectedlyError: 'closed',
  ClientClosedError: 'closed', DisconnectsClientError: 'closed',
};

const explain = (error: NodeJS.ErrnoException): string =>
  (error.message.startsWith('Unknown RESP type') ? NO_REDIS : REASONS[error.code ?? error.constructor.name] ?? error.message);

type Later = (promise: Promise<readonly LuaValue[]>) => number;

export const redisOps = (later: Later, owner: () => object | undefined): RedisOps => {
  const open = new Map<number, Connection>();
  const idle = new Map<string, readonly Connection[]>();
  let last = 0;
  const adopt = (connection: Connection): number => {
    last += 1;
    open.set(last, connection);
    return last;
  };
  const end = (connection: Connection, why: string): void => {
    connection.fault ??= why;
    clearTimeout(connection.resting);
    idle.set(connection.pool, (idle.get(connection.pool) ?? []).filter((other) => other !== connection));
    connection.client.destroy();
  };
  const reuse = (pool: string, by: object | undefined): Connection | undefined => {
    const kept = idle.get(pool)?.at(-1);
    if (kept === undefined) return undefined;
    clearTimeout(kept.resting);
    idle.set(pool, (idle.get(pool) ?? []).filter((other) => other !== kept));
    kept.reused += 1;
    kept.owner = by;
    return kept;
  };
  const connect = async (params: Params, by: object | undefined): Promise<readonly LuaValue[]> => {
    const [host, port] = [textArg(params.get('host')), numberArg(params.get('port'), 6379)];
    const pool = typeof params.get('pool') === 'string' ? textArg(params.get('pool')) : `${host}:${port}`;
    const kept = reuse(pool, by);
    if (kept !== undefined) return [adopt(kept), kept.reused];
    const connection: Connection = { client: clientOf(host, port, params), pool, owner: by, resting: undefined, reused: 0, fault: undefined };
    connection.client.on('error', (error: Error) => { end(connection, explain(error)); });
    try {
      await connection.client.connect();
      return [adopt(connection), 0];
    } catch (thrown) {
      return [undefined, connection.fault ?? explain(thrown as Error)];
    }
  };
  const command = async (connection: Connection, words: readonly string[], timeout: number): Promise<readonly LuaValue[]> => {
    // The reply may still come, and would then be taken for the next command's.
    const timer = setTimeout(() => { end(connection, 'timeout'); }, timeout);
    try {
      const bytes = words.map((word) => Buffer.from(word, 'latin1'));
      return [toLua(await connection.client.sendCommand<Reply>(bytes, { typeMapping: BYTES }))];
    } catch (thrown) {
      // As `resty.redis` tells them apart: false is what the server said, nil is that nothing is known.
      return thrown instanceof ErrorReply ? [false, thrown.message] : [undefined, connection.fault ?? explain(thrown as Error)];
    } finally {
      clearTimeout(timer);
    }
  };
  const take = (handle: LuaValue): Connection | undefined => {
    const connection = open.get(numberArg(handle));
    open.delete(numberArg(handle));
    return connection;
  };
  const lost = Promise.resolve<readonly LuaValue[]>([undefined, 'closed']);
  return {
    ops: {
      'redis.connect': ([params]) => [later(params instanceof Map ? connect(params as Params, owner()) : lost)],
      'redis.command': ([handle, words, timeout]) => {
        const connection = open.get(numberArg(handle));
        const list = Array.isArray(words) ? words.map((word) => textArg(word as LuaValue)) : [];
        return [later(connection === undefined || connection.fault !== undefined ? lost : command(connection, list, numberArg(timeout, 60_000)))];
      },
      'redis.keep': ([handle, ttl, size]) => {
        const connection = take(handle);
        if (connection === undefined || connection.fault !== undefined) return [undefined, 'closed'];
        const pool = idle.get(connection.pool) ?? [];
        if (pool.length >= numberArg(size, 30)) {
          end(connection, 'closed');
          return [1];
        }
        idle.set(connection.pool, [...pool, connection]);
        connection.resting = setTimeout(() => { end(connection, 'closed'); }, numberArg(ttl, 60_000)).unref();
        return [1];
      },
      'redis.close': ([handle]) => {
        const connection = take(handle);
        if (connection !== undefined) end(connection, 'closed');
        return [1];
      },
    },
    closeFor: (by) => {
      for (const [handle, connection] of open) {
        if (connection.owner !== by) continue;
        open.delete(handle);
        end(connection, 'closed');
      }
    },
    close: () => {
      for (const connection of [...open.values(), ...[...idle.values()].flat()]) end(connection, 'closed');
    },
  };
};
