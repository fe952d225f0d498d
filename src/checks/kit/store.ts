import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Problem, reason } from '../../core/problem.ts';

export type Reply = string | number | null | readonly Reply[];

/** A connection to a store that speaks RESP2 (Redis, or Infinispan's RESP endpoint). */
export interface Store {
  /** Sends one command. An error reply throws a Problem that names the command and not its arguments. */
  readonly ask: (...command: readonly string[]) => Promise<Reply>;
}

const encode = (command: readonly string[]): string =>
  `*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;

class ErrorReply extends Error {}

/** One reply at `from` (RESP2), and where it ends; `undefined` while it is not whole. */
const decode = (bytes: Buffer, from = 0): { readonly value: Reply | ErrorReply; readonly end: number } | undefined => {
  const line = bytes.indexOf('\r\n', from);
  if (line < 0) return undefined;
  const text = bytes.toString('latin1', from + 1, line);
  const next = line + 2;
  switch (bytes[from]) {
    case 0x2b: // +
      return { value: text, end: next };
    case 0x2d: // -
      return { value: new ErrorReply(text), end: next };
    case 0x3a: // :
      return { value: Number(text), end: next };
    case 0x24: { // $
      const length = Number(text);
      if (length < 0) return { value: null, end: next };
      if (bytes.length < next + length + 2) return undefined;
      return { value: bytes.toString('latin1', next, next + length), end: next + length + 2 };
    }
    case 0x2a: { // *
      const items: Reply[] = [];
      let at = next;
      for (let left = Number(text); left > 0; left -= 1) {
        const item = decode(bytes, at);
        if (!item) return undefined;
        items.push(item.value instanceof ErrorReply ? item.value.message : item.value);
        at = item.end;
      }
      return { value: items, end: at };
    }
    default:
      throw new Error('this is no RESP2');
  }
};

const asking = (socket: Socket): Store['ask'] => {
  let buffer = Buffer.alloc(0);
  const waiting: { readonly name: string; readonly settle: (value: Reply) => void; readonly fail: (error: unknown) => void }[] = [];
  const failAll = (why: unknown): void => {
    for (const { name, fail } of waiting.splice(0)) fail(storeFailed(name, reason(why)));
  };
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    try {
      for (let reply = decode(buffer); reply; reply = decode(buffer)) {
        buffer = buffer.subarray(reply.end);
        const next = waiting.shift();
        if (reply.value instanceof ErrorReply) next?.fail(storeFailed(next.name, reply.value.message));
        else next?.settle(reply.value);
      }
    } catch (thrown) {
      failAll(thrown);
      socket.destroy();
    }
  });
  socket.on('error', failAll).on('close', () => failAll(new Error('the connection was closed')));
  return (...command) =>
    new Promise((settle, fail) => {
      waiting.push({ name: command[0] ?? '', settle, fail });
      socket.write(encode(command));
    });
};

const storeFailed = (command: string, why: string): Problem =>
  new Problem('VERIFY_STORE', `the session store did not answer ${command}: ${why}`, { hint: 'is authentication.session.storeUrl right?' });

/** Runs `work` on a connection of its own to `redis://[user]:[password]@host:port/database`. Throws `VERIFY_STORE`. */
export const withStore = async <Result>(url: string, work: (store: Store) => Promise<Result>): Promise<Result> => {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) };
  const socket = await new Promise<Socket>((settle, fail) => {
    const made = protocol === 'rediss:' ? connectTls(target, () => settle(made)) : connect(target, () => settle(made));
    made.setTimeout(10_000, () => made.destroy(new Error('no answer in 10 s')));
    made.once('error', (error) => fail(storeFailed('a connection', reason(error))));
  });
  const ask = asking(socket);
  try {
    if (password !== '') await ask('AUTH', ...(username === '' ? [] : [decodeURIComponent(username)]), decodeURIComponent(password));
    const database = pathname.slice(1);
    if (database !== '' && database !== '0') await ask('SELECT', database);
    return await work({ ask });
  } finally {
    socket.destroy();
  }
};

/** Every key with its value as the store holds it, and the seconds it has left; values of other types than text are left out. */
export const dump = async ({ ask }: Store): Promise<readonly { readonly key: string; readonly value: string; readonly seconds: number }[]> => {
  const found = [];
  let cursor = '0';
  do {
    const [next, keys] = (await ask('SCAN', cursor, 'COUNT', '500')) as readonly [string, readonly string[]];
    for (const key of keys) {
      if ((await ask('TYPE', key)) !== 'string') continue;
      const [value, seconds] = [await ask('GET', key), await ask('TTL', key)];
      if (typeof value === 'string') found.push({ key, value, seconds: Number(seconds) });
    }
    cursor = next;
  } while (cursor !== '0');
  return found;
};
