import { randomUUID } from 'node:crypto';
import type { Decider } from './decider.ts';
import { invalidOption } from './error.ts';
import { readTarget } from './path.ts';
import type { TargetPath } from './path.ts';
import { questionOf } from './question.ts';
import type { Question, QuestionShape } from './question.ts';
import { badRequest, forbidden, unavailable } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { judgeHost } from './request.ts';
import type { ServiceRequest } from './request.ts';
import { createRouteTable } from './routes.ts';
import type { Match, RouteRule } from './routes.ts';
import type { Claims } from './token/claims.ts';
import { judgeDemands } from './verifier.ts';
import type { Verified, Verifier } from './verifier.ts';

export interface GuardOptions<Typed = Claims> {
  readonly verifier: Verifier<Typed>;
  /** Asked after the token, the scopes and the roles hold; public routes are asked too, without a token. */
  readonly decider?: Decider;
  /** The service's name in the blueprint: `input.route.service` of the policy. */
  readonly service: string;
  /** In which shape the decider is asked; authctl's own unless stated. */
  readonly question?: QuestionShape;
  /** Every route of the service. What is not declared is refused with 403. */
  readonly routes: readonly RouteRule[];
  /**
   * Looks up what the policy must know of the object that a request names, most of all whose it is: `input.object` of the policy. Called
   * when token, scopes and roles hold, before the decider is asked. `undefined`: there is no such object. A throw is an answer of 503.
   */
  readonly object?: (asked: ObjectQuestion<Typed>) => object | undefined | Promise<object | undefined>;
  /** Called once for each request that a guard judged. Holds no token. A throw is the caller's. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

/** The request whose object is looked up. */
export interface ObjectQuestion<Typed = Claims> {
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  /** Unset on a public route. */
  readonly identity?: Verified<Typed>;
}

/** What a request may do, for its handler. */
export interface Granted<Typed = Claims> {
  readonly ok: true;
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  /** Unset on a public route: a token there is not looked at. */
  readonly identity?: Verified<Typed>;
  /** The same in the log and on the answer of the policy. */
  readonly decisionId: string;
  /** What the policy said, whole: filters, obligations. Unset without a decider. */
  readonly result?: unknown;
}

/** Headers that go with the handler's answer, if any: what a client of bound tokens is told for its next proof (RFC 9449 section 8.2). */
export const headersWith = ({ identity }: Pick<Granted<unknown>, 'identity'>): { readonly 'dpop-nonce': string } | undefined =>
  identity?.nonce === undefined ? undefined : { 'dpop-nonce': identity.nonce };

/** One line of a decision log. */
export interface Verdict {
  readonly decisionId: string;
  readonly service: string;
  readonly method: string;
  /** Unset when no declared route was found. */
  readonly route?: string;
  readonly allowed: boolean;
  /** Status of the refusal. */
  readonly status?: number;
  readonly reason?: string;
  /** Of the bundle that decided. */
  readonly revision?: string;
  readonly subject?: string;
}

export interface Guard<Typed = Claims> {
  /** Judges a request. Rejects only when `onVerdict` throws. */
  readonly check: (request: ServiceRequest) => Promise<Granted<Typed> | Refusal>;
}

/**
 * Verifies and decides: a declared route, a good token, its scopes and roles, and a clear yes of the policy. Anything less is refused.
 */
export const createGuard = <Typed = Claims>(options: GuardOptions<Typed>): Guard<Typed> => {
  const { verifier, decider, service, onVerdict } = options;
  if (service === '') throw invalidOption('service must not be empty');
  const find = createRouteTable(options.routes);

  const judge = async (request: ServiceRequest, decisionId: string): Promise<Judged<Typed>> => {
    const path = readTarget(request.target);
    if (typeof path === 'string') return { answer: badRequest(path) };
    const homeless = judgeHost(request);
    if (homeless !== undefined) return { answer: badRequest(homeless) };
    const match = find(request.method, path);
    if (!match) return { answer: forbidden('no such route is declared') };
    const { rule, params } = match;
    let identity: Verified<Typed> | undefined;
    if (rule.public !== true) {
      const verified = await verifier.verify(request);
      if (!verified.ok) return { match, answer: verified };
      identity = verified;
      const refused = judgeDemands(identity, rule);
      if (refused) return { match, identity, answer: refused };
    }
    const granted: Granted<Typed> = { ok: true, route: rule.id, params, ...(identity && { identity }), decisionId };
    if (!decider) return { match, ...(identity && { identity }), answer: granted };
    // It reads roles and names as those of the one issuer, and its question does not say whose they are.
    if (identity?.further === true) return { match, identity, answer: forbidden('the policy knows nothing of this issuer') };
    let object: object | undefined;
    try {
      object = await options.object?.({ route: rule.id, params, ...(identity && { identity }) });
    } catch {
      // What it threw may hold what must not be logged.
      return { match, ...(identity && { identity }), answer: unavailable('the object of the request could not be looked up') };
    }
    const input = inputOf(options, request, path, match, { object, identity });
    if ('why' in input) return { match, ...(identity && { identity }), answer: forbidden(`${input.why}: the policy could not be asked`) };
    const { outcome, reason = outcome, revision, result } = decider.decide(input.text);
    const answer = outcome === 'allow' ? { ...granted, result } : outcome === 'deny' ? forbidden(reason) : unavailable(reason);
    return { match, ...(identity && { identity }), ...(revision !== undefined && { revision }), answer };
  };

  return {
    check: async (request) => {
      const decisionId = randomUUID();
      const { answer, match, identity, revision } = await judge(request, decisionId);
      if (!onVerdict) return answer;
      onVerdict({
        decisionId,
        service,
        method: request.method,
        ...(match && { route: match.rule.id }),
        allowed: answer.ok,
        ...(!answer.ok && { status: answer.status, reason: answer.reason }),
        ...(revision !== undefined && { revision }),
        ...(identity && { subject: subjectOf(identity) }),
      });
      return answer;
    },
  };
};

interface Judged<Typed> {
  readonly answer: Granted<Typed> | Refusal;
  readonly match?: Match;
  readonly identity?: Verified<Typed>;
  readonly revision?: string;
}

const subjectOf = ({ payload }: Verified<unknown>): string => (JSON.parse(payload) as Claims).sub;

/** The policy's input, in the shape that the gateway's OPA plugin sends, so that one policy serves both; `source` is `service`. */
const inputOf = (
  { service, question }: Pick<GuardOptions<never>, 'service' | 'question'>,
  request: ServiceRequest,
  { path, query }: TargetPath,
  { rule, params }: Match,
  { object, identity }: { readonly object: object | undefined; readonly identity: Pick<Verified, 'payload' | 'token'> | undefined },
): Question =>
  questionOf(
    {
      method: request.method,
      path,
      query,
      authority: request.headers.get('host')?.[0] ?? '',
      scheme: request.scheme,
      clientIp: request.clientIp ?? '',
      headers: request.headers,
      route: { service, id: rule.id, params },
      object,
      source: 'service',
      payload: identity?.payload,
      token: identity?.token,
    },
    question,
  );
