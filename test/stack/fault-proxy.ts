import { createServer, request as open } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What can go wrong with one write. */
export type Trouble =
  /** The connection is reset before Kong sees the request, however often it is sent again. */
  | 'cut'
  /** Kong does the work, once; the connection is reset before its answer is through. */
  | 'lost'
  /** 500 in place of Kong. */
  | 'refused'
  /** Kong does the work, once; its answer is held back until the client gives up. */
  | 'late'
  /** Somebody else is there first: `rival` runs, then Kong is asked. */
  | 'raced';

interface Fault {
  /** The write, as `writes` shows it. `raced` may name a read as well (`GET /config`): the rival is there before it. */
  readonly at: string;
  readonly trouble: Trouble;
  /** What somebody else does just before the write; told its path and body. */
  readonly rival?: (path: string, body: Readonly<Record<string, unknown>>) => Promise<void>;
}

interface FaultProxyOptions {
  readonly target: string;
  /** Awaited after every write that got through, before its answer is passed on. */
  readonly afterWrite: () => Promise<void>;
}

export interface FaultProxy {
  readonly url: string;
  /**
   * Arms one fault, or none, and forgets the writes seen. A write is `POST /routes/shop.orders.list/plugins shop.orders.list.opa`: method,
   * path, and the name of the row. Ids in a path are shown as names, so that the same write is called the same in every run. A configuration that is
   * loaded after another is `POST /config 2`; an upstream with a random name that closes services is called by its number.
   */
  readonly arm: (fault?: Fault) => void;
  /** Every write that arrived since, in order, whatever became of it. */
  readonly writes: () => readonly string[];
  /** True when the armed fault has struck. */
  readonly struck: () => boolean;
  readonly close: () => Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: Buffer;
  readonly type: string | undefined;
}

const bytesOf = async (stream: IncomingMessage): Promise<Buffer> => Buffer.concat(await stream.toArray() as Buffer[]);

const objectIn = (body: Buffer): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

/** The name of a row: by its tag where Kong knows it by a secret or an id only. */
const nameIn = (row: Readonly<Record<string, unknown>>): string => {
  const tag = ((row.tags ?? []) as readonly string[]).find((one) => one.startsWith('authctl.name:'));
  const name = tag?.slice(tag.indexOf(':') + 1) ?? row.instance_name ?? row.key ?? row.username ?? row.target ?? row.group ?? row.name;
  return String(name ?? '');
};

/** An HTTP proxy before an Admin API, that spoils single writes. Listens on a free loopback port. */
export const startFaultProxy = async ({ target, afterWrite }: FaultProxyOptions): Promise<FaultProxy> => {
  const names = new Map<string, string>();
  /** By the random names of upstreams that close services, how many there were before in this run. */
  const closed = new Map<string, string>();
  let seen: string[] = [];
  let fault: Fault | undefined;
  let strikes = 0;
  let loads = 0;

  const forward = ({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const sent = open(new URL(url ?? '/', target), { method, headers: { ...headers, 'content-length': body.length } }, (answer) => {
        bytesOf(answer).then((bytes) => {
          const row = objectIn(bytes);
          if (answer.statusCode === 201 && typeof row.id === 'string') names.set(row.id, nameIn(row));
          resolve({ status: answer.statusCode ?? 502, body: bytes, type: answer.headers['content-type'] });
        }, reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });

  const pass = (response: ServerResponse, { status, body, type }: Reply): void => {
    response.writeHead(status, { ...(type !== undefined && { 'content-type': type }), 'content-length': body.length });
    response.end(body);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bytesOf(request);
    const [path = '/'] = (request.url ?? '/').split('?');
    if (request.method === 'GET' || path.endsWith('/validate')) {
      if (fault?.at === `${request.method} ${path}` && strikes === 0) {
        strikes += 1;
        await fault.rival?.(path, {});
      }
      pass(response, await forward(request, body));
      return;
    }
    const shown = path.split('/').map((part) => names.get(part) ?? part).join('/');
    const nth = loads === 0 ? '' : String(loads + 1);
    const key = `${request.method} ${shown} ${path === '/config' ? nth : nameIn(objectIn(body))}`.trim().replaceAll(/[0-9a-f]{16}(?=\.authctl-closed\.invalid)/g, (random) => {
      closed.set(random, closed.get(random) ?? String(closed.size + 1));
      return String(closed.get(random));
    });
    seen.push(key);
    const struck = fault?.at === key && (strikes === 0 || fault.trouble === 'cut') ? fault : undefined;
    if (struck) strikes += 1;
    if (struck?.trouble === 'cut') {
      request.socket.resetAndDestroy();
      return;
    }
    if (struck?.trouble === 'refused') {
      pass(response, { status: 500, body: Buffer.from('{"message":"An unexpected error occurred"}'), type: 'application/json' });
      return;
    }
    if (struck?.trouble === 'raced') await struck.rival?.(path, objectIn(body));
    if (path === '/config') loads += 1;
    const reply = await forward(request, body);
    await afterWrite();
    if (struck?.trouble === 'lost') request.socket.resetAndDestroy();
    // Too late is never, for a client that has given up: it closes the connection by itself.
    else if (struck?.trouble !== 'late') pass(response, reply);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.resetAndDestroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm: (next) => {
      fault = next;
      strikes = 0;
      loads = 0;
      seen = [];
      closed.clear();
    },
    writes: () => seen,
    struck: () => strikes > 0,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
};
