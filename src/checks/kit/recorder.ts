import type { Service } from '../../blueprint/types.ts';
import { groupBy } from '../../core/collections.ts';
import { Problem } from '../../core/problem.ts';
import type { Send } from './http.ts';
import { readJson } from './http.ts';

/** A call that the upstream recorded: header names in lower case, credentials only as fingerprints. */
export interface RecordedCall {
  /** The ids under which it came. */
  readonly check?: string | null;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a recorder says: the calls of one check, how many came without any check id, and how many it forgot. */
interface Tally {
  readonly calls: readonly RecordedCall[];
  readonly checks?: readonly string[];
  readonly unattributed: number;
  readonly dropped: number;
}

/** The same, by the id of each request that was asked about. */
interface Known {
  readonly callsOf: (id: string) => readonly RecordedCall[];
  readonly unattributed: number;
  readonly dropped: number;
}

/** Why a recorder said nothing that counts. */
interface Unknown {
  readonly why: string;
}

/** What one request left behind: its calls, a problem when that is not known, or `undefined` when the service has no recorder. */
type Seen = readonly RecordedCall[] | Problem | undefined;
/** Asks what requests left behind, all in one question. */
type Watch = (ids: readonly string[]) => Promise<readonly Seen[]>;

const blind = (service: Service, why: string): Problem =>
  new Problem('VERIFY_RECORDER_BLIND', `whether ${service.id} was called is not known: ${why}`, {
    at: service.at,
    hint: 'authctl verify wants the recorder to itself: is it up, does the gateway pass X-Authctl-Check on, does anybody else call the service?',
  });

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

/** Ids in one question at the most: its line must be no longer than servers take. */
const MOST = 100;

/**
 * Asks recorders, each one thing at a time: what is asked while an answer is on its way goes with the next question. It is sent after whatever it is about
 * was answered, so that it misses nothing.
 */
const createQuestions = (send: Send) => {
  interface Question {
    readonly ids: string[];
    readonly answer: Promise<Known | Unknown>;
  }
  const open = new Map<string, Question>();
  const busy = new Map<string, Promise<unknown>>();

  const ask = async (recorder: string, ids: readonly string[]): Promise<Known | Unknown> => {
    const query = ids.map((id) => `check=${id}`).join('&');
    const answer = await send({ url: `${recorder.replace(/\/$/, '')}/__authctl/calls?${query}`, method: 'GET', headers: [] });
    if (answer.status !== 200) return { why: `its recorder answered ${answer.failure ?? answer.status}` };
    const tally = readJson(answer.body) as Partial<Tally> | undefined;
    if (!Array.isArray(tally?.calls) || !isCount(tally.unattributed) || !isCount(tally.dropped)) return { why: 'its recorder tells something else' };
    const { unattributed, dropped } = tally;
    const calls: readonly RecordedCall[] = tally.calls;
    if (ids.length === 1) return { callsOf: () => calls, unattributed, dropped };
    // One that knows a single id alone takes the first and says nothing of the others.
    if (!ids.every((id) => tally.checks?.includes(id))) return together(ids, await Promise.all(ids.map((id) => ask(recorder, [id]))));
    const of = groupBy(calls.flatMap((call) => (call.check?.split(', ') ?? []).map((id) => ({ id, call }))), ({ id }) => id);
    const callsOf: Known['callsOf'] = (id) => of.get(id)?.map(({ call }) => call) ?? [];
    return { callsOf, unattributed, dropped };
  };

  return (recorder: string, ids: readonly string[]): Promise<Known | Unknown> => {
    const next = open.get(recorder);
    if (next && next.ids.length + ids.length <= MOST) {
      next.ids.push(...ids);
      return next.answer;
    }
    const all = [...ids];
    const answer = (busy.get(recorder) ?? Promise.resolve()).then(() => {
      if (open.get(recorder)?.ids === all) open.delete(recorder);
      return ask(recorder, all);
    });
    open.set(recorder, { ids: all, answer });
    busy.set(recorder, answer.catch(() => undefined));
    return answer;
  };
};

/** What was said of each id alone, as one. */
const together = (ids: readonly string[], parts: readonly (Known | Unknown)[]): Known | Unknown => {
  const known: Known[] = [];
  for (const part of parts) {
    if ('why' in part) return part;
    known.push(part);
  }
  const most = (count: (part: Known) => number): number => Math.max(...known.map(count));
  return { callsOf: (id) => known[ids.indexOf(id)]?.callsOf(id) ?? [], unattributed: most(({ unattributed }) => unattributed), dropped: most(({ dropped }) => dropped) };
};

/**
 * Watches the recorders of services. That nothing was called counts only when the recorder would have told: it throws
 * `VERIFY_RECORDER_BLIND` when it does not answer, when it forgot calls meanwhile, or when calls without a check id came meanwhile, one
 * of which may be the request that is asked about.
 */
export const createRecorders = (send: Send) => {
  const questions = createQuestions(send);
  const held = new Map<string, Promise<Known>>();

  const ask = async (service: Service, recorder: string, ids: readonly string[]): Promise<Known> => {
    const said = await questions(recorder, ids);
    if ('why' in said) throw blind(service, said.why);
    return said;
  };

  const watchAll = async (service: Service): Promise<Watch> => {
    const { recorder } = service;
    if (recorder === undefined) return (ids) => Promise.resolve(ids.map(() => undefined));
    const first = held.get(recorder) ?? ask(service, recorder, ['none']);
    held.set(recorder, first);
    first.catch(() => held.delete(recorder));
    const before = await first;
    return async (ids) => {
      const now = await ask(service, recorder, ids);
      held.set(recorder, Promise.resolve(now));
      const unknown = whatIsUnknown(service, before, now);
      return ids.map((id) => {
        const calls = now.callsOf(id);
        return calls.length > 0 ? calls : (unknown ?? calls);
      });
    };
  };

  return {
    /** Begins to watch, before the requests are sent. */
    watchAll,
    /** The same for one request; throws when it is not known what it left behind. */
    watch: async (service: Service): Promise<(id: string) => Promise<readonly RecordedCall[] | undefined>> => {
      const seen = await watchAll(service);
      return async (id) => {
        const [calls] = await seen([id]);
        if (calls instanceof Problem) throw calls;
        return calls;
      };
    },
  };
};

/** Why "no call" would not be known. */
const whatIsUnknown = (service: Service, before: Known, now: Known): Problem | undefined => {
  if (now.unattributed !== before.unattributed) return blind(service, `${now.unattributed - before.unattributed} calls without a check id came meanwhile`);
  if (now.dropped !== before.dropped) return blind(service, `its recorder forgot ${now.dropped - before.dropped} calls meanwhile`);
  return undefined;
};
