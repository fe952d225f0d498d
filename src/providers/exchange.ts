import { request as openPlain } from 'node:http';
import type { Agent, IncomingHttpHeaders, RequestOptions } from 'node:http';
import { request as openTls } from 'node:https';

/** One request, as it goes out: the path as it is, nothing added but the length of the body. */
export interface Exchange {
  readonly method: string;
  /** Where to connect, made once by `urlToHttpOptions`. */
  readonly to: RequestOptions;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
  readonly agent: Agent;
  /** From the first byte out to the last byte in. */
  readonly timeoutMs: number;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

const LARGEST_ANSWER = 64 * 1024 * 1024;

/** The server was too slow. It may still be at work. */
export class Timeout extends Error {}

/**
 * Sends one request and reads the whole answer, whatever its status. Follows no redirect and asks no proxy. Rejects with Node's own error
 * when the connection breaks, with `Timeout` when the time is over, and with an error without a code for an answer over 64 MiB.
 */
export const exchange = ({ method, to, path, headers, body, agent, timeoutMs }: Exchange): Promise<Exchanged> =>
  new Promise((resolve, reject) => {
    const length = body === undefined ? undefined : { 'Content-Length': String(Buffer.byteLength(body)) };
    const open = to.protocol === 'https:' ? openTls : openPlain;
    const sent = open({ ...to, method, path, agent, headers: { ...headers, ...length } });
    const timer = setTimeout(() => sent.destroy(new Timeout(`timeout of ${timeoutMs}ms exceeded`)), timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    sent.on('error', fail);
    sent.on('response', (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('error', fail);
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER) sent.destroy(new Error(`the answer has more than ${LARGEST_ANSWER} bytes`));
        else chunks.push(chunk);
      });
      answer.on('end', () => {
        clearTimeout(timer);
        const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes });
      });
    });
    sent.end(body);
  });
