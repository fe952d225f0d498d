import { Problem, Problems } from '../core/problem.ts';
import { build } from './build.ts';
import { checkBorrowed } from './checks/borrowed.ts';
import { crossCheck } from './checks/index.ts';
import { checkWaivers } from './checks/waivers.ts';
import { chooseEnvironment, readSource } from './source.ts';
import type { Source } from './source.ts';
import { findingsOn, inReadingOrder } from './findings.ts';
import { overlay as declaredOverlay } from './declaration/index.ts';
import { environmentName } from './declaration/names.ts';
import { readPolicy } from './policy.ts';
import { referencesIn, resolveReferences, storedReferencesIn } from './resolve.ts';
import type { Environment, Reference } from './resolve.ts';
import type { ReadStored } from './stored.ts';
import type { MapNode } from './tree.ts';
import type { Blueprint } from './types.ts';
import { validate } from './validate.ts';

export type { Reference } from './resolve.ts';

export interface LoadOptions {
  /** Where `${NAME}` is looked up; nothing else of the process's environment is used. */
  readonly env: Environment;
  /** Name of one of the blueprint's `environments`. */
  readonly overlay?: string | undefined;
  /** Values of a local stack for what `env` lacks. Its secrets are for this machine: that one would go to another is a problem. */
  readonly offered?: Environment;
  /** For what contacts nothing: placeholders stand for secrets that are not there, and `lacking` names them. */
  readonly placeholders?: boolean;
  /** Asks the stores of secrets that the blueprint refers to: once, when nothing else is wrong with it, and not for what contacts nothing. */
  readonly readStored?: ReadStored;
  /** The texts of the blueprint's files and of its policy as they were, instead of what the files hold now. Files of secrets are read as they are. */
  readonly recorded?: Recorded;
  /** The ids of the checks that there are: a waiver is of one of them. Asked only where there is a waiver. */
  readonly checkIds?: () => Promise<readonly string[]>;
}

/** Texts by path: of the blueprint and what it includes as in `Blueprint.files`, of the policy below its directory. */
export interface Recorded {
  readonly files: Readonly<Record<string, string>>;
  readonly policyFiles: Readonly<Record<string, string>>;
}

/**
 * Reads, resolves and checks a blueprint. Throws `Problems` with everything that is wrong, in reading order; writes nothing, and contacts nothing but the
 * stores of secrets that it refers to, when nothing else is wrong.
 */
export const loadBlueprint = async (path: string, options: LoadOptions): Promise<Blueprint> => {
  const source = await readSource(path, options.recorded?.files);
  const problems: Problem[] = [...source.problems];
  const chosen = chooseEnvironment(source.root, options.overlay, problems);
  const judged = await judge(path, { source, chosen, problems }, options);
  const wanted = options.placeholders === true ? [] : storedReferencesIn(chosen);
  if (wanted.length === 0) return judged;
  const stored = await options.readStored?.(wanted);
  // A placeholder that is sent somewhere would be a bug that looks like a wrong password.
  for (const { reference } of wanted) if (stored?.has(reference) !== true) throw new Error(`nobody has asked for ${reference}`);
  return judge(path, { source, chosen, problems }, options, stored);
};

interface Chosen {
  readonly source: Source;
  /** The blueprint with its environment. */
  readonly chosen: MapNode;
  readonly problems: readonly Problem[];
}

const judge = async (
  path: string,
  { source, chosen, problems: before }: Chosen,
  { env, offered = {}, overlay, placeholders = false, recorded, checkIds }: LoadOptions,
  stored?: ReadonlyMap<string, string>,
): Promise<Blueprint> => {
  const [file = path] = source.files;
  const problems: Problem[] = [...before];
  const { root, secrets, lacking, borrowed, problems: unresolved } = await resolveReferences(chosen, { env, offered, placeholders, ...(stored && { stored }) });
  problems.push(...unresolved, ...(await environmentProblems(source, overlay)));

  const findings = findingsOn(root);
  // A file that cannot be read or parsed has no content to speak of; "must state apiVersion" would be an echo.
  const readable =
    source.brokenFrom.size === 0 && !source.problems.some(({ code }) => code === 'BLUEPRINT_UNREADABLE' || code === 'BLUEPRINT_EMPTY');
  validate(root, findings);
  const blueprint = build(root, { file, files: source.files, secrets, lacking });
  if (!readable) {
    // What is missing, or of another kind, may be so only because the text broke off inside it.
    const local = findings.problems.filter(({ code }) => code !== 'BLUEPRINT_MISSING_KEY' && code !== 'BLUEPRINT_WRONG_TYPE');
    throw new Problems(inReadingOrder([...problems, ...local].filter(isBeforeBreak(source)), source.files).map(withNextStep));
  }
  const policyFiles = recorded?.policyFiles ?? (await readPolicy(blueprint, findings));
  const complete: Blueprint = { ...blueprint, authorization: { ...blueprint.authorization, policyFiles } };
  crossCheck({ blueprint: complete, root, findings });
  if (checkIds) await checkWaivers({ blueprint: complete, findings }, checkIds);
  if (!placeholders) checkBorrowed(complete, borrowed, findings);
  problems.push(...findings.problems);
  if (problems.length > 0) throw new Problems(inReadingOrder(problems, source.files).map(withNextStep));
  return complete;
};

/** Every problem names a next step; the reference of all fields where nothing better is known. */
const withNextStep = (problem: Problem): Problem =>
  problem.hint === undefined
    ? new Problem(problem.code, problem.message, { ...problem, hint: 'docs/blueprint.md says what every field takes' })
    : problem;

/** Past the line where a text stopped being YAML, only that itself is worth saying. */
const isBeforeBreak =
  ({ brokenFrom }: Source) =>
  ({ code, at }: Problem): boolean =>
    code === 'BLUEPRINT_SYNTAX' || at === undefined || at.line < (brokenFrom.get(at.file) ?? Infinity);

/** Overlays that were not chosen are checked too, as far as it goes without resolving them: a typo there would wait for production. */
const environmentProblems = async ({ root }: Source, overlay: string | undefined): Promise<readonly Problem[]> => {
  const environments = root.entries.get('environments');
  if (!environments) return [];
  const findings = findingsOn(root);
  const path = ['environments'];
  const { violations } = await import('./generated/environment.ts');
  if (environments.node.kind !== 'map') findings.add('BLUEPRINT_WRONG_TYPE', path, 'environments must be a mapping of names to overlays');
  else
    for (const [name, { node }] of environments.node.entries) {
      if (!new RegExp(environmentName.pattern ?? '').test(name))
        findings.add('BLUEPRINT_BAD_NAME', [...path, name], `"${name}" cannot be a name here`, {
          side: 'key',
          expected: environmentName.title,
        });
      if (node.kind === 'map') validate(node, findings, { violations, declared: declaredOverlay }, [...path, name]);
      else if (node.kind !== 'unknown') findings.add('BLUEPRINT_WRONG_TYPE', [...path, name], `environments.${name} must be a mapping`);
    }
  return [...findings.problems, ...(await literalSecrets(environments.node.kind === 'map' ? environments.node : undefined, overlay))];
};

const literalSecrets = async (environments: MapNode | undefined, overlay: string | undefined): Promise<readonly Problem[]> => {
  const others = [...(environments?.entries ?? [])].filter(([name]) => name !== overlay);
  const found = await Promise.all(
    others.map(async ([, { node }]) => (node.kind === 'map' ? (await resolveReferences(node, { env: {} })).problems : [])),
  );
  return found.flat().filter(({ code }) => OF_THE_TEXT.has(code));
};

/** What is wrong with a reference, whatever it gives. */
const OF_THE_TEXT: ReadonlySet<string> = new Set(['BLUEPRINT_SECRET_LITERAL', 'BLUEPRINT_REFERENCE', 'BLUEPRINT_STORED_PLACE']);

/** Everything a blueprint refers to, each name once, without resolving any of it. Throws `Problems` when it cannot be read. */
export const referencedVariables = async (path: string, overlay?: string): Promise<readonly Reference[]> => {
  const source = await readSource(path);
  const problems: Problem[] = [...source.problems];
  const root = chooseEnvironment(source.root, overlay, problems);
  if (problems.length > 0) throw new Problems(inReadingOrder(problems, source.files));
  return referencesIn(root);
};

/** Environment variables that must hold a secret before the blueprint loads: a local stack makes values up for them. */
export const requiredSecrets = async (path: string, overlay?: string): Promise<readonly string[]> => {
  const references = await referencedVariables(path, overlay);
  return references.filter(({ kind, secret, required }) => kind === 'variable' && secret && required).map(({ name }) => name);
};
