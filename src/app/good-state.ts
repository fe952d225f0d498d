import { relative } from 'node:path';
import { readFileUpTo } from '../blueprint/read-file.ts';
import type { Recorded } from '../blueprint/index.ts';
import type { Blueprint } from '../blueprint/types.ts';
import { isObject } from '../core/json.ts';
import { addressOfChange } from '../core/plan.ts';
import type { Expansion, Plan } from '../core/plan.ts';
import { Problem } from '../core/problem.ts';
import { askedOf, digestOf } from '../core/saved-plan.ts';
import type { Prints } from '../core/saved-plan.ts';
import { versionOf } from '../core/version.ts';
import type { JournalPlace } from '../journal/index.ts';
import type { Run } from './run.ts';
import { printsOfTargets } from './saved-plan.ts';

const FORMAT = 1;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * What was in force when a run had ended well: the texts of the blueprint and its policy, in which a secret is a reference, and fingerprints of what they
 * came to. It holds no secret.
 */
export interface GoodState extends Recorded {
  readonly authctlState: typeof FORMAT;
  readonly authctl: string;
  readonly run: string;
  /** The run whose state it is, where a rollback has brought it back. */
  readonly to?: string;
  readonly blueprint: { readonly name: string; readonly file: string; readonly overlay?: string };
  /** Fingerprints of where the targets were; who logs in there is none of it. */
  readonly targets: Prints;
  /** Fingerprints of what the blueprint asked for with its environment, without secrets. */
  readonly asked: Readonly<Record<string, Prints>>;
  /** What carried our mark, was not in the blueprint and stayed. */
  readonly orphans: readonly string[];
  /** Of all of the above. */
  readonly fingerprint: string;
}
type Content = Omit<GoodState, 'fingerprint'>;

interface Made {
  readonly blueprint: Blueprint;
  readonly overlay?: string | undefined;
  readonly expansion: Expansion;
  readonly plan: Plan;
  readonly recorded?: Recorded | undefined;
  readonly to?: string | undefined;
}

const stateFile = (run: string): string => `${run}.state`;

/** Keeps what a run has brought into force. Where it cannot be kept that is said, and is no reason for the run to have failed. */
export const keepState = async (run: Run, id: string, { blueprint, overlay, expansion, plan, recorded, to }: Made): Promise<{ readonly kept?: string; readonly told?: string }> => {
  const unkept = (why: string) => ({ told: `no rollback can come back to this run: ${why}` });
  const texts: Record<string, string> = {};
  for (const file of blueprint.files) {
    const bytes = recorded?.files[file] ?? (await readFileUpTo(file, MAX_BYTES));
    if (typeof bytes !== 'string' && !Buffer.isBuffer(bytes)) return unkept(`"${file}" ${bytes.why}`);
    texts[file] = bytes.toString();
  }
  const { policyFiles } = blueprint.authorization;
  const what = {
    files: texts,
    policyFiles,
    targets: printsOfTargets(blueprint),
    asked: askedOf(expansion),
  };
  const content: Content = {
    authctlState: FORMAT,
    authctl: versionOf(),
    run: id,
    ...(to !== undefined && { to }),
    blueprint: { name: blueprint.name, file: relative('', blueprint.file), ...(overlay !== undefined && { overlay }) },
    ...what,
    orphans: plan.orphans.map(addressOfChange),
  };
  const text = JSON.stringify({ ...content, fingerprint: digestOf(content) } satisfies GoodState, null, 1);
  if (text.length > MAX_BYTES) return unkept('the blueprint and its policy are too large to be kept');
  // A comment may hold what a reference was made for.
  if (run.mask(text) !== text) return unkept('a secret stands in the text of the blueprint or its policy');
  const unwritten = await run.runs.write(stateFile(id), `${text}\n`);
  if (unwritten?.lost === true) return unkept(unwritten.words);
  return { kept: digestOf(what), ...(unwritten && { told: `what a rollback to this run goes by: ${unwritten.words}` }) };
};

/** Throws `ROLLBACK_UNREADABLE`: nobody goes back to something that was changed, and nobody to something else instead. */
export const readState = async (runs: JournalPlace, run: string): Promise<GoodState> => {
  const name = stateFile(run);
  const unreadable = (why: string, cause?: unknown): Problem =>
    new Problem('ROLLBACK_UNREADABLE', `what was in force after the run ${run} ("${runs.pathOf(name)}") ${why}`, { cause, hint: 'name another run: authctl rollback --to <run>; "authctl history" lists them' });
  // Its fingerprint is one that anybody can work out: who may write there decides what it says.
  const place = await runs.inOtherHands(name);
  if (place !== undefined) throw unreadable(`is in the hands of others: "${place}" belongs to somebody else, or others may write to it`);
  const text = await runs.read(name);
  if (text === undefined) throw unreadable('is not there');
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (cause) {
    throw unreadable('is not whole', cause);
  }
  if (!isObject(state) || state['authctlState'] !== FORMAT) throw unreadable(`is not of version ${FORMAT}`);
  const { fingerprint, ...content } = state;
  if (fingerprint !== digestOf(content)) throw unreadable('was changed after it was kept');
  // Its fingerprint is one that anybody can work out.
  const { files, policyFiles, targets, asked, orphans } = content;
  if (![files, policyFiles, targets].every(isTexts) || !isObject(asked) || !Object.values(asked).every(isTexts) || !Array.isArray(orphans)) throw unreadable('holds something else than a state');
  return state as unknown as GoodState;
};

const isTexts = (value: unknown): boolean => isObject(value) && Object.values(value).every((one) => typeof one === 'string');
