import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A listening server: its base URL without a slash at the end, and how to stop it. */
interface Listening {
  readonly url: string;
  readonly server: Server;
  readonly close: () => Promise<void>;
}

/** Every answer says that this is a stand-in, so that no one takes it for the service. */
export const standIn = ['x-authctl-stand-in', 'embedded-aws'] as const;

/** Listens on `port` (0: any free one). Rejects with the socket's own error when the port is taken. */
export const listen = async (
  { host, port, ...options }: { readonly host: string; readonly port: number } & ServerOptions,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listening> => {
  const server = createServer(options, handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** The whole body, or `undefined` as soon as it is longer than `limit` bytes. */
export const readBody = async (stream: AsyncIterable<unknown>, limit: number): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > limit) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
