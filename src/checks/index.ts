import type { Blueprint } from '../blueprint/types.ts';
import { dayOf } from '../core/accept.ts';
import type { VerifyEvent } from '../core/events.ts';
import { Problems, problemsOf, unreachable } from '../core/problem.ts';
import type { Problem } from '../core/problem.ts';
import { versionsOf } from '../core/provider.ts';
import type { Provider } from '../core/provider.ts';
import type { Part, Report, Verdict } from '../core/report.ts';
import { checks as catalogue } from './catalogue.ts';
import { limitsOf } from '../patterns/limits.ts';
import { leftOutBy } from './concern.ts';
import type { ChangedPart } from './concern.ts';
import type { Check } from './contract.ts';
import { createFixtures, fixtureText, sweep } from './kit/fixtures/index.ts';
import type { Journal, Swept } from './kit/fixtures/index.ts';
import { forgetKeysAtStandIn, publishHarness } from './kit/issuer-key.ts';
import { createKit, takesTokensOfOurMaking } from './kit/index.ts';
import { createSender } from './kit/http.ts';
import type { Send } from './kit/http.ts';
import { lookingOnly } from './kit/looking.ts';
import { interruptible, realNetwork, within } from './kit/network.ts';
import { reachedAtUrl } from './kit/reached.ts';
import { runChecks, subjectsOf } from './runner.ts';
import { waiversOf } from './waivers.ts';

interface VerifyInput {
  readonly blueprint: Blueprint;
  readonly providers: readonly Provider[];
  /** Notes what is made for the time of the run. */
  readonly journal: Journal;
  /** Once aborted, nothing more is tried: the verdicts so far are kept, and what was made is taken away. */
  readonly signal?: AbortSignal;
  /** The stack is ours and local: its stand-ins may be told to forget cached keys. */
  readonly local: boolean;
  /** Checks that write are allowed. */
  readonly disruptive: boolean;
  /** Check ids or groups; empty means all. */
  readonly only: readonly string[];
  readonly rate: number;
  /** Requests at the most; what would need more is not run, and said to be. What is made for the time of the run and taken away again is not counted. */
  readonly budget?: number;
  /** What is checked, and since when what is left out is as it was; everything unless stated. */
  readonly changed?: ChangedPart;
  /** The day by which it is judged what is still waived (2027-01-31); today's unless stated. */
  readonly today?: string;
  readonly events: (event: VerifyEvent) => void;
}

/** Attacks the live stack. Exit 2 when a check failed, crashed or stayed inconclusive: an answer that is not known is not a yes. */
export const verify = async (input: VerifyInput): Promise<Report> => {
  const { blueprint, providers } = input;
  const begun = performance.now();
  const real = realNetwork();
  const network = { ...real, send: lookingOnly(real.send, blueprint) };
  const limits = limitsOf(blueprint);
  const chosen = catalogue.filter(({ id }) => isChosen(id, input.only));
  const report = (part: Partial<Report>): Report => ({
    command: 'verify',
    blueprint: blueprint.name,
    ...(limits.length > 0 && { limits }),
    problems: [],
    ...versionsOf(providers),
    seconds: Math.round(performance.now() - begun) / 1000,
    ...part,
  });
  const fixtures = createFixtures({ blueprint, send: network.send, journal: input.journal });
  const scene = { ...input, send: network.send, fixtures };
  let verdicts: readonly Verdict[] | undefined;
  const problems: Problem[] = [];
  let notes: readonly string[] = [];
  const stoppable = interruptible(reachedAtUrl(network, blueprint), input.signal);
  const bounded = within(stoppable, input.budget ?? Infinity);
  const left = input.changed && leftOutBy(input.changed);
  const waivers = waiversOf(blueprint, input.today ?? dayOf(Date.now()));
  try {
    // A target that is out of reach is exit 3, not a list of inconclusive verdicts.
    await Promise.all([...providers.flatMap((provider) => [provider.kinds[0]?.list(), confirmed(provider)]), mustAnswer(blueprint, network.send)]);
    const before = await sweep({ blueprint, send: network.send, journal: input.journal }, input.disruptive ? 'ended' : undefined);
    notes = sweptNotes(before);
    problems.push(...before.problems);
    const wanted = takesForgedTokens(blueprint) && chosen.some((check) => needsIssuerKey(check) && subjectsOf(check, input).some((subject) => left?.is(subject) !== true));
    const harness = wanted && !input.signal?.aborted ? await publishHarness(scene) : undefined;
    const kit = createKit({ blueprint, network: bounded, providers, disruptive: input.disruptive, local: input.local, harness, fixtures, rate: input.rate });
    verdicts = await runChecks(chosen, kit, input.events, { judge: waivers.judge, refused: bounded.refused, ...(left && { left }) });
  } catch (thrown) {
    const found = problemsOf(thrown);
    if (found === undefined) throw thrown;
    problems.push(...found);
  } finally {
    // Before anything else, and over the network that no interruption stops: when what was asked for is there or refused.
    await stoppable.settled();
    problems.push(...(await fixtures.releaseAll()));
    await forgetKeysAtStandIn(scene);
    network.close();
    await Promise.all(providers.map((provider) => provider.close?.()));
  }
  if (verdicts === undefined) return report({ problems, ...(notes.length > 0 && { notes }) });
  const told = [
    ...notes,
    ...(input.signal?.aborted ? ['interrupted: what was not tried yet is skipped'] : []),
    ...(bounded.refused() > 0 ? [`the budget of ${input.budget ?? Infinity} requests is spent: what was left is not run, and nothing is known of it`] : []),
    ...waivers.unneeded(verdicts),
  ];
  // A run that proved nothing is no yes.
  const negative = verdicts.some(isNo) || !verdicts.some(({ status }) => status === 'passed');
  const part = input.changed && left && partOf(verdicts, input.changed, left.why);
  return report({ verdicts, problems, negative, ...(told.length > 0 && { notes: told }), ...(part && { part }) });
};

/** What was not tried at all; nothing where everything was. */
const partOf = (verdicts: readonly Verdict[], { since }: ChangedPart, why: string): Part | undefined => {
  const tried = verdicts.filter((verdict) => verdict.why !== why);
  if (tried.length === verdicts.length) return undefined;
  const leftOut = (name: (verdict: Verdict) => string): Part['checks'] => {
    const [all, held] = [new Set(verdicts.map(name)), new Set(tried.map(name))];
    return { left: [...all].filter((one) => !held.has(one)), of: all.size };
  };
  return { since, verdicts: { left: verdicts.length - tried.length, of: verdicts.length }, checks: leftOut(({ id }) => id), subjects: leftOut(({ subject }) => subject) };
};

/** A verdict on tokens of another issuer than the blueprint's would say nothing. */
const confirmed = async ({ confirm }: Provider): Promise<void> => {
  const wrong = (await confirm?.()) ?? [];
  if (wrong.length > 0) throw new Problems(wrong);
};

/** A proxy that nobody is at refuses nothing: nothing would be known. */
const mustAnswer = async ({ targets: { kong }, at }: Blueprint, send: Send): Promise<void> => {
  const url = kong?.proxy.url;
  if (url === undefined) return;
  const { status, failure } = await send({ url, method: 'GET', headers: [] });
  if (status === 0) throw unreachable('kong', url, new Error(failure ?? 'no answer'), at('targets.kong.proxy'));
};

/** What was found of other runs, in a line each. */
export const sweptNotes = ({ removed }: Swept): readonly string[] => removed.map((fixture) => `taken away, left behind by another run of verify: ${fixtureText(fixture)}`);

export const NOTHING_FOUND = 'nothing of verify was found on the targets';

/** `verify --clean`: what any run of verify left on the targets goes, noted here or not, but for what a run that is under way has noted. */
export const cleanUp = async (blueprint: Blueprint, journal: Journal): Promise<Report> => {
  const { send: sender, close } = createSender();
  const send = lookingOnly(sender, blueprint);
  try {
    const { removed, kept, problems } = await sweep({ blueprint, send, journal }, 'all');
    const lines = [...removed.map((fixture) => `taken away: ${fixtureText(fixture)}`), ...kept.map((fixture) => `of a run that is under way, and kept: ${fixtureText(fixture)}`)];
    return { command: 'verify', blueprint: blueprint.name, problems, text: lines.length > 0 ? lines.join('\n') : NOTHING_FOUND };
  } finally {
    close();
  }
};

const isNo = ({ status }: Verdict): boolean => status === 'failed' || status === 'crashed' || status === 'inconclusive';
const takesForgedTokens = ({ services }: Blueprint): boolean => Object.values(services).some(({ authentication }) => takesTokensOfOurMaking(authentication));
const needsIssuerKey = ({ needs }: Check): boolean => needs?.includes('issuer-key') === true;
/** True when a check is asked for: by its id, by its group, or because nothing is. */
export const isChosen = (id: string, only: readonly string[]): boolean =>
  only.length === 0 || only.some((name) => id === name || id.startsWith(`${name}-`));
