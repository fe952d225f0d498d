import type { ErrorReply } from '@redis/client';
import { Problem, reason } from '../../core/problem.ts';

export type Reply = string | number | null | readonly Reply[];

/** A connection to a store that speaks RESP2 (Redis, or Infinispan's RESP endpoint). */
export interface Store {
  /** Sends one command. An error reply throws a Problem that names the command and not its arguments. */
  readonly ask: (...command: readonly string[]) => Promise<Reply>;
}

/** Opens `redis://[user]:[password]@host:port/database`. Throws `VERIFY_STORE`. */
export type OpenStore = (url: string) => Promise<Store & { readonly close: () => void }>;

/** A reply as it is asked for below: texts as bytes, because what sessions hold need not be UTF-8. */
type Received = null | number | Buffer | ErrorReply | readonly Received[];

const toReply = (received: Received): Reply =>
  Buffer.isBuffer(received) ? received.toString('latin1')
    : received instanceof Error ? received.message
      : typeof received === 'object' && received !== null ? received.map(toReply) : received;

const storeFailed = (command: string, cause: unknown): Problem =>
  new Problem('VERIFY_STORE', `the session store did not answer ${command}: ${reason(cause)}`, { hint: 'is authentication.session.storeUrl right?' });

const SILENCE_MS = 10_000;

/** One connection, which does not come back by itself: what happens to the store while it is away is what is looked at. */
export const openStore: OpenStore = async (url) => {
  const { createClient, RESP_TYPES } = await import('@redis/client');
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const socket = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    connectTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    reconnectStrategy: false as const,
    ...(protocol === 'rediss:' && { tls: true as const }),
  };
  const client = createClient({
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    database: Number(pathname.slice(1)),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    socket,
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer });
  // A connection that breaks ends the command that waits for it: that is where it is told.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (thrown) {
    throw storeFailed('a connection', thrown);
  }
  return {
    ask: async (...command) => {
      try {
        return toReply(await client.sendCommand<Received>([...command]));
      } catch (thrown) {
        throw storeFailed(command[0] ?? '', thrown);
      }
    },
    close: () => client.destroy(),
  };
};

/** Runs `work` on a connection of its own. */
export const withStore = async <Result>(open: OpenStore, url: string, work: (store: Store) => Promise<Result>): Promise<Result> => {
  const store = await open(url);
  try {
    return await work(store);
  } finally {
    store.close();
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
