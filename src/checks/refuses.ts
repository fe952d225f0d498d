import { baseOf, decides, isPrefix, matchText } from '../access/index.ts';
import { isOnlyLookedAt } from '../blueprint/looking.ts';
import type { Blueprint, Gateway } from '../blueprint/types.ts';
import { Problem } from '../core/problem.ts';
import type { Evidence, Severity } from '../core/report.ts';
import { defineCheck, isRead } from './contract.ts';
import type { Check, Need, Outcome, PlainSubject, RouteSubject } from './contract.ts';
import type { Answer, Attack, Kit } from './kit/index.ts';
import { gotThrough, isRefusalOfUpstream, statusText, wantsOtherProtocol } from './kit/through.ts';
import { NotSent } from './kit/writes.ts';

export interface Refusal {
  readonly id: string;
  readonly claim: string;
  readonly severity: Severity;
  readonly source: string;
  readonly needs?: readonly Need[];
  readonly credential?: 'any';
  readonly subjects?: (blueprint: Blueprint) => readonly RouteSubject[];
  /** Every one of them must be refused. */
  readonly attacks: (kit: Kit, subject: RouteSubject) => Promise<readonly Attack[]> | readonly Attack[];
  /** What must be let through first, where the refusals would mean nothing without it: their like, but for what they are refused for. */
  readonly control?: (kit: Kit, subject: RouteSubject) => Promise<Attack | undefined>;
  /** Accepted statuses; 401 unless said. */
  readonly status?: readonly number[] | ((kit: Kit) => readonly number[]);
  /** What `WWW-Authenticate` must say at a gateway whose answers are ours: a Kong that is managed. AWS documents little of it, and guards of others refuse in their own words. */
  readonly challenge?: 'none' | 'invalid_token' | 'insufficient_scope' | 'invalid_dpop_proof' | 'use_dpop_nonce' | 'insufficient_user_authentication';
  /** Longest answer, milliseconds. */
  readonly within?: number;
  readonly hint?: string;
}

/** A claim of the commonest form: these requests are refused, with this status, and the upstream sees none of them. */
export const refuses = (refusal: Refusal): Check =>
  defineCheck<RouteSubject>({
  id: refusal.id,
  claim: refusal.claim,
  severity: refusal.severity,
  source: refusal.source,
  ...(refusal.needs && { needs: refusal.needs }),
  ...(refusal.credential && { credential: refusal.credential }),
  subjects: refusal.subjects ?? protectedReads,
  run: async (subject, kit) => {
    const attacks = await refusal.attacks(kit, subject);
    if (attacks.length === 0) return { status: 'skipped', why: 'no variant applies here', evidence: [] };
    const control = await refusal.control?.(kit, subject);
    if (control) {
      const answer = await kit.call(subject, control);
      if (!gotThrough(answer)) return { status: 'inconclusive', why: `${control.label} must pass first, and got ${statusText(answer)}`, evidence: [answer.evidence] };
    }
    const answers = await kit.sendAll(subject, attacks);
    return async () => judgeAll(refusal, { subject, kit, attacks, answers: await answers() });
  },
});

interface Answered {
  readonly subject: RouteSubject;
  readonly kit: Kit;
  readonly attacks: readonly Attack[];
  readonly answers: Awaited<ReturnType<Kit['callAll']>>;
}

const judgeAll = async (refusal: Refusal, { subject, kit, attacks, answers }: Answered): Promise<Outcome> => {
  const evidence: Evidence[] = [];
  const bad: Outcome[] = [];
  let unknown: string | undefined;
  let unsent: string | undefined;
  for (const [at, answer] of answers.entries()) {
    if (answer instanceof NotSent) {
      unsent ??= answer.need;
      continue;
    }
    if (answer instanceof Problem) {
      // What another attack has shown stays shown.
      unknown ??= answer.message;
      continue;
    }
    evidence.push(answer.evidence);
    const [attack] = attacks.slice(at);
    // What was sent by another protocol on purpose is refused for that.
    const other = attack?.by === undefined ? wantsOtherProtocol(answer) : undefined;
    if (other !== undefined) {
      unsent ??= other;
      continue;
    }
    const verdict = judge(refusal, {
      expected: typeof refusal.status === 'function' ? refusal.status(kit) : (refusal.status ?? [401]),
      answer: attack ? await quickest(refusal, answer, () => kit.call(subject, attack)) : answer,
      ours: subject.gateway === 'kong' && !isOnlyLookedAt(kit.blueprint, 'kong'),
      alone: attack?.around !== true && decides(kit.blueprint, subject.gateway, subject.route).verify.every((party) => party === 'gateway'),
    });
    if (verdict) bad.push(verdict);
  }
  const worst = bad.find(({ status }) => status === 'failed') ?? bad[0];
  if (worst) return { ...worst, evidence: bad.flatMap((verdict) => verdict.evidence), ...(refusal.hint && { hint: refusal.hint }) };
  if (unknown === undefined && unsent !== undefined) return { status: 'skipped', why: unsent, evidence };
  return unknown === undefined ? { status: 'passed', evidence } : { status: 'inconclusive', why: unknown, evidence };
};

/** A machine that is busy is slow once; work that an attack makes is there each time. */
const quickest = async ({ within = Infinity }: Refusal, answer: Answer, again: () => Promise<Answer>): Promise<Answer> => {
  let best = answer;
  for (let more = 2; more > 0 && best.status !== 0 && best.milliseconds > within; more -= 1) {
    const next = await again();
    if (next.milliseconds < best.milliseconds || next.status !== best.status) best = next;
  }
  return best;
};

interface Judged {
  readonly expected: readonly number[];
  readonly answer: Answer;
  /** It is the blueprint's guards that answer. */
  readonly ours: boolean;
  /** Nobody but the gateway is to refuse it, and no service is to see it. */
  readonly alone: boolean;
}

const judge = (refusal: Refusal, { expected, answer, ours, alone }: Judged): Outcome | undefined => {
  const verdict = (status: 'failed' | 'crashed', why: string): Outcome => ({ status, why, evidence: [answer.evidence] });
  if (answer.upstream && answer.upstream.length > 0) return verdict('failed', 'the request reached the upstream');
  if (answer.status >= 500 && !expected.includes(answer.status)) return verdict('crashed', `a ${answer.status} is a crash, not a refusal`);
  if (answer.status === 0) return verdict('crashed', `no answer: ${answer.failure ?? 'the connection ended'}`);
  if (!expected.includes(answer.status)) return verdict('failed', `expected ${expected.join(' or ')}, got ${answer.status}`);
  if (alone && isRefusalOfUpstream(answer)) return verdict('failed', `the request reached the upstream, which answered ${answer.status} itself`);
  if (refusal.within !== undefined && answer.milliseconds > refusal.within)
    return verdict('failed', `refused after ${Math.round(answer.milliseconds)} ms, more than ${refusal.within} ms`);
  if (refusal.challenge && ours && (answer.status === 401 || answer.status === 403)) {
    const said = answer.headers['www-authenticate'] ?? '';
    const error = /error="?([\w-]+)/.exec(said)?.[1];
    const wanted = refusal.challenge === 'none' ? undefined : refusal.challenge;
    if (!/^(Bearer|DPoP)\b/i.test(said) || error !== wanted)
      return verdict('failed', `WWW-Authenticate says ${said === '' ? 'nothing' : said}, expected Bearer${wanted ? ` error="${wanted}"` : ' without an error'}`);
  }
  return undefined;
};

const routeSubjects = (blueprint: Blueprint, wanted: (subject: RouteSubject) => boolean): readonly RouteSubject[] =>
  Object.values(blueprint.services).flatMap((service) =>
    service.gateways.flatMap((gateway) =>
      service.routes
        .filter((route) => route.gateways.includes(gateway))
        .map((route) => ({ gateway, service, route, name: `${gateway} ${service.id}.${route.id}${(route.nth ?? 0) > 0 ? ` (${matchText(route)})` : ''}`, origin: route.at }))
        .filter(wanted),
    ),
  );

/** Protected routes that only read: bad credentials that pass by mistake change nothing there. */
export const protectedReads = (blueprint: Blueprint): readonly RouteSubject[] =>
  routeSubjects(blueprint, (subject) => !subject.route.public && isRead(subject));
/** Every protected route, writes too: for requests that carry no valid credential. */
export const protectedRoutes = (blueprint: Blueprint): readonly RouteSubject[] => routeSubjects(blueprint, ({ route }) => !route.public);
export const publicRoutes = (blueprint: Blueprint): readonly RouteSubject[] => routeSubjects(blueprint, ({ route }) => route.public);
export const allRoutes = (blueprint: Blueprint): readonly RouteSubject[] => routeSubjects(blueprint, () => true);
/** Whether a path, however it is written, may belong to a prefix that the blueprint has opened to everybody: then nobody refuses it. */
export const isOpen = (blueprint: Blueprint, gateway: Gateway, path: string): boolean =>
  publicRoutes(blueprint).some((one) => one.gateway === gateway && isPrefix(one.route.path) && path.replace(/\/+/g, '/').startsWith(baseOf(one.route.path)));
/** One protected read per service and gateway: for claims about the gateway's plumbing, not about each route. */
export const oneReadPerService = (blueprint: Blueprint): readonly RouteSubject[] => {
  const seen = new Set<string>();
  return protectedReads(blueprint).filter(({ gateway, service }) => {
    const key = `${gateway} ${service.id}`;
    return !seen.has(key) && seen.add(key);
  });
};
/** Where Kong's proxy is asked. */
export const baseOfKong = ({ targets }: Pick<Blueprint, 'targets'>): string => (targets.kong?.proxy.url ?? '').replace(/\/$/, '');
/** Whoever issues tokens, as one subject. */
export const theIssuer = (blueprint: Blueprint): readonly PlainSubject[] => [{ name: blueprint.foreign ? `issuer ${blueprint.issuer}` : `keycloak ${blueprint.realm.name}`, origin: blueprint.at('realm') }];

export const behindKong =
  (subjects: (blueprint: Blueprint) => readonly RouteSubject[]) =>
  (blueprint: Blueprint): readonly RouteSubject[] =>
    subjects(blueprint).filter(({ gateway }) => gateway === 'kong');
export const behindAws =
  (subjects: (blueprint: Blueprint) => readonly RouteSubject[]) =>
  (blueprint: Blueprint): readonly RouteSubject[] =>
    subjects(blueprint).filter(({ gateway }) => gateway === 'aws');
