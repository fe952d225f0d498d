import type { Blueprint } from '../blueprint/types.ts';
import type { Position } from '../core/problem.ts';
import type { Evidence, Severity, VerdictStatus } from '../core/report.ts';
import type { Kit } from './kit/index.ts';
import type { Need, Subject } from './subject.ts';

export { isRead, isRouteSubject } from './subject.ts';
export type { Need, PlainSubject, RouteSubject, Subject } from './subject.ts';

export interface Outcome {
  readonly status: VerdictStatus;
  readonly why?: string;
  readonly hint?: string;
  /** What the pattern cannot do, as it was measured here: no failure, and said in the report. */
  readonly limit?: string;
  /** A closer line of the blueprint than the subject's, once it is known what is wrong. */
  readonly origin?: Position;
  readonly evidence: readonly Evidence[];
}

/** What a check says when it is asked, once everything has been sent: so the upstream is asked once for many checks. */
export type Later = () => Promise<Outcome>;

/** One claim about behaviour, as data around one function. */
export interface Check<S extends Subject = Subject> {
  /** `SIG-03`; the part before the dash is its group. */
  readonly id: string;
  readonly claim: string;
  readonly severity: Severity;
  readonly source: string;
  readonly needs?: readonly Need[];
  /**
   * `any`: it works with whatever a client of the route holds, a session's cookie too. Without it the check is about tokens that clients send,
   * and a route behind sessions is not its subject: no token is taken from a client there (SES-22).
   */
  readonly credential?: 'any';
  /** It reads the live configuration and sends no request to a route: no control is needed to judge it. */
  readonly readsConfiguration?: boolean;
  /** It looks for objects of our making at this target: where it is only looked at there are none, and what guards there is attacked all the same. */
  readonly demandsOurs?: 'kong';
  /** What it is tried on; none means that the blueprint has nothing the claim is about. */
  readonly subjects: (blueprint: Blueprint) => readonly S[];
  readonly run: (subject: S, kit: Kit) => Promise<Outcome | Later>;
  /** What it waits for, begun once a good token has passed on its subject; `run` awaits the same. */
  readonly begin?: (subject: S, kit: Kit) => Promise<unknown>;
}

/** Lets a check's subjects name the type that its function gets; in the catalogue all checks are one type. */
export const defineCheck = <S extends Subject>(check: Check<S>): Check => check as unknown as Check;

/** Runs a check that stands alone to its end. */
export const outcomeOf = async (check: Check, subject: Subject, kit: Kit): Promise<Outcome> => {
  const said = await check.run(subject, kit);
  return typeof said === 'function' ? said() : said;
};
