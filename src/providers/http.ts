import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { urlToHttpOptions } from 'node:url';
import { Problem, reason, unreachable } from '../core/problem.ts';
import { exchange, Timeout } from './exchange.ts';
import { errnoOf } from './thrown.ts';

/** What a server answered: any status, the body parsed when it is JSON and as text otherwise. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The one that was asked for. */
  readonly header?: string;
  /** Where a redirect leads. */
  readonly location?: string;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is instead of `body` as JSON. */
  readonly bytes?: Buffer;
  /** A POST that changes nothing (a validation) counts as a read. */
  readonly reads?: boolean;
  /** A POST that may be sent again after a broken connection, because the server refuses a second one (a unique name). */
  readonly repeatable?: boolean;
  /** Never sent a second time, not even after 429: what it says may be out of date by then. */
  readonly once?: boolean;
  readonly as?: 'json' | 'bytes';
  /** A header of the answer that the caller wants, too: by its lower-case name. */
  readonly header?: string;
  readonly timeoutMs?: number;
}

/** A server behind a base URL. Every status is an answer; no answer is `TARGET_UNREACHABLE`. */
export interface Http {
  readonly send: (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS', path: string, options?: SendOptions) => Promise<Answer>;
  /** Requests that got an answer or might have, retries included. */
  readonly requests: () => { readonly reads: number; readonly writes: number };
  /** Milliseconds by which the server's clock is before ours, by its last answer that said a time; `undefined` while none did. */
  readonly ahead?: () => number | undefined;
  readonly close: () => void;
}

export interface HttpOptions {
  /** `kong`, `opa`: named in the problem. */
  readonly target: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** No request is waited for longer than this, whatever else is stated. */
  readonly limitMs?: number | undefined;
  /** One connection per request: to meet another worker behind the same port each time. */
  readonly freshConnections?: boolean;
  /** How often a request is sent at most; 1 for a caller that polls. */
  readonly tries?: number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  readonly now?: () => number;
  /** The server's failure in the middle of an answer that it had begun as a good one: repeated as a connection that broke is. */
  readonly torn?: ((answer: Answer) => boolean) | undefined;
  /** Asked before anything is sent: what it answers is thrown, and nothing goes out. */
  readonly refuses?: ((method: string, path: string) => Problem | undefined) | undefined;
}

/** The server said that it did not begin, or a proxy in front of it that it is not there: safe to repeat for what is idempotent. */
const BUSY = new Set([429, 502, 503, 504]);
/** A kept connection that the server had closed. `ECONNREFUSED` is not here: waiting would only make the message come later. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_SOCKET_CLOSED']);

/**
 * Speaks to one server: keep-alive, a timeout for each request (10 s unless stated), repeats what is transient and safe to repeat.
 * Redirects are answers, never followed: they would carry the token elsewhere.
 */
export const createHttp = (options: HttpOptions): Http => {
  const { target, headers = {}, timeoutMs = 10_000, freshConnections = false, tries = 5, sleep = wait, now = Date.now, limitMs = Number.POSITIVE_INFINITY } = options;
  const base = options.url.replace(/\/+$/, '');
  const agents = { keepAlive: !freshConnections, maxSockets: 64, scheduling: 'lifo' } as const;
  const httpAgent = new HttpAgent(agents);
  const httpsAgent = new HttpsAgent(agents);
  const counts = { reads: 0, writes: 0 };
  /** Made at the first request: what is no URL is a target out of reach, not a bug. */
  const connectionTo = (text: string) => {
    const url = new URL(text);
    const agent = url.protocol === 'https:' ? httpsAgent : httpAgent;
    const { protocol, hostname, port, auth } = urlToHttpOptions(url);
    const to = { protocol, hostname, port, ...(auth !== undefined && { auth }) };
    return { to, prefix: url.pathname.replace(/\/+$/, ''), agent };
  };
  let connection: ReturnType<typeof connectionTo> | undefined;
  let ahead: number | undefined;

  const once = async (method: string, path: string, send: SendOptions): Promise<Answer & { retryAfter: number | undefined }> => {
    counts[method === 'GET' || send.reads ? 'reads' : 'writes'] += 1;
    const { to, prefix, agent } = (connection ??= connectionTo(base));
    const json = send.body !== undefined && send.bytes === undefined;
    const begun = now();
    const answer = await exchange({
      method,
      to,
      path: `${prefix}${path}`,
      headers: { Accept: 'application/json', ...headers, ...(json && { 'Content-Type': 'application/json' }), ...send.headers },
      body: json ? JSON.stringify(send.body) : send.bytes,
      agent,
      timeoutMs: Math.min(send.timeoutMs ?? timeoutMs, limitMs),
    });
    ahead = aheadBy(answer.headers.date, begun, now()) ?? ahead;
    const body = send.as === 'bytes' ? answer.bytes : parsed(answer.bytes.toString());
    const header = send.header === undefined ? undefined : answer.headers[send.header];
    const { location } = answer.headers;
    return { status: answer.status, body, ...(typeof header === 'string' && { header }), ...(location !== undefined && { location }), retryAfter: secondsOf(answer.headers['retry-after']) };
  };

  const send: Http['send'] = async (method, path, how = {}) => {
    const refusal = options.refuses?.(method, path);
    if (refusal) throw refusal;
    const repeatable = method !== 'POST' || how.reads === true || how.repeatable === true;
    for (let attempt = 1; ; attempt += 1) {
      let pause = 50 * 2 ** attempt * (1 + Math.random());
      try {
        const { retryAfter, ...answer } = await once(method, path, how);
        const again = (BUSY.has(answer.status) && (repeatable || answer.status === 429)) || (repeatable && options.torn?.(answer) === true);
        if (!again || attempt >= tries || how.once) return answer;
        if (retryAfter !== undefined) pause = Math.min(retryAfter, 5) * 1000;
      } catch (thrown) {
        const again = repeatable && BROKEN.has(errnoOf(thrown) ?? '') && !(thrown instanceof Timeout);
        if (!again || attempt >= tries || how.once) throw unreachable(target, shownUrl(base), new Error(reason(thrown)));
      }
      await sleep(pause);
    }
  };

  return {
    send,
    requests: () => ({ ...counts }),
    ahead: () => ahead,
    close: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
};

/** Milliseconds by which a `Date` header is before ours: whole seconds, of a clock that some servers read once a second. What may as well be our own clock is taken for it. */
export const aheadBy = (date: string | undefined, begun: number, ended: number): number | undefined => {
  const said = Date.parse(date ?? '');
  if (Number.isNaN(said)) return undefined;
  return said - 1000 <= ended && said + 2000 >= begun ? 0 : said + 500 - (begun + ended) / 2;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const secondsOf = (header: unknown): number | undefined => {
  const seconds = typeof header === 'string' ? Number(header) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
};

/** A URL as a message may show it: without a user or password in it. */
export const shownUrl = (url: string): string => {
  if (!URL.canParse(url)) return '(not a URL)';
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href.replace(/\/$/, '');
};

/**
 * The problem of an answer that is not what was asked for: `<PREFIX>_FORBIDDEN` for 401 and 403, unreachable for a gateway's 502, 503
 * and 504, `<PREFIX>_REFUSED` with the server's own `message` otherwise.
 */
export const refused = (
  { target, url, mask }: { readonly target: 'kong' | 'opa'; readonly url: string; readonly mask: (text: string) => string },
  doing: string,
  { status, body }: Answer,
): Problem => {
  // `toUpperCase` keeps no literal type.
  const prefix = target.toUpperCase() as Uppercase<typeof target>;
  if (status === 401 || status === 403)
    return new Problem(`${prefix}_FORBIDDEN`, `${target} does not let this login ${doing} (${status})`, {
      hint: `check the token in targets.${target}`,
    });
  if (BUSY.has(status)) return unreachable(target, shownUrl(url), new Error(`HTTP ${status} while trying to ${doing}`));
  return new Problem(`${prefix}_REFUSED`, `${target} refused to ${doing} (${status}): ${mask(messageOf(body))}`);
};

/** `message`, or `detail` of a problem (RFC 9457). */
const messageOf = (body: unknown): string => {
  const message = typeof body !== 'object' || body === null ? body : 'message' in body ? body.message : 'detail' in body ? body.detail : body;
  return typeof message === 'string' ? message.replace(/\s+/g, ' ').slice(0, 600) : 'no message';
};
