import type { Service } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import type { Send } from './http.ts';
import { readJson } from './http.ts';

/** A call that the upstream recorded: header names in lower case, credentials only as fingerprints. */
export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a recorder says: the calls of one check, how many came without any check id, and how many it forgot. */
interface Tally {
  readonly calls: readonly RecordedCall[];
  readonly unattributed: number;
  readonly dropped: number;
}

/** Asks what a request left behind: its calls, or `undefined` when the service has no recorder. */
type Watch = (id: string) => Promise<readonly RecordedCall[] | undefined>;

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
  const held = new Map<string, Promise<Tally>>();

  const ask = async (service: Service, recorder: string, id: string): Promise<Tally> => {
    const answer = await send({ url: `${recorder.replace(/\/$/, '')}/__authctl/calls?check=${id}`, method: 'GET', headers: [] });
    if (answer.status !== 200) throw blind(service, `its recorder answered ${answer.failure ?? answer.status}`);
    const tally = readJson(answer.body) as Partial<Tally> | undefined;
    if (!Array.isArray(tally?.calls) || !isCount(tally.unattributed) || !isCount(tally.dropped)) throw blind(service, 'its recorder tells something else');
    return { calls: tally.calls, unattributed: tally.unattributed, dropped: tally.dropped };
  };

  return {
    /** Begins to watch, before the request is sent. */
    watch: async (service: Service): Promise<Watch> => {
      const { recorder } = service;
      if (recorder === undefined) return () => Promise.resolve(undefined);
      const first = held.get(recorder) ?? ask(service, recorder, 'none');
      held.set(recorder, first);
      first.catch(() => held.delete(recorder));
      const before = await first;
      return async (id) => {
        const now = await ask(service, recorder, id);
        held.set(recorder, Promise.resolve(now));
        if (now.calls.length > 0) return now.calls;
        if (now.unattributed !== before.unattributed)
          throw blind(service, `${now.unattributed - before.unattributed} calls without a check id came meanwhile`);
        if (now.dropped !== before.dropped) throw blind(service, `its recorder forgot ${now.dropped - before.dropped} calls meanwhile`);
        return now.calls;
      };
    },
  };
};
