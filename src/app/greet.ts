import { request as openPlain } from 'node:http';
import { request as openTls } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { aheadBy } from '../providers/http.ts';

/** What can be told of a server by one request that shows no credential. */
export interface Greeting {
  readonly status: number;
  /** Milliseconds by which its clock is before ours; `undefined` where it does not say what time it is. */
  readonly ahead: number | undefined;
  /** The last moment of its certificate, where it has one. */
  readonly certificateUntil?: Date;
}

const TIMEOUT_MS = 10_000;

/** Asks for the address itself; throws what a connection that failed throws. */
export const greet = (address: string, now: () => number = Date.now): Promise<Greeting> =>
  new Promise((resolve, reject) => {
    const url = new URL(address);
    const begun = now();
    const sent = (url.protocol === 'https:' ? openTls : openPlain)(url, { method: 'GET', agent: false, timeout: TIMEOUT_MS }, (answer) => {
      const ahead = aheadBy(answer.headers.date, begun, now());
      // Over TLS it is such a socket.
      const until = url.protocol === 'https:' ? (answer.socket as TLSSocket).getPeerCertificate().valid_to : undefined;
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, ahead, ...(until && { certificateUntil: new Date(until) }) });
      sent.destroy();
    });
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    sent.on('error', reject);
    sent.end();
  });
