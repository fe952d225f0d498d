import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { reason } from '../../core/problem.ts';
import { tlsOptions } from './http.ts';
import type { HttpAnswer, ShownTls } from './http.ts';

const SILENCE_MS = 1500;
const LIMIT = 1_048_576;
/** Of the answer, before which interim ones may have come (RFC 9110 section 15.2); of an interim one where nothing else came. 101 is an answer. */
const STATUS = /^(?:HTTP\/1\.[01] 1(?!01)\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n(?=HTTP))*HTTP\/1\.[01] (\d{3})/;

/**
 * Writes bytes as they are to the server of a URL, for requests that no HTTP client would make, and reads until the server closes or is
 * silent for a second and a half. Gives the first answer (100 where a server asked for a body and waits for it); its body is everything that came. Never throws for what the server does.
 */
export const sendBytes = (address: string, bytes: string, tls?: ShownTls): Promise<HttpAnswer> =>
  new Promise((settle) => {
    const begun = performance.now();
    const url = new URL(address);
    const secure = url.protocol === 'https:';
    const host = url.hostname.replaceAll(/[[\]]/g, '');
    const port = Number(url.port || (secure ? 443 : 80));
    const socket = secure ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...tlsOptions(tls) }) : connect({ host, port });
    let text = '';
    const done = (failure?: string): void => {
      socket.destroy();
      const status = Number(STATUS.exec(text)?.[1] ?? 0);
      settle({ status, headers: {}, setCookies: [], body: text, milliseconds: performance.now() - begun, ...(failure !== undefined && { failure }) });
    };
    socket.setTimeout(SILENCE_MS, () => done());
    socket.on('error', (error) => done(reason(error)));
    socket.on('end', () => done());
    // A server that has refused by the headers may linger for the body that they announce (RFC 9112 section 9.6).
    const heldBack = /\r\nexpect: 100-continue\r\n/i.test(bytes);
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
      if (text.length > LIMIT || (heldBack && Number(STATUS.exec(text)?.[1] ?? 0) >= 200)) done();
    });
    socket.write(bytes, 'latin1');
  });
