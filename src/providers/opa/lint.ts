import { join } from 'node:path';
import { Problem } from '../../core/problem.ts';
import type { Position } from '../../core/problem.ts';
import type { Files } from './archive.ts';
import { buildArchives } from './build.ts';
import type { Bundle } from './bundle.ts';
import type { OpaCommand } from './command.ts';
import { capabilitiesWithout } from './offline.ts';

interface LintInput {
  readonly bundle: Bundle;
  readonly decisions: readonly string[];
  /** Services decide with a module. */
  readonly service: boolean;
  /** Where the policy's files are: what is wrong is told at their lines. */
  readonly directory: string;
  /** The blueprint's line, for what has no other. */
  readonly at: Position;
}

/**
 * What is wrong with a policy, before anything is contacted: `OPA_POLICY` in the words of `opa check --strict`, then `OPA_BUILTIN` for
 * each call of a builtin that a module has no use for, because neither it nor the runtime of services has one. Empty when it is sound. An
 * import that nothing uses is no fault: it changes no answer.
 */
export const lintPolicy = async (opa: OpaCommand, input: LintInput): Promise<readonly Problem[]> => {
  const { bundle, service, decisions } = input;
  const wrong = await checkStrictly(opa, bundle.files);
  if (wrong.length > 0) return told(opa, bundle.files, wrong, input);
  if (!service) return [];
  const { service: files = {} } = await buildArchives({ bundle, decisions, service, opa });
  // Loaded where it is needed: it takes a tenth of a validation.
  const { unservedBuiltins } = await import('../../service/decision/policy.ts');
  const missing = await unservedBuiltins(Buffer.from(files['policy.wasm'] ?? ''));
  if (missing.length === 0) return [];
  const calls = await check(opa, { ...bundle.files, [CAPABILITIES]: JSON.stringify(await capabilitiesWithout(opa, missing)) }, ['--capabilities', CAPABILITIES]);
  // The checker knows every builtin but these: whatever it does not find is one of them.
  const found = calls.map((error) => missingBuiltin(error, input, missing)).filter((problem) => problem !== undefined);
  return found.length > 0 ? found : [new Problem('OPA_BUILTIN', notThere(missing.join(', ')), { at: input.at, ...advice })];
};

interface CheckError {
  readonly message: string;
  readonly code?: string;
  readonly location?: { readonly file: string; readonly row: number; readonly col: number };
}

const CAPABILITIES = '.capabilities.json';

const check = async (opa: OpaCommand, files: Files, more: readonly string[] = []): Promise<readonly CheckError[]> => {
  const { code, stdout, stderr } = await opa.run(files, ['check', '--strict', '--bundle', '--format', 'json', ...more, '.']);
  if (code === 0) return [];
  try {
    // As OPA prints it: the version at hand was asked for it by `--format json`.
    const { errors = [] } = JSON.parse(stderr.trim() === '' ? stdout : stderr) as { readonly errors?: readonly CheckError[] };
    if (errors.length > 0) return errors;
  } catch {
    // Not its JSON: told as it is.
  }
  return [{ message: (stderr || stdout).trim().slice(0, 2000) }];
};

const UNUSED_IMPORT = /^import .+ unused$/;

/** What the strict check says once every import that nothing uses is out of its sight; the lines stay where they are. */
const checkStrictly = async (opa: OpaCommand, files: Files): Promise<readonly CheckError[]> => {
  const errors = await check(opa, files);
  const unused = errors.flatMap(({ message, location }) => (location && UNUSED_IMPORT.test(message) ? [location] : []));
  const seen = { ...files };
  for (const { file, row } of unused) seen[file] = withoutImport(String(seen[file] ?? ''), row);
  // Where none went away the words are told as they are.
  return unused.some(({ file }) => seen[file] !== files[file]) ? checkStrictly(opa, seen) : errors;
};

const withoutImport = (text: string, row: number): string =>
  text
    .split('\n')
    .map((line, at) => (at === row - 1 && /^\s*import\s/.test(line) ? '' : line))
    .join('\n');

/**
 * Of a file that is in the language of an OPA before 1.0, its first error stands for all. OPA reads files side by side and stops at one that is broken, so
 * each is asked for by itself then.
 */
const told = async (opa: OpaCommand, files: Files, errors: readonly CheckError[], input: LintInput): Promise<readonly Problem[]> => {
  if (!errors.some(({ code }) => code === 'rego_parse_error')) return errors.map((error) => problemOf(error, input));
  const old: Problem[] = [];
  const others: CheckError[] = [];
  for (const file of Object.keys(files).filter((name) => name.endsWith('.rego')).toSorted()) {
    const text = files[file] ?? '';
    const broken = (await check(opa, { [file]: text })).filter(({ code }) => code === 'rego_parse_error');
    const [first] = broken;
    if (first === undefined) continue;
    const isOld = (await opa.run({ [file]: text }, ['parse', '--v0-compatible', file])).code === 0;
    if (isOld) old.push(beforeV1(first, file, input));
    else others.push(...broken);
  }
  return old.length + others.length > 0 ? [...old, ...others.map((error) => problemOf(error, input))] : errors.map((error) => problemOf(error, input));
};

const beforeV1 = (error: CheckError, file: string, input: LintInput): Problem =>
  new Problem('OPA_POLICY', `${error.message}: this is Rego as it was before OPA 1.0`, {
    at: placeOf(error, input),
    hint: `opa fmt --v0-v1 --write ${join(input.directory, file)} rewrites it`,
  });

const placeOf = ({ location }: CheckError, { directory, at }: LintInput): Position =>
  location ? { file: join(directory, location.file), line: location.row, column: Math.max(1, location.col) } : at;

const problemOf = (error: CheckError, input: LintInput): Problem =>
  new Problem('OPA_POLICY', error.message, { at: placeOf(error, input), expected: 'what "opa check --strict" takes' });

const advice = { hint: 'let the policy get it as input or data, or decide at OPA (pattern centralised)' };
const notThere = (name: string): string => `${name} cannot run in a service: a module has no such builtin, and nor has its runtime`;

const missingBuiltin = (error: CheckError, input: LintInput, missing: readonly string[]): Problem | undefined => {
  const name = /^undefined function (\S+)$/.exec(error.message)?.[1];
  return name !== undefined && missing.includes(name) ? new Problem('OPA_BUILTIN', notThere(name), { at: placeOf(error, input), ...advice }) : undefined;
};
