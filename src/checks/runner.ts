import { isOnlyLookedAt, lookedAtText, onlyLookedAt } from '../blueprint/looking.ts';
import { inParallel } from '../core/apply.ts';
import { listedFor, matchText } from '../access/index.ts';
import { groupBy } from '../core/collections.ts';
import { problemsOf } from '../core/problem.ts';
import type { VerifyEvent } from '../core/events.ts';
import type { Evidence, Verdict, VerdictStatus } from '../core/report.ts';
import type { LeftOut } from './concern.ts';
import type { Check, Later, Outcome, RouteSubject, Subject } from './contract.ts';
import { isRead, isRouteSubject } from './contract.ts';
import { NotGiven, missingToken } from './kit/given.ts';
import { NobodyPasses, knownAnswer } from './kit/index.ts';
import { NotSent } from './kit/writes.ts';
import type { Kit } from './kit/index.ts';
import { partsOf } from './kit/jws.ts';
import { gotThrough, statusText } from './kit/through.ts';
import { BudgetSpent, Interrupted } from './kit/network.ts';
import { protectedReads } from './refuses.ts';

const PARALLEL_SUBJECTS = 4;

interface Bounds {
  /** What is not tried, because it is not what was asked for: it is skipped by name, with the reason. */
  readonly left?: LeftOut;
  /** What the blueprint bears of a verdict. */
  readonly judge?: (verdict: Verdict) => Verdict;
  /** How many requests were not sent because no more may be. */
  readonly refused?: () => number;
}

/**
 * Runs the checks group by group. On a route a control comes first and last: a good token must pass, or every verdict of that group on
 * that route is inconclusive, because an outage would pass for a refusal. A stand-in must besides refuse a broken signature.
 */
export const runChecks = async (
  checks: readonly Check[],
  kit: Kit,
  events: (event: VerifyEvent) => void,
  { judge = (verdict) => verdict, refused = () => 0, left }: Bounds = {},
): Promise<readonly Verdict[]> => {
  const verdicts: Verdict[] = [];
  const planned = checks.map((check) => {
    const all = subjectsOf(check, kit);
    const leftOut = left === undefined ? [] : all.filter(left.is);
    return { check, subjects: leftOut.length === 0 ? all : all.filter((subject) => !leftOut.includes(subject)), leftOut };
  });
  const total = planned.reduce((sum, { subjects }) => sum + subjects.length, 0);
  let done = 0;
  for (const [group, members] of groupBy(planned, ({ check }) => groupOf(check.id))) {
    const begun = performance.now();
    const work = members.flatMap(({ check, subjects }) => subjects.map((subject) => ({ check, subject })));
    const empty = members.flatMap(({ check, subjects, leftOut }) => (subjects.length + leftOut.length === 0 ? [check] : []));
    const found: Verdict[] = members.flatMap(({ check, leftOut }) => leftOut.map((subject) => verdictOf(check, subject, skipped(left?.why ?? ''))));
    found.push(...empty.map((check) => verdictOf(check, nothing(kit), skipped('the blueprint has nothing it is about'))));
    const byPlace = [...groupBy(work, ({ subject }) => placeOf(subject)).values()];
    const size = { group, checks: members.length, subjects: new Set(work.map(({ subject }) => subject.name)).size };
    events({ type: 'verify.group.started', ...size, done, total });
    await inParallel(byPlace, PARALLEL_SUBJECTS, async (pairs) => {
      found.push(...(await runAt(pairs, kit, refused)).map(judge));
    });
    verdicts.push(...found);
    done += work.length;
    events({ type: 'verify.group.finished', ...size, verdicts: countOf(found), milliseconds: Math.round(performance.now() - begun) });
  }
  return verdicts;
};

/** What a check waits for is begun before anything else on its subject: the clock runs beside the other checks. */
const beginEarly = ({ check, subject }: { readonly check: Check; readonly subject: Subject }, kit: Kit): void => {
  const route = isRouteSubject(subject) ? subject : undefined;
  const may = check.needs?.every((need) => kit.has(need, route)) !== false && !(check.demandsOurs && isOnlyLookedAt(kit.blueprint, check.demandsOurs));
  // How it ended is told by the check itself, which awaits the same.
  if (may) check.begin?.(subject, kit).catch(() => undefined);
};

const countOf = (verdicts: readonly Verdict[]): Readonly<Record<VerdictStatus, number>> => {
  const count: Record<VerdictStatus, number> = { passed: 0, failed: 0, crashed: 0, inconclusive: 0, waived: 0, skipped: 0 };
  for (const { status } of verdicts) count[status] += 1;
  return count;
};

/** A route behind sessions is a subject of the checks that do not send a token. */
export const subjectsOf = ({ credential, readsConfiguration, subjects }: Check, { blueprint }: Pick<Kit, 'blueprint'>): readonly Subject[] =>
  subjects(blueprint).filter(
    (subject) => credential === 'any' || readsConfiguration === true || !isRouteSubject(subject) || !subject.service.authentication.session,
  );

/** Where a subject is tried: what is tried on one route, by whomever, shares the control. */
const placeOf = (subject: Subject): string => (isRouteSubject(subject) ? `${subject.gateway} ${subject.service.id}.${subject.route.id} ${subject.route.nth ?? 0}` : subject.name);

const runAt = async (
  pairs: readonly { readonly check: Check; readonly subject: Subject }[],
  kit: Kit,
  refused: () => number,
): Promise<readonly Verdict[]> => {
  const subject = pairs[0]?.subject;
  if (subject === undefined) return [];
  const route = isRouteSubject(subject) ? subject : undefined;
  // The POS group is the control itself, and a public route has no token to control with.
  const controlled = route !== undefined && !route.route.public && !pairs.every(({ check }) => groupOf(check.id) === 'POS');
  const before = controlled ? await (await control(route, kit, 'before'))() : undefined;
  if (before === undefined) for (const pair of pairs) beginEarly(pair, kit);
  let forging = false;
  const keyHolds = once(async () => {
    const lost = route ? await harnessControl(route, kit) : undefined;
    forging = lost === undefined;
    return lost;
  });
  const said: { readonly check: Check; readonly own: Subject; readonly outcome: Later }[] = [];
  // How it ended is told to whoever asks in the end.
  const askNow = (): void => { for (const { outcome } of said) outcome().catch(() => undefined); };
  for (const { check, subject: own } of pairs) {
    const unsent = refused();
    // What it was not let do is nothing that it has shown.
    const known = (outcome: Outcome): Outcome => (outcome.status === 'passed' && refused() > unsent ? notRun : outcome);
    if (unsent > 0 && !check.readsConfiguration) said.push({ check, own, outcome: () => Promise.resolve(notRun) });
    else {
      const later = await andMeanwhile(runOne(check, { own, route, kit, broken: before, keyHolds }), askNow);
      said.push({ check, own, outcome: once(async () => known(await later())) });
    }
  }
  const after = controlled && before === undefined ? await control(route, kit, 'after') : () => Promise.resolve(undefined);
  const keyAfter = forging && route ? harnessControl(route, kit).catch((thrown: unknown) => notTried(thrown)) : undefined;
  const [lost, lostKey, ...outcomes] = await Promise.all([after(), keyAfter, ...said.map(({ outcome }) => outcome())]);
  return said.map(({ check, own }, at) => {
    const outcome = outcomes[at] ?? notRun;
    if (outcome.status !== 'passed') return verdictOf(check, own, inFull(outcome, kit));
    if (lost) return verdictOf(check, own, inconclusive(lost.unsent ? lost.why : 'a good token no longer passes after this group', lost));
    return verdictOf(check, own, lostKey && needsKey(check, route, kit) ? inconclusive(lostKey.why, lostKey) : outcome);
  });
};

/** It shows tokens that the harness key has signed: that this key is still taken is seen before the first and after the last of them on a route. */
const needsKey = ({ needs }: Check, route: RouteSubject | undefined, kit: Kit): boolean => route !== undefined && kit.harness !== undefined && needs?.includes('issuer-key') === true;

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let begun: Promise<T> | undefined;
  return () => (begun ??= work());
};

/** A recorder forgets after a minute: what has been sent is asked about while a check takes long. */
const LONG_MS = 5000;
const andMeanwhile = async <T>(work: Promise<T>, then: () => void): Promise<T> => {
  const timer = setTimeout(then, LONG_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
};

interface Place {
  readonly own: Subject;
  readonly route: RouteSubject | undefined;
  readonly kit: Kit;
  readonly broken: Control | undefined;
  readonly keyHolds: () => Promise<Control | undefined>;
}

const runOne = async (check: Check, { own, route, kit, broken, keyHolds }: Place): Promise<Later> => {
  const now = (outcome: Outcome): Later => () => Promise.resolve(outcome);
  const missing = check.needs?.find((need) => !kit.has(need, route));
  if (missing !== undefined) return now(skipped(missing));
  if (check.demandsOurs && isOnlyLookedAt(kit.blueprint, check.demandsOurs)) return now(skipped(lookedAtText([check.demandsOurs])));
  if (broken && !check.readsConfiguration) return now(broken.untried ? skipped(broken.why) : inconclusive(broken.why, broken));
  try {
    const untrusted = needsKey(check, route, kit) ? await keyHolds() : undefined;
    if (untrusted) return now(inconclusive(untrusted.why, untrusted));
    const said = await check.run(own, kit);
    return typeof said === 'function' ? () => said().catch((thrown: unknown) => endedBy(thrown, kit)) : now(said);
  } catch (thrown) {
    return now(endedBy(thrown, kit));
  }
};

/** What a check comes to that could not go on. */
const endedBy = (thrown: unknown, kit: Kit): Outcome => {
  // A route that is closed to everybody has no good token to make bad ones of.
  if (thrown instanceof NobodyPasses) return skipped('nobody is expected to pass there');
  if (thrown instanceof NotSent) return skipped(thrown.need);
  if (thrown instanceof NotGiven) return skipped(thrown.message);
  if (thrown instanceof Interrupted) return skipped('interrupted');
  if (thrown instanceof BudgetSpent) return notRun;
  const problems = problemsOf(thrown);
  if (problems === undefined) throw thrown;
  // It would have written.
  if (problems.every(({ code }) => code === 'TARGET_ONLY_LOOKED_AT')) return skipped(lookedAtText(onlyLookedAt(kit.blueprint)));
  return { status: 'inconclusive', why: problems.map(({ message }) => message).join('; '), evidence: [] };
};

/** A control that did not hold. */
interface Control {
  readonly why: string;
  readonly evidence: readonly Evidence[];
  /** Nothing was tried, because an issuer that is not ours gave nothing to try. */
  readonly untried?: true;
  /** It was not sent, for no more requests may be: nothing is known. */
  readonly unsent?: true;
}

/** Where a good request may be tried: here, or where nobody may pass or a control would write, on a read beside it at the same gateway. */
const controlRoute = (subject: RouteSubject, kit: Kit): RouteSubject | undefined => {
  const passable = (route: RouteSubject): boolean => kit.whoPasses(route) !== undefined && (isRead(route) || kit.mayWrite(route));
  if (passable(subject)) return subject;
  const reads = protectedReads(kit.blueprint).filter((route) => route.gateway === subject.gateway && passable(route));
  return reads.find(({ service }) => service.id === subject.service.id) ?? reads[0];
};

/** Of everybody who may pass a read at this gateway, why there is no token: none where somebody's is there, or nobody may. */
const missingFor = ({ gateway }: RouteSubject, { blueprint }: Kit): readonly string[] => {
  const who = new Set(protectedReads(blueprint).flatMap((read) => (read.gateway === gateway ? listedFor(blueprint, read.route) : [])));
  return [...who].flatMap((one) => missingToken(blueprint, one) ?? []);
};

/** A control that was sent: what it comes to is said when it is asked for, together with what the checks ask for. */
type Controlled = () => Promise<Control | undefined>;

const control = async (subject: RouteSubject, kit: Kit, place: 'before' | 'after'): Promise<Controlled> => {
  const now = (lost: Control): Controlled => () => Promise.resolve(lost);
  const target = controlRoute(subject, kit);
  const missing = target ? [] : missingFor(subject, kit);
  if (missing.length > 0) return now({ why: missing.join('; '), evidence: [], untried: true });
  if (!target) return now({ why: `no good request can be tried at ${subject.gateway}: nobody in expect may pass a read there`, evidence: [] });
  try {
    const sent = await goodTokenAt(target, kit, place);
    return () => sent().catch(notTried);
  } catch (thrown) {
    return now(notTried(thrown));
  }
};

const notTried = (thrown: unknown): Control => {
  if (thrown instanceof BudgetSpent) return { why: NOT_RUN, evidence: [], unsent: true };
  if (thrown instanceof Interrupted) return { why: 'interrupted before a good token was tried', evidence: [] };
  if (thrown instanceof NotGiven) return { why: thrown.message, evidence: [], untried: true };
  const problems = problemsOf(thrown);
  if (problems === undefined) throw thrown;
  return { why: problems.map(({ message }) => message).join('; '), evidence: [] };
};

/** The routes where the recorder has last been seen to see what arrives. */
const seenAt = new WeakMap<Kit, Set<string>>();

/**
 * A recorder that saw the good token after the last group is not asked again before the next one, whose end asks it: in between nothing is
 * passed that the end does not bear out.
 */
const goodTokenAt = async (target: RouteSubject, kit: Kit, place: 'before' | 'after'): Promise<Controlled> => {
  const seen = seenAt.get(kit) ?? new Set<string>();
  seenAt.set(kit, seen);
  const attack = { label: 'a good token', token: (await kit.good(target)).reveal() };
  const unwatched = place === 'before' && seen.has(target.name) ? await kit.call(target, { ...attack, unwatched: true }) : undefined;
  const answers = unwatched && gotThrough(unwatched) ? () => Promise.resolve([unwatched]) : await kit.sendAll(target, [attack]);
  return async () => {
    const answer = knownAnswer((await answers())[0]);
    if (place === 'after') seen.delete(target.name);
    if (!gotThrough(answer))
      return { why: `a good token must pass before this can be judged, and it got ${statusText(answer)}`, evidence: [answer.evidence] };
    // A recorder that misses what must arrive proves nothing by what it misses.
    if (answer.upstream?.length === 0)
      return { why: `a good token got ${answer.status}, and the recorder of ${target.service.id} saw no call`, evidence: [answer.evidence] };
    if (place === 'after') seen.add(target.name);
    return answer.headers['x-authctl-stand-in'] === undefined ? undefined : standInControl(target.gateway, kit);
  };
};

const standIns = new WeakMap<Kit, Map<string, Promise<Control | undefined>>>();

/**
 * A stand-in must refuse a broken signature somewhere, or nothing it says counts. Asked once per gateway: a single route that lets
 * one through is not a stand-in that cannot verify, it is a finding.
 */
const standInControl = (gateway: RouteSubject['gateway'], kit: Kit): Promise<Control | undefined> => {
  const known = standIns.get(kit) ?? new Map<string, Promise<Control | undefined>>();
  standIns.set(kit, known);
  const asked = known.get(gateway) ?? refusesBrokenSignatures(gateway, kit);
  known.set(gateway, asked);
  return asked;
};

const refusesBrokenSignatures = async (gateway: RouteSubject['gateway'], kit: Kit): Promise<Control | undefined> => {
  const evidence: Evidence[] = [];
  for (const subject of protectedReads(kit.blueprint).filter((route) => route.gateway === gateway && kit.whoPasses(route) !== undefined)) {
    try {
      const broken = brokenCredential((await kit.good(subject)).reveal(), subject.service.authentication.session !== undefined);
      const answer = await kit.call(subject, { label: 'a broken signature', token: broken });
      if (answer.status === 401) return undefined;
      evidence.push(answer.evidence);
    } catch (thrown) {
      // Somebody who cannot sign in is no proof of anything, and costs nobody else a verdict.
      if (problemsOf(thrown) === undefined) throw thrown;
    }
  }
  return { why: `the ${gateway} stand-in lets broken signatures through: nothing it says counts`, evidence };
};

/** A token with another signature; of a session's cookie, whatever its form, another beginning. */
const brokenCredential = (good: string, isSession: boolean): string => {
  const flipped = (text: string): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
  if (isSession) return flipped(good);
  const [header, payload, signature] = partsOf(good).segments;
  return `${header}.${payload}.${flipped(signature)}`;
};

const harnessControl = async (subject: RouteSubject, kit: Kit): Promise<Control | undefined> => {
  if (!kit.harness) return undefined;
  // On a read where no write may be sent: it is the key that is tried.
  const target = isRead(subject) || kit.mayWrite(subject) ? subject : (controlRoute(subject, kit) ?? subject);
  const token = kit.harness.forge((await kit.good(target)).reveal(), {});
  const answer = await kit.call(target, { label: 'a good token', token, unwatched: true, valid: true });
  return gotThrough(answer)
    ? undefined
    : { why: `a good token signed by the harness key must pass, and it got ${statusText(answer)}`, evidence: [answer.evidence] };
};

/** Why nobody can bring what is missing: nothing is made on a target that is only looked at. */
const inFull = (outcome: Outcome, { blueprint }: Kit): Outcome => {
  if (outcome.status === 'skipped' && blueprint.foreign && (outcome.why === 'issuer-key' || outcome.why === 'realm')) return { ...outcome, why: `${outcome.why}: the issuer is not ours` };
  if (outcome.status !== 'skipped' || (outcome.why !== 'issuer-key' && outcome.why !== 'disruptive')) return outcome;
  const looked = onlyLookedAt(blueprint);
  return looked.length === 0 ? outcome : { ...outcome, why: `${outcome.why}: ${lookedAtText(looked)}` };
};

const NOT_RUN = 'not run: as many requests were sent as --budget allows';
/** Nothing is known, and nobody is to take it for a yes. */
const notRun: Outcome = { status: 'inconclusive', why: NOT_RUN, evidence: [] };

const groupOf = (id: string): string => id.slice(0, id.lastIndexOf('-'));
const nothing = (kit: Kit): Subject => ({ name: kit.blueprint.name, origin: kit.blueprint.at('name') });
const skipped = (why: string): Outcome => ({ status: 'skipped', why, evidence: [] });
const inconclusive = (why: string, { evidence }: Control): Outcome => ({ status: 'inconclusive', why, evidence });

const verdictOf = (check: Check, subject: Subject, outcome: Outcome): Verdict => ({
  id: check.id,
  group: groupOf(check.id),
  claim: check.claim,
  severity: check.severity,
  source: check.source,
  subject: subject.name,
  origin: subject.origin,
  ...cellOf(subject),
  ...outcome,
});

const cellOf = (subject: Subject): Pick<Verdict, 'cell'> => {
  if (!isRouteSubject(subject) || subject.cell === undefined) return {};
  const { gateway, service, route, cell } = subject;
  return { cell: { gateway, route: `${service.id}.${route.id}`, request: matchText(route), ...cell } };
};
