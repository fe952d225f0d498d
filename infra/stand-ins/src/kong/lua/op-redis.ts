import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { HostFunction, LuaKey, LuaValue } from './machine.ts';
import { numberArg, textArg } from './values.ts';

/** What `resty.redis` needs of the host: connections by number, kept in pools between requests. */
export interface RedisOps {
  readonly ops: Readonly<Record<string, HostFunction>>;
  /** Closes what a request opened and left open. */
  readonly closeFor: (owner: object) => void;
  readonly close: () => void;
}

/** A reply: `null` is Redis's nil; an error reply is told apart from a string. */
type Reply = null | number | string | { readonly error: string } | readonly Reply[];

interface Connection {
  readonly socket: Socket;
  readonly pool: string;
  owner: object | undefined;
  resting: NodeJS.Timeout | undefined;
  reused: number;
  buffered: string;
  waiting: ((reply: Reply) => void) | undefined;
}

const incomplete = Symbol('incomplete');

/** Reads one reply (RESP2) from the start of the text; says where it ends. */
const readReply = (text: string, start: number): { reply: Reply; next: number } | typeof incomplete => {
  const line = text.indexOf('\r\n', start);
  if (line === -1) return incomplete;
  const head = text.slice(start + 1, line);
  const next = line + 2;
  switch (text.charAt(start)) {
    case '+': return { reply: head, next };
    case '-': return { reply: { error: head }, next };
    case ':': return { reply: Number(head), next };
    case '$': {
      const size = Number(head);
      if (size < 0) return { reply: null, next };
      return text.length < next + size + 2 ? incomplete : { reply: text.slice(next, next + size), next: next + size + 2 };
    }
    case '*': {
      if (Number(head) < 0) return { reply: null, next };
      const list: Reply[] = [];
      let at = next;
      while (list.length < Number(head)) {
        const item = readReply(text, at);
        if (item === incomplete) return incomplete;
        list.push(item.reply);
        at = item.next;
      }
      return { reply: list, next: at };
    }
    default: throw new Error('the server does not speak the Redis protocol');
  }
};

const toLua = (reply: Reply): LuaValue => {
  if (Array.isArray(reply)) return (reply as readonly Reply[]).map(toLua);
  return typeof reply === 'object' && reply !== null && 'error' in reply ? [false, reply.error] : (reply as LuaValue);
};

/** The results of a command as `resty.redis` gives them: the value, or false and what the server said. */
const results = (reply: Reply): readonly LuaValue[] =>
  (typeof reply === 'object' && reply !== null && 'error' in reply ? [false, reply.error] : [toLua(reply)]);

const explain = (error: NodeJS.ErrnoException): string =>
  (error.code === 'ECONNREFUSED' ? 'connection refused' : error.code === 'ENOTFOUND' ? 'host not found' : error.message);

type Later = (promise: Promise<readonly LuaValue[]>) => number;

export const redisOps = (later: Later, owner: () => object | undefined): RedisOps => {
  const open = new Map<number, Connection>();
  const idle = new Map<string, Connection[]>();
  let last = 0;
  const adopt = (connection: Connection): number => {
    last += 1;
    open.set(last, connection);
    return last;
  };
  const finish = (connection: Connection, reply: Reply): void => {
    const { waiting } = connection;
    connection.waiting = undefined;
    waiting?.(reply);
  };
  const watch = (connection: Connection): void => {
    const { socket } = connection;
    socket.on('data', (chunk: Buffer) => {
      connection.buffered += chunk.toString('latin1');
      try {
        const read = readReply(connection.buffered, 0);
        if (read === incomplete) return;
        connection.buffered = connection.buffered.slice(read.next);
        finish(connection, read.reply);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    const drop = (why: string): void => {
      idle.set(connection.pool, (idle.get(connection.pool) ?? []).filter((other) => other !== connection));
      finish(connection, { error: why });
    };
    socket.on('error', (error) => { drop(explain(error)); });
    socket.on('close', () => { drop('closed'); });
  };
  const connect = (params: ReadonlyMap<LuaKey, LuaValue>, by: object | undefined): Promise<readonly LuaValue[]> =>
    new Promise((resolve) => {
    const [host, port] = [textArg(params.get('host')), numberArg(params.get('port'), 6379)];
    const pool = typeof params.get('pool') === 'string' ? textArg(params.get('pool')) : `${host}:${port}`;
    const kept = idle.get(pool)?.pop();
    if (kept !== undefined) {
      clearTimeout(kept.resting);
      kept.reused += 1;
      kept.owner = by;
      resolve([adopt(kept), kept.reused]);
      return;
    }
    const secure = params.get('ssl') === true;
    const name = params.get('server_name');
    const socket = secure
      ? connectSecure({ host, port, rejectUnauthorized: params.get('ssl_verify') === true, servername: typeof name === 'string' ? name
        : host })
      : connectPlain(port, host);
    const connection: Connection = { socket, pool, owner: by, resting: undefined, reused: 0, buffered: '', waiting: undefined };
    const timer = setTimeout(() => { failed('timeout'); }, numberArg(params.get('timeout'), 60_000));
    const failed = (why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve([undefined, why]);
    };
    const early = (error: Error): void => { failed(explain(error)); };
    socket.once('error', early);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('error', early);
      watch(connection);
      resolve([adopt(connection), 0]);
    });
  });
  const command = (connection: Connection, words: readonly string[], timeout: number): Promise<readonly LuaValue[]> =>
    new Promise((resolve) => {
    const timer = setTimeout(() => {
      // The reply may still come, and would then be taken for the next command's.
      connection.socket.destroy();
      finish(connection, { error: 'timeout' });
    }, timeout);
    connection.waiting = (reply) => {
      clearTimeout(timer);
      const broken = typeof reply === 'object' && reply !== null && 'error' in reply && connection.socket.destroyed;
      resolve(broken ? [undefined, reply.error] : results(reply));
    };
    const text = `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
    connection.socket.write(text, 'latin1');
  });
  const take = (handle: LuaValue): Connection | undefined => {
    const connection = open.get(numberArg(handle));
    open.delete(numberArg(handle));
    return connection;
  };
  const lost = Promise.resolve<readonly LuaValue[]>([undefined, 'closed']);
  return {
    ops: {
      'redis.connect': ([params]) => [later(params instanceof Map ? connect(params as ReadonlyMap<LuaKey, LuaValue>, owner()) : lost)],
      'redis.command': ([handle, words, timeout]) => {
        const connection = open.get(numberArg(handle));
        const list = Array.isArray(words) ? words.map((word) => textArg(word as LuaValue)) : [];
        return [later(connection === undefined || connection.socket.destroyed ? lost
          : command(connection, list, numberArg(timeout, 60_000)))];
      },
      'redis.keep': ([handle, ttl, size]) => {
        const connection = take(handle);
        if (connection === undefined || connection.socket.destroyed) return [undefined, 'closed'];
        const pool = idle.get(connection.pool) ?? [];
        if (pool.length >= numberArg(size, 30)) {
          connection.socket.destroy();
          return [1];
        }
        idle.set(connection.pool, [...pool, connection]);
        connection.resting = setTimeout(() => { connection.socket.destroy(); }, numberArg(ttl, 60_000)).unref();
        return [1];
      },
      'redis.close': ([handle]) => { take(handle)?.socket.destroy(); return [1]; },
    },
    closeFor: (by) => {
      for (const [handle, connection] of open) {
        if (connection.owner !== by) continue;
        open.delete(handle);
        connection.socket.destroy();
      }
    },
    close: () => {
      for (const connection of [...open.values(), ...[...idle.values()].flat()]) connection.socket.destroy();
    },
  };
};
