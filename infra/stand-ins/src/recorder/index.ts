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
  /** The ids that were asked about, where there were several: who asked must know that all of them were understood. */
  readonly checks?: readonly string[];
  /** Calls that carried no check id at all, so that a gateway which drops the header cannot make a call look like none. */
  readonly unattributed: number;
  /** Calls forgotten for want of room before they were a minute old: with any of them "no call" is not known. */
  readonly dropped: number;
}

/** The parts of `http.IncomingMessage` that are read. */
export interface RecordableRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
}

export interface Recorder {
  /** Remembers a request that reached the handler, and returns what it kept of it. */
  readonly record: (request: RecordableRequest) => RecordedCall;
  /**
   * What the recorder answers to `GET /__authctl/calls?check=<id>`: the calls whose `X-Authctl-Check` was `<id>`, or one of several
   * (`?check=<id>&check=<id>`); all of them without `check`. `undefined` for any other request, and for a question that carries a check id or came through a gateway (`Via`,
   * `X-Forwarded-For`): one that an attack sends through must count as a call.
   */
  readonly answer: (request: RecordableRequest) => Calls | undefined;
}

export interface RecorderOptions {
  readonly service: string;
  /** Calls kept at most; default 5000. */
  readonly calls?: number;
  /** Characters kept at most; default 16 million. */
  readonly size?: number;
}

const LIFETIME_MS = 60_000;
const RECORDER = '/__authctl/calls';
const CHECK = 'x-authctl-check';
const THROUGH_A_GATEWAY = ['via', 'x-forwarded-for', 'x-forwarded-host', CHECK];

/**
 * Tells `authctl verify` which requests reached a service (`recorder` in the blueprint), so that "refused" can mean that the handler saw
 * nothing. It keeps paths and headers: mount it where attacks are rehearsed, not in production. The memory is bounded: the oldest calls go first.
 * Whoever asks does so right after an answer, so that a call older than a minute goes without being counted as dropped.
 */
export const createRecorder = ({ service, calls: most = 5000, size: room = 16_000_000 }: RecorderOptions): Recorder => {
  const kept: { readonly call: RecordedCall; readonly size: number; readonly until: number }[] = [];
  let total = 0;
  let unattributed = 0;
  let dropped = 0;
  return {
    record: (request) => {
      const call = recorded(request);
      const size = JSON.stringify(call).length;
      const now = Date.now();
      kept.push({ call, size, until: now + LIFETIME_MS });
      total += size;
      if (call.check === null) unattributed += 1;
      while (kept.length > most || total > room || (kept[0]?.until ?? now) < now) {
        const gone = kept.shift();
        total -= gone?.size ?? 0;
        if ((gone?.until ?? now) >= now) dropped += 1;
      }
      return call;
    },
    answer: (request) => {
      // Not `new URL`: what attacks send is no URL at times, and that throws.
      const [path, query] = (request.url ?? '').split('?', 2);
      if (request.method !== 'GET' || path !== RECORDER || namesIn(request).some((name) => THROUGH_A_GATEWAY.includes(name))) return undefined;
      const checks = new URLSearchParams(query).getAll('check');
      const calls = kept.map(({ call }) => call).filter((call) => checks.length === 0 || call.check?.split(', ').some((check) => checks.includes(check)) === true);
      return { service, calls, ...(checks.length > 1 && { checks }), unattributed, dropped };
    },
  };
};

const namesIn = ({ rawHeaders }: RecordableRequest): readonly string[] =>
  rawHeaders.filter((_value, index) => index % 2 === 0).map((name) => name.toLowerCase());

const recorded = (request: RecordableRequest): RecordedCall => {
  // Not `request.headers`: that keeps the first of two Authorization headers and forgets the second.
  const headers = new Map<string, string>();
  const checks: string[] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase();
    const sent = request.rawHeaders[at + 1] ?? '';
    if (name === CHECK) checks.push(sent);
    const value = redactHeader(name, sent);
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return {
    at: new Date().toISOString(),
    check: checks.length === 0 ? null : redactText(checks.join(', ')).slice(0, 200),
    method: request.method ?? '',
    path: redactText(request.url ?? ''),
    headers: Object.fromEntries(headers),
  };
};
