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
  readonly decision: string | undefined;
  /** Services decide with a module. */
  readonly service: boolean;
  /** Where the policy's files are: what is wrong is told at their lines. */
  readonly directory: string;
  /** The blueprint's line, for what has no other. */
  readonly at: Position;
}

/**
 * What is wrong with a policy, before anything is contacted: `OPA_POLICY` in the words of `opa check --strict`, then `OPA_BUILTIN` for
 * each call of a builtin that a module has no use for, because neither it nor the runtime of services has one. Empty when it is sound.
 */
export const lintPolicy = async (opa: OpaCommand, input: LintInput): Promise<readonly Problem[]> => {
  const { bundle, service, decision } = input;
  const wrong = await check(opa, bundle.files);
  if (wrong.length > 0) return wrong.map((error) => problemOf(error, input));
  if (!service) return [];
  const { service: files = {} } = await buildArchives({ bundle, decision, service, opa });
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
