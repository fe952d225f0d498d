import type { Problem } from './problem.ts';
import type { Position } from './problem.ts';
import type { ApplyResult, Limit, VerdictStatus } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { Address } from './resource.ts';
import type { Topology } from './topology.ts';

export type { ApplyOutcome, ApplyResult, Limit, VerdictStatus } from './outcome.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low';


/** One request that a check made and what came back: no token, cookie, secret or password is ever in it. */
export interface Evidence {
  readonly request: string;
  readonly status?: number;
  readonly answer?: string;
  /** Calls the upstream recorded for this request; `undefined` when it cannot be observed. */
  readonly upstreamCalls?: number;
}

/** What one check found for one subject. */
export interface Verdict {
  /** `CLM-01` */
  readonly id: string;
  readonly group: string;
  readonly claim: string;
  readonly severity: Severity;
  /** RFC and section, ASVS, CVE. */
  readonly source: string;
  /** `kong orders.list`, `aws orders.list`, `keycloak storefront`. */
  readonly subject: string;
  readonly status: VerdictStatus;
  /** Why: the failed expectation, the missing fixture, the control's answer. */
  readonly why?: string;
  /** What to look at. */
  readonly hint?: string;
  /** What the pattern cannot do, as it was measured: the claim holds, and this is the price. */
  readonly limit?: string;
  /** Why a failure is borne, and until which day; `origin` is the line that says so. */
  readonly waiver?: { readonly was: 'failed' | 'crashed'; readonly reason: string; readonly until?: string; readonly origin: Position };
  readonly evidence: readonly Evidence[];
  /** The cell of the access matrix that it is about, where it is about one. */
  readonly cell?: AccessCell;
  /** The blueprint line it protects. */
  readonly origin?: Position;
}

/** Of a run that was about a part alone, what it did not try: nothing is known of that. */
export interface Part {
  /** `the apply of 2026-11-29 02:00:14Z (authctl history …)`: what it did not touch was left out. */
  readonly since: string;
  readonly verdicts: { readonly left: number; readonly of: number };
  /** By their ids, those that were tried on nothing. */
  readonly checks: { readonly left: readonly string[]; readonly of: number };
  /** By their names, those on which nothing was tried. */
  readonly subjects: { readonly left: readonly string[]; readonly of: number };
}

/** One caller on one route behind one gateway. */
export interface AccessCell {
  readonly gateway: string;
  /** `orders.list` */
  readonly route: string;
  /** `GET /orders` */
  readonly request: string;
  /** A persona, a service client, or `anonymous`. */
  readonly who: string;
  /** What the blueprint expects. */
  readonly allowed: boolean;
}

/** A server of the blueprint, as this run met it. */
export interface AboutTarget {
  /** `kong` */
  readonly name: string;
  /** As its makers call it. */
  readonly title: string;
  /** Without credentials. */
  readonly address: string;
  /** As it says itself; absent where it was not asked, or does not tell. */
  readonly version?: string;
  /** Nothing is written there. */
  readonly onlyLookedAt?: true;
}

/** Who ran this, when, and against what. */
export interface About {
  /** When it ended: `2026-11-29T12:00:03.000Z` */
  readonly at: string;
  /** The account of the machine: `jo`. */
  readonly by: string;
  readonly host: string;
  /** The version of this program. */
  readonly authctl: string;
  /** The blueprint's file. */
  readonly file: string;
  /** The overlay of `environments:` that was used. */
  readonly overlay?: string;
  readonly targets: readonly AboutTarget[];
}

/** One cell of the access matrix that fares differently once a plan is carried out. */
export interface AccessChange {
  readonly change: 'opens' | 'closes';
  /** A persona, a service client, or `anonymous`. */
  readonly who: string;
  readonly gateway: string;
  /** `orders.list` */
  readonly route: string;
  /** `GET /orders` */
  readonly request: string;
  /** Where the blueprint states what is expected of it. */
  readonly origin: Position;
  /** Objects that make it so, each alone or together with the others. */
  readonly by?: readonly Address[];
}
/** A request that somebody can make now with success, and that no cell of the matrix is about. */
export interface AccessGain {
  /** A name, several (`4 accounts`), or `anonymous`, which is everybody. */
  readonly who: string;
  readonly gateway: string;
  /** `GET /bd/orders` */
  readonly request: string;
  /** `orders.list`, or a service where no route of the blueprint is like it. */
  readonly reaches: string;
  /** The live object that lets them. */
  readonly by: Address;
  readonly origin: Position;
}
/** What a plan means for people: which cells it opens and closes. */
export interface Access {
  readonly changes: readonly AccessChange[];
  /** Nothing was open before. */
  readonly first: boolean;
  /** What is open beside the matrix, by what is live and the blueprint neither states nor accepts. */
  readonly gains?: readonly AccessGain[];
  /** What changes who may do what, and for which it was not worked out who and what. */
  readonly unknown?: readonly Address[];
  /** What could not be taken into account. */
  readonly note?: string;
  /** What must be put right before anything can be said: then nothing is. */
  readonly dependsOn?: string;
}

/** Who passes where, worked out from the blueprint and its policy: no server was asked. */
export interface WorkedOut {
  /** Who answered, as a sentence. */
  readonly source: string;
  /** What it comes to, in a line. */
  readonly words: string;
  readonly callers: readonly string[];
  /** Each of them with token, roles and scopes, in a line. */
  readonly who: readonly string[];
  /** A route behind the gateways where everybody fares the same; a cell for each caller, in their order. */
  readonly rows: readonly { readonly gateways: string; readonly route: string; readonly request: string; readonly cells: readonly WorkedOutCell[] }[];
}
export interface WorkedOutCell {
  readonly passes: boolean;
  /** What the blueprint expects. */
  readonly allowed: boolean;
  /** False when `expect` has no row for the caller. */
  readonly judged: boolean;
  /** Why it is refused, or what the policy says. */
  readonly why?: string;
  /** What is wrong, when `expect` and the rest do not agree. */
  readonly wrong?: string;
  /** Where the blueprint states what is expected of it. */
  readonly origin: Position;
}

/** The one value that every renderer and the exit code read. */
export interface Report<Data = unknown> {
  readonly command: string;
  readonly blueprint?: string;
  readonly plan?: Plan;
  readonly access?: Access;
  readonly applied?: readonly ApplyResult[];
  readonly verdicts?: readonly Verdict[];
  readonly worked?: WorkedOut;
  /** The verdicts are about a part alone. */
  readonly part?: Part;
  readonly problems: readonly Problem[];
  /** Whole text for commands whose result is a text (explain, graph, render). */
  readonly text?: string;
  /** The servers are not what the blueprint takes them for: what the plan means for people depends on these of the problems. */
  readonly unfounded?: readonly Problem[];
  /** What was asked, for programs, where the parts above do not say it. */
  readonly data?: Data;
  /** True when the answer is no: drift, a failed check, `plan --exit-code` with changes. */
  readonly negative?: boolean;
  readonly requests?: Readonly<Record<string, { readonly reads: number; readonly writes: number }>>;
  readonly seconds?: number;
  /** Who ran it, when, against which servers; of use cases that ask servers. */
  readonly about?: About;
  /** Callers, gateways, services, policy, issuer: what a page draws. */
  readonly topology?: Topology;
  /** What the servers that were read say they are: `{ kong: '3.9.1' }`. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly notes?: readonly string[];
  readonly limits?: readonly Limit[];
}

/** 0 done and as asked, 1 could not do it, 2 the answer is no, 3 a target out of reach so nothing is known, and nothing was written. */
export const exitCodeOf = (report: Report): 0 | 1 | 2 | 3 => {
  const written = report.applied?.some(({ outcome }) => outcome === 'done') === true;
  if (!written && report.problems.some(({ nature }) => nature === 'unreachable')) return 3;
  if (report.problems.length > 0 || report.applied?.some(({ outcome }) => outcome !== 'done')) return 1;
  return report.negative ? 2 : 0;
};
