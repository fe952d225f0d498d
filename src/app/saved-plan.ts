import { open, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { readFileUpTo } from '../blueprint/read-file.ts';
import type { Blueprint } from '../blueprint/types.ts';
import { fileWords } from '../core/file-words.ts';
import { isObject } from '../core/json.ts';
import type { Expansion, Plan, PlanOptions } from '../core/plan.ts';
import { Problem } from '../core/problem.ts';
import { digestOf, fieldsThatDiffer, movedSince, printsOf, signatureOf } from '../core/saved-plan.ts';
import type { PlanSignature, Prints } from '../core/saved-plan.ts';
import type { SpecValue } from '../core/resource.ts';
import { Secret } from '../core/secret.ts';
import { replaceFile } from '../core/temporary.ts';

/** The version of the file: it stands first, and says what the file is. */
const FORMAT = 1;
const MARK = 'authctlPlan';
const MAX_BYTES = 256 * 1024 * 1024;
/** So many bytes tell whether it is one. */
const HEAD = 200;

/** A plan in a file: what it was made of, by fingerprints, and what it would do. It holds no secret and no value. */
export interface SavedPlan extends PlanSignature {
  readonly authctlPlan: typeof FORMAT;
  readonly made: string;
  readonly blueprint: { readonly name: string; readonly file: string; readonly overlay?: string };
  readonly options: { readonly prune?: boolean; readonly adopt?: boolean };
  /** Fingerprints of the blueprint's files, and of those of its policy. */
  readonly files: Prints;
  /** Fingerprints of where the targets are; who logs in there is none of it. */
  readonly targets: Prints;
  /** Of all of the above. */
  readonly fingerprint: string;
}

type Content = Omit<SavedPlan, 'fingerprint'>;

interface Made {
  readonly blueprint: Blueprint;
  readonly overlay: string | undefined;
  readonly expansion: Expansion;
  readonly plan: Plan;
  readonly options: PlanOptions;
}

export const savedPlanText = async ({ blueprint, overlay, expansion, plan, options }: Made, now = new Date()): Promise<string> => {
  const content: Content = {
    authctlPlan: FORMAT,
    made: now.toISOString(),
    blueprint: { name: blueprint.name, file: blueprint.file, ...(overlay !== undefined && { overlay }) },
    options: { ...(options.prune === true && { prune: true }), ...(options.adopt === true && { adopt: true }) },
    files: await printsOfFiles(blueprint),
    targets: printsOfTargets(blueprint),
    ...signatureOf(expansion, plan),
  };
  return `${JSON.stringify({ ...content, fingerprint: digestOf(content) } satisfies SavedPlan, null, 1)}\n`;
};

/** Writes it whole or not at all, for its owner alone. */
export const savePlan = async (file: string, made: Made): Promise<void> => {
  const text = await savedPlanText(made);
  try {
    replaceFile(file, text, 0o600);
  } catch (cause) {
    throw new Problem('SAVED_PLAN_UNWRITTEN', `"${file}" ${fileWords(cause, 'written')}`, { cause, hint: 'name a file in a directory that is there and that you may write to' });
  }
};

/** The plan in a file; `undefined` when the file is none. Throws `SAVED_PLAN_UNREADABLE` for one that nobody should go by. */
export const readSavedPlan = async (file: string): Promise<SavedPlan | undefined> => {
  if (!(await beginsAsPlan(file))) return undefined;
  const bytes = await readFileUpTo(file, MAX_BYTES);
  // That it cannot be read is said by whoever reads it as a blueprint.
  return Buffer.isBuffer(bytes) ? savedPlanIn(bytes.toString('utf8'), file) : undefined;
};

/** Throws `SAVED_PLAN_UNREADABLE`. */
export const savedPlanIn = (text: string, file: string): SavedPlan => {
  const unreadable = (why: string, cause?: unknown): Problem => new Problem('SAVED_PLAN_UNREADABLE', `the plan in "${file}" ${why}`, { cause, hint: 'make it again: authctl plan --out <file>' });
  let saved: unknown;
  try {
    saved = JSON.parse(text);
  } catch (cause) {
    throw unreadable('is not whole', cause);
  }
  if (!isObject(saved) || saved[MARK] !== FORMAT) throw unreadable(`is of version ${isObject(saved) ? String(saved[MARK]) : 'none'}, and this authctl reads version ${FORMAT}`);
  const { fingerprint, ...content } = saved;
  if (fingerprint !== digestOf(content)) throw unreadable('was changed after it was made');
  // Its fingerprint says that savePlan wrote it.
  return saved as unknown as SavedPlan;
};

/** A pipe can be read once, and by then it would be empty for whoever reads a blueprint. */
const beginsAsPlan = async (file: string): Promise<boolean> => {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  const opened = await open(file).catch(() => undefined);
  try {
    const { buffer, bytesRead = 0 } = (await opened?.read(Buffer.alloc(HEAD), 0, HEAD, 0)) ?? {};
    return new RegExp(`^\\s*\\{\\s*"${MARK}"\\s*:`).test(buffer?.toString('utf8', 0, bytesRead) ?? '');
  } finally {
    await opened?.close();
  }
};

/** Options that would make another plan than the one in the file. */
export const refuseOptions = (saved: Pick<SavedPlan, 'options' | 'blueprint'>, overlay: string | undefined, options: PlanOptions): void => {
  const other = [
    ...(options.prune === true && saved.options.prune !== true ? ['--prune'] : []),
    ...(options.adopt === true && saved.options.adopt !== true ? ['--adopt'] : []),
    ...(overlay !== undefined && overlay !== saved.blueprint.overlay ? [`--env ${overlay}`] : []),
  ];
  if (other.length > 0)
    throw new Problem('SAVED_PLAN_OPTIONS', `the plan was made without ${other.join(' and ')}`, { hint: 'leave it out, or make another plan: authctl plan --out <file>' });
};

/** What of the blueprint and its environment is not as it was when the plan was made: known before anything is contacted. Throws one problem. */
export const refuseChanged = async (saved: SavedPlan, blueprint: Blueprint): Promise<void> => {
  for (const { what, hint } of await changedSince(saved, blueprint))
    throw new Problem('SAVED_PLAN_CHANGED', what, { hint: `${hint}; nothing was written; make the plan again: authctl plan --out <file>` });
};

interface Changed {
  readonly what: string;
  readonly hint: string;
}

/** The files first: what else differs may come of them. */
export const changedSince = async (saved: Pick<SavedPlan, 'files' | 'targets'>, blueprint: Blueprint): Promise<readonly Changed[]> => {
  const files = fieldsThatDiffer(saved.files, await printsOfFiles(blueprint));
  return [
    ...(files.length > 0 ? [{ what: `changed since the plan was made: ${files.join(', ')}`, hint: 'the plan is of the files as they were' }] : []),
    ...otherTargets(saved.targets, blueprint),
  ];
};

export const otherTargets = (before: Prints, blueprint: Blueprint): readonly Changed[] => {
  const targets = fieldsThatDiffer(before, printsOfTargets(blueprint));
  return targets.length > 0 ? [{ what: `the targets are other ones: ${targets.map((path) => `targets.${path}`).join(', ')} is not what it was`, hint: 'set the environment as it was' }] : [];
};

/** What speaks against a plan that was made just now: everything in which it is not the saved one. */
export const otherThan = (saved: SavedPlan, expansion: Expansion) => (plan: Plan): readonly Problem[] => movedSince(saved, signatureOf(expansion, plan));

const printsOfFiles = async (blueprint: Blueprint): Promise<Prints> => {
  const texts = await Promise.all(
    blueprint.files.map(async (file) => {
      const bytes = await readFileUpTo(file, MAX_BYTES);
      return [relative('', file), Buffer.isBuffer(bytes) ? digestOf(bytes.toString('utf8')) : bytes.why] as const;
    }),
  );
  const { policy = '', policyFiles } = blueprint.authorization;
  return Object.fromEntries([...texts, ...Object.entries(policyFiles).map(([name, text]) => [`${relative('', policy)}/${name}`, digestOf(text)] as const)]);
};

/** Who logs in is another for whoever plans and whoever applies. */
const LOGIN = new Set(['credentials', 'token', 'binary', 'fingerprintKey']);

export const printsOfTargets = ({ targets }: Blueprint): Prints => printsOf(addressPart(targets));

const addressPart = (value: unknown): SpecValue => {
  if (value instanceof Secret) return '[secret]';
  if (Array.isArray(value)) return value.map(addressPart);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (LOGIN.has(key) || item === undefined ? [] : [[key, addressPart(item)] as const])));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
};
