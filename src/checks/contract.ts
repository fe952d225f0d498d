import type { Blueprint, Gateway, Route, Service } from '../blueprint/types.ts';
import type { Position } from '../core/problem.ts';
import type { Evidence, Severity, VerdictStatus } from '../core/report.ts';
import type { Kit } from './kit/index.ts';

/** One route behind one gateway: what most attacks are aimed at. */
export interface RouteSubject {
  readonly gateway: Gateway;
  readonly service: Service;
  readonly route: Route;
  /** `kong orders.list` */
  readonly name: string;
  readonly origin: Position;
}
/** Anything else a claim is about: a client, a realm, a whole gateway. */
export interface PlainSubject {
  readonly name: string;
  readonly origin: Position;
}
export type Subject = RouteSubject | PlainSubject;

/**
 * A fixture a check cannot do without; when it is missing the verdict is `skipped: <need>`, never passed.
 * `issuer-key`: the harness holds a key the issuer publishes (only where writing is allowed). `disruptive`: the check writes.
 * `store`: the session store can be looked into. `second-node`: another gateway node is stated.
 * `upstream`: the upstream can be observed. `second-audience`: the blueprint has another service with its own audience.
 */
export type Need = 'issuer-key' | 'disruptive' | 'upstream' | 'second-audience' | 'cookie' | 'kong' | 'aws' | 'opa' | 'persona' | 'service-client' | 'origins'
  | 'store' | 'second-node';

export interface Outcome {
  readonly status: VerdictStatus;
  readonly why?: string;
  readonly hint?: string;
  /** What the pattern cannot do, as it was measured here: no failure, and said in the report. */
  readonly limit?: string;
  readonly evidence: readonly Evidence[];
}

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
  /** What it is tried on; none means that the blueprint has nothing the claim is about. */
  readonly subjects: (blueprint: Blueprint) => readonly S[];
  readonly run: (subject: S, kit: Kit) => Promise<Outcome>;
}

export const isRouteSubject = (subject: Subject): subject is RouteSubject => 'route' in subject;

/** Lets a check's subjects name the type that its function gets; in the catalogue all checks are one type. */
export const defineCheck = <S extends Subject>(check: Check<S>): Check => check as unknown as Check;
