import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { writePrivate } from '../files.ts';
import { listenLocally } from './listen.ts';
import type { LocalServer } from './listen.ts';

/** Larger than any policy, small enough for memory. */
const MAX_BYTES = 64 * 1024 * 1024;
const PATH = /^\/bundles\/([A-Za-z0-9][A-Za-z0-9._-]{0,100}\.tar\.gz)$/;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compared by digest, so that neither the length nor the first difference shows in the time it takes. */
const bears = ({ headers: { authorization } }: IncomingMessage, ...tokens: readonly string[]): boolean =>
  tokens.map((token) => timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`))).includes(true);

const answer = (response: ServerResponse, status: number, headers: Record<string, string> = {}, body?: Buffer): void => {
  response.writeHead(status, { 'cache-control': 'no-cache', ...headers }).end(body);
};

/** The entity tag names the bytes that are sent, read in the same moment: a file replaced meanwhile has another one. */
const send = async (request: IncomingMessage, response: ServerResponse, file: string): Promise<void> => {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) {
    answer(response, 404);
    return;
  }
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
  const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) answer(response, 304, { etag });
  else {
    const headers = { etag, 'content-type': 'application/gzip', 'content-length': String(bytes.length) };
    answer(response, 200, headers, request.method === 'HEAD' ? undefined : bytes);
  }
};

const receive = async (request: IncomingMessage, response: ServerResponse, file: string): Promise<void> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BYTES) {
      answer(response, 413, { connection: 'close' });
      return;
    }
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  writePrivate(file, bytes);
  answer(response, 204, { etag: `"${createHash('sha256').update(bytes).digest('hex')}"` });
};

const remove = async (_request: IncomingMessage, response: ServerResponse, file: string): Promise<void> => {
  await rm(file, { force: true });
  answer(response, 204);
};

const refuse = (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
  answer(response, 405, { allow: Object.keys(methods).join(', '), connection: 'close' });
  return Promise.resolve();
};

const methods: Readonly<Record<string, typeof send>> = { GET: send, HEAD: send, PUT: receive, DELETE: remove };

/**
 * Serves `<dir>/<name>.tar.gz` at `/bundles/<name>.tar.gz` as OPA asks for bundles (openpolicyagent.org/docs/management-bundles): by strong
 * ETag, 304 when unchanged, 404 before the first one. GET needs a bearer token, PUT and DELETE the one for writing; a PUT is written whole or not at all.
 */
export const startBundles = ({ dir, port, readToken, writeToken }: {
  readonly dir: string;
  readonly port: number;
  readonly readToken: string;
  readonly writeToken: string;
}): Promise<LocalServer> =>
  listenLocally(port, (request, response) => {
    const name = PATH.exec((request.url ?? '').split('?')[0] ?? '')?.[1];
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const allowed = reads ? bears(request, readToken, writeToken) : bears(request, writeToken);
    if (!allowed) answer(response, 401, { 'www-authenticate': 'Bearer', connection: 'close' });
    else if (name === undefined) answer(response, 404, { connection: 'close' });
    else {
      const act = methods[request.method ?? ''] ?? refuse;
      act(request, response, join(dir, name)).catch(() => {
        if (response.headersSent) response.destroy();
        else answer(response, 500, { connection: 'close' });
      });
    }
  });
