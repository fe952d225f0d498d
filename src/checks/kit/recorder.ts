import type { Service } from '../../blueprint/types.ts';
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

/**
 * Watches the recorders of services. That nothing was called counts only when the recorder would have told: it throws
 * `VERIFY_RECORDER_BLIND` when it does not answer, when it forgot calls meanwhile, or when calls without a check id came meanwhile, one
 * of which may be the request that is asked about.
 */
export const createRecorders = (send: Send) => {
  const held = new Map<string, Promise<Known>>();

  const ask = async (service: Service, recorder: string, ids: readonly string[]): Promise<Known> => {
    const query = ids.map((id) => `check=${id}`).join('&');
    const answer = await send({ url: `${recorder.replace(/\/$/, '')}/__authctl/calls?${query}`, method: 'GET', headers: [] });
    if (answer.status !== 200) throw blind(service, `its recorder answered ${answer.failure ?? answer.status}`);
    const tally = readJson(answer.body) as Partial<Tally> | undefined;
    if (!Array.isArray(tally?.calls) || !isCount(tally.unattributed) || !isCount(tally.dropped)) throw blind(service, 'its recorder tells something else');
    // One that knows a single id alone takes the first and says nothing of the others.
    if (ids.length > 1 && !ids.every((id) => tally.checks?.includes(id))) {
      const alone = await Promise.all(ids.map((id) => ask(service, recorder, [id])));
      const most = (count: (part: Known) => number): number => Math.max(...alone.map(count));
      return { callsOf: (id) => alone[ids.indexOf(id)]?.callsOf(id) ?? [], unattributed: most(({ unattributed }) => unattributed), dropped: most(({ dropped }) => dropped) };
    }
    const { calls, unattributed, dropped } = tally;
    const callsOf: Known['callsOf'] = (id) => (ids.length === 1 ? calls : calls.filter(({ check }) => check?.split(', ').includes(id) === true));
    return { callsOf, unattributed, dropped };
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
