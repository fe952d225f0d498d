import { isOnlyLookedAt, onlyLooking } from '../../blueprint/looking.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { durationOf } from '../../core/duration.ts';
import { oneLine } from '../../core/one-line.ts';
import { Problem } from '../../core/problem.ts';
import type { Provider } from '../../core/provider.ts';
import type { Report } from '../../core/report.ts';
import type { Rotation, RotationState } from '../../core/rotation.ts';
import { connectProviders } from '../../providers/index.ts';
import { openRunJournal } from '../journal.ts';
import { takeLeftoversAway, withNotes } from '../leftovers.ts';
import { whileLocked } from '../lock.ts';
import type { LockRequest } from '../lock.ts';
import type { BlueprintSource, Run } from '../run.ts';
import { carryOut, emergencySteps, keysWords, plannedSteps, words } from './steps.ts';
import { pinsKeys, unknownTo, verifiersOf } from './verifiers.ts';
import type { Verifier } from './verifiers.ts';

/** What is about to be done, for whoever says yes or no. */
export interface RotationProposal {
  readonly blueprint: string;
  readonly text: string;
}

export interface RotateRequest extends LockRequest {
  /** Asked once with what would be done. `true` says yes. */
  readonly approve: true | ((proposal: RotationProposal) => boolean | Promise<boolean>);
  /** The key that signs is in somebody else's hands: it goes at once, and who holds a token of it is locked out. */
  readonly emergency?: boolean;
  /** How long verifiers are waited for, in the place of what they need by what is known of them: seconds, or `90s`, `10m`, `1h`. */
  readonly wait?: number | string | undefined;
}

export interface Rotated {
  readonly algorithm: string;
  /** Keys that were given up, by their ids. */
  readonly retired: readonly string[];
}

/**
 * Gives the realm a new key to sign with, and takes the old one away when nobody needs it any more. How far it has come stands in Keycloak: run again,
 * from wherever, it goes on from there.
 */
export const rotateKeys = async (run: Run, source: BlueprintSource, { approve, emergency = false, wait, lockTimeout }: RotateRequest): Promise<Report<Rotated>> => {
  const stated = wait === undefined ? undefined : waitOf(wait);
  const blueprint = await run.load(source);
  mayRotate(blueprint);
  const notes = await takeLeftoversAway(run, blueprint);
  const journal = openRunJournal(run, COMMAND);
  const report = await whileLocked(run, blueprint, COMMAND, { lockTimeout }, async ({ signal }) => {
    const providers = await connectProviders(blueprint, run.env);
    try {
      const rotation = rotationOf(providers);
      const state = await rotation.look();
      const verifiers = verifiersOf(blueprint);
      const times = { verifiers: stated ?? Math.max(0, ...verifiers.map(({ takes }) => takes)), drain: state.lifespan + leewayOf(blueprint) };
      const steps = (emergency ? emergencySteps : plannedSteps)({ blueprint, rotation, state, env: run.env, times });
      const text = (emergency ? emergencyText : plannedText)({ blueprint, state, verifiers, stated, drain: times.drain, steps: steps.map(({ what }) => what) });
      const shared = { command: COMMAND, blueprint: blueprint.name, problems: [] };
      if (approve !== true && !(await approve({ blueprint: blueprint.name, text }))) return { ...shared, negative: true, notes: ['nothing was changed: not approved'] };
      await journal.planned(steps, { blueprint: blueprint.name, file: blueprint.file, overlay: run.overlay });
      const applied = await carryOut(steps, journal.events, signal);
      const problems = applied.flatMap(({ problem, outcome }) => (problem && outcome === 'failed' ? [problem] : []));
      const ended = applied.every(({ outcome }) => outcome === 'done');
      const retired = state.others.map(({ kid }) => kid);
      return { ...shared, problems, applied, ...(approve === true && { text }), data: { algorithm: state.algorithm, retired: ended ? retired : [] }, notes: ended ? forgetting(verifiers, state) : [] };
    } finally {
      await Promise.all(providers.map((provider) => provider.close?.()));
    }
  });
  return (await journal.finish(withNotes(report, notes))) as Report<Rotated>;
};

const COMMAND = 'rotate keys';

const waitOf = (stated: number | string): number => {
  const seconds = durationOf(stated);
  if (seconds === undefined) throw new Problem('ROTATE_WAIT', `"${stated}" is no duration`, { expected: 'a duration such as 90s, 10m or 2h' });
  return seconds;
};

const mayRotate = (blueprint: Blueprint): void => {
  if (blueprint.foreign) throw new Problem('ROTATE_NOT_OURS', `the keys of ${blueprint.issuer} are not ours to change`, { at: blueprint.at('issuer'), hint: 'whoever runs the issuer rotates them; followed keys need nothing then, pinned ones "authctl apply"' });
  if (blueprint.realm.shared) throw new Problem('ROTATE_NOT_OURS', `realm "${blueprint.realm.name}" is of another blueprint, and so are its keys`, { at: blueprint.at('realm'), hint: 'rotate them with the blueprint that makes the realm, and apply this one when the new key is published' });
  const looked = (['keycloak', ...(pinsKeys(blueprint) ? (['kong'] as const) : [])] as const).filter((target) => isOnlyLookedAt(blueprint, target));
  if (looked.length > 0) throw onlyLooking(blueprint, looked, 'no key can be rotated');
};

const rotationOf = (providers: readonly Provider[]): Rotation => {
  const found = providers.find(({ rotation }) => rotation !== undefined)?.rotation;
  if (found === undefined) throw new Problem('TARGET_MISSING', 'the blueprint names no targets.keycloak');
  return found;
};

const leewayOf = ({ services }: Blueprint): number => Math.max(0, ...Object.values(services).map(({ authentication }) => authentication.token.leeway));

interface Telling {
  readonly blueprint: Blueprint;
  readonly state: RotationState;
  readonly verifiers: readonly Verifier[];
  readonly stated: number | undefined;
  readonly drain: number;
  readonly steps: readonly string[];
}

const plannedText = ({ blueprint, state, verifiers, stated, steps }: Telling): string => {
  const head = `the key of realm "${blueprint.realm.name}" for ${state.algorithm}: ${oneLine(keysWords(state))}`;
  const under = state.stage === 'none' ? [] : ['a rotation is under way; this is what is left of it'];
  const needs = verifiers.map(({ what, takes, why }) => `  ${what}: ${words(takes)}${stated !== undefined && stated < takes ? `, and --wait says ${words(stated)}: tokens of the new key may be refused there` : ''} (${why})`);
  const unknown = unknownTo(blueprint).map((server) => `  ${server}: not known here; --wait says how long it is given`);
  return [head, ...under, ...numbered(steps), ...(needs.length + unknown.length > 0 ? ['how soon a new key is taken:', ...needs, ...unknown] : [])].join('\n');
};

const emergencyText = ({ blueprint, state, verifiers, drain, steps }: Telling): string => {
  const gone = oneLine(keysWords(state));
  return [
    `locked out: whoever holds a token that was signed by ${gone}; such tokens were issued in the last ${words(drain)}`,
    '  from when: as soon as a verifier has forgotten that key',
    ...verifiers.map(({ what, forgets }) => `    ${what}: ${forgets === 0 ? 'at once' : `within ${words(forgets)}; until then it takes what the leaked key signs`}`),
    ...unknownTo(blueprint).map((server) => `    ${server}: not known here`),
    '  they get in again with a new token: sessions and refresh tokens stay good, because another key signs those (Keycloak signs refresh tokens with HMAC)',
    ...(pinsKeys(blueprint) ? ['  until Kong has the new key, some seconds, it refuses new tokens, too'] : []),
    ...numbered(steps),
  ].join('\n');
};

const numbered = (steps: readonly string[]): readonly string[] => steps.map((what, at) => `  ${at + 1}. ${oneLine(what)}`);

/** Who may still take what a key signs that is given up. Nobody else has one that was not leaked. */
const forgetting = (verifiers: readonly Verifier[], state: RotationState): readonly string[] => {
  const slow = verifiers.filter(({ forgets }) => forgets > 0).map(({ what, forgets }) => `${what} within ${words(forgets)}`);
  return slow.length === 0 || state.others.length === 0 ? [] : [oneLine(`forgotten by: ${slow.join(', ')}`)];
};
