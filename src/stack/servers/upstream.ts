import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenLocally } from './listen.ts';
import type { LocalServer } from './listen.ts';
import { redactHeader, redactText } from './redact.ts';

/** One request that reached the service. Header values that could log somebody in are hashes. */
export interface RecordedCall {
  /** ISO 8601. */
  readonly at: string;
  /** What `X-Authctl-Check` said; null without one. */
  readonly check: string | null;
  readonly method: string;
  readonly path: string;
  /** By lower-case name; the values of a repeated one are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Calls {
  readonly service: string;
  readonly calls: readonly RecordedCall[];
  /** Calls that carried no check id at all, so that a gateway which drops the header cannot make a call look like none. */
  readonly unattributed: number;
  /** Calls forgotten for want of room: with any of them "no call" is not known. */
  readonly dropped: number;
}

const RECORDER = '/__authctl/calls';
const CHECK = 'x-authctl-check';

/** A bounded memory: the oldest calls go first. Sizes are in characters. */
const createMemory = (limit: { readonly calls: number; readonly size: number }) => {
  const kept: { readonly call: RecordedCall; readonly size: number }[] = [];
  let total = 0;
  let unattributed = 0;
  let dropped = 0;
  return {
    add: (call: RecordedCall): void => {
      const size = JSON.stringify(call).length;
      kept.push({ call, size });
      total += size;
      if (call.check === null) unattributed += 1;
      while (kept.length > limit.calls || total > limit.size) {
        total -= kept.shift()?.size ?? 0;
        dropped += 1;
      }
    },
    of: (service: string, check: string | null): Calls => ({
      service,
      calls: kept.map(({ call }) => call).filter((call) => check === null || call.check === check),
      unattributed,
      dropped,
    }),
  };
};

const recorded = (request: IncomingMessage): RecordedCall => {
  // Not `request.headers`: that keeps the first of two Authorization headers and forgets the second.
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase();
    const value = redactHeader(name, request.rawHeaders[at + 1] ?? '');
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const check = request.headers[CHECK];
  return {
    at: new Date().toISOString(),
    check: check === undefined ? null : redactText([check].flat().join(',')).slice(0, 200),
    method: request.method ?? '',
    path: redactText(request.url ?? ''),
    headers: Object.fromEntries(headers),
  };
};

const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
};

/**
 * A small service that answers every request with what it saw of it, and remembers it. `GET /__authctl/calls?check=<id>` tells the
 * calls whose `X-Authctl-Check` was `<id>` (all of them without `check`). That question itself is remembered when it carries a check id
 * or came through a gateway (`Via`, `X-Forwarded-For`): one that an attack sends through must count as a call.
 */
export const startUpstream = (
  { service, port, limit = { calls: 5000, size: 16_000_000 } }: {
    readonly service: string;
    readonly port: number;
    readonly limit?: { readonly calls: number; readonly size: number };
  },
): Promise<LocalServer> => {
  const memory = createMemory(limit);
  const canary = randomBytes(9).toString('base64url');
  return listenLocally(port, (request, response) => {
    // Not `new URL`: what attacks send is no URL at times, and that throws.
    const [path, query] = (request.url ?? '').split('?', 2);
    const direct = !['via', 'x-forwarded-for', 'x-forwarded-host', CHECK].some((name) => name in request.headers);
    request.resume();
    if (direct && request.method === 'GET' && path === RECORDER) {
      json(response, memory.of(service, new URLSearchParams(query).get('check')));
      return;
    }
    const call = recorded(request);
    memory.add(call);
    json(response, {
      service,
      canary,
      method: call.method,
      path: call.path,
      headers: Object.keys(call.headers).toSorted(),
      check: call.check,
    });
  });
};
