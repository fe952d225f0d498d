import type { Blueprint, Waiver } from '../blueprint/types.ts';
import { fitting } from '../core/accept.ts';
import type { Verdict } from '../core/report.ts';

/** What the blueprint bears of what checks find, by a day such as 2027-01-31. */
export interface Waivers {
  /** A failure that is borne is `waived`, and one whose waiver is over says so. What is not known is not borne: it stays inconclusive. */
  readonly judge: (verdict: Verdict) => Verdict;
  /** Of those whose check was tried: which waive nothing. */
  readonly unneeded: (verdicts: readonly Verdict[]) => readonly string[];
}

export const waiversOf = ({ waivers }: Pick<Blueprint, 'waivers'>, today: string): Waivers => {
  const all = waivers.map((waiver) => ({ waiver, fits: fitting(waiver.on ?? '*') }));
  const about = ({ id, subject }: Verdict): readonly Waiver[] => all.filter(({ waiver, fits }) => waiver.check === id && fits(subject)).map(({ waiver }) => waiver);
  return {
    judge: (verdict) => {
      if (!isBad(verdict)) return verdict;
      const found = about(verdict);
      const holding = found.find(({ until }) => until === undefined || until >= today);
      if (holding) {
        const { reason, until, origin } = holding;
        return { ...verdict, status: 'waived', waiver: { was: verdict.status, reason, ...(until !== undefined && { until }), origin } };
      }
      const [expired] = found;
      if (expired === undefined) return verdict;
      return { ...verdict, why: `${verdict.why ?? verdict.status}; its waiver expired on ${expired.until ?? ''} (line ${expired.origin.line})` };
    },
    unneeded: (verdicts) =>
      all.flatMap(({ waiver: { check, on, origin }, fits }) => {
        const tried = verdicts.filter(({ id }) => id === check);
        const own = tried.filter(({ subject }) => fits(subject));
        const place = `${origin.file}:${origin.line}`;
        if (tried.length > 0 && own.length === 0) return [`the waiver of ${check} on "${on ?? '*'}" waives nothing: the check is tried on nothing of that name  ${place}`];
        const passes = own.some(({ status }) => status === 'passed') && own.every(({ status }) => status === 'passed' || status === 'skipped');
        return passes ? [`the waiver of ${check}${on === undefined ? '' : ` on "${on}"`} is not needed: the check passes  ${place}`] : [];
      }),
  };
};

const isBad = (verdict: Verdict): verdict is Verdict & { readonly status: 'failed' | 'crashed' } => verdict.status === 'failed' || verdict.status === 'crashed';
