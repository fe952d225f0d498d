import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Position } from '../../core/problem.ts';
import { Problem, Problems } from '../../core/problem.ts';
import { inTemporaryDirectory } from '../../core/temporary.ts';
import type { PolicyAnswer, Question } from '../../access/index.ts';
import { isYes } from '../../service/question.ts';
import { opaCommand } from './command.ts';
import { offlineCapabilities, reachingOut } from './offline.ts';

interface Policy {
  /** The files of a bundle, Rego and data. */
  readonly files: Readonly<Record<string, string>>;
  /** The field of an answer that says yes. */
  readonly answer: string;
  /** The blueprint line that names it. */
  readonly at: Position;
  /** Where its files are: what is wrong with one is told at its line. */
  readonly directory?: string | undefined;
}

/**
 * All questions in one `opa eval` on the files of a bundle. An undefined decision has no entry in the answer. The policy may ask nobody anything
 * meanwhile: throws `OPA_OFFLINE` at the line that would.
 */
export const askPolicy = (
  opa: string,
  { files, answer, at, directory: sources }: Policy,
  questions: readonly Question[],
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, PolicyAnswer>> =>
  inTemporaryDirectory('authctl-policy-', async (directory) => {
    const bundle = join(directory, 'bundle');
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(bundle, file)), { recursive: true });
      await writeFile(join(bundle, file), text);
    }
    const input = join(directory, 'input.json');
    await writeFile(input, JSON.stringify(questions));
    const query = [...new Set(questions.map(({ decision }) => decision))].map(answersTo).join('; ') || '[]';
    const capabilities = join(directory, 'capabilities.json');
    await writeFile(capabilities, await offlineCapabilities(opaCommand(opa)));
    const args = ['eval', '--format', 'json', '--capabilities', capabilities, '--bundle', bundle, '--input', input, query];
    // Nothing of the environment: `opa.runtime()` would show it to the policy.
    const result = await run(opa, args, { PATH: env.PATH, HOME: directory });
    return new Map(answersIn(result.replaceAll(`${bundle}/`, ''), { at, sources }).map(({ key, answer: said }) => [key, readAnswer(said, answer)]));
  });

/** The answers of one decision, as a term of Rego whose input are the questions. The input goes through a variable: in an ad hoc query, OPA 1.22 evaluates `with input as q.input` with q.input undefined. */
export const answersTo = (decision: string): string => {
  const path = decision.split('/').map((part) => `[${JSON.stringify(part)}]`);
  return `[{"key": q.key, "answer": a} | some q in input; q.decision == ${JSON.stringify(decision)}; i := q.input; a := data${path.join('')} with input as i]`;
};

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(command, args, { env, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 }, (error, stdout) => {
      // A policy that does not compile, or fails, is told in JSON on stdout.
      if (error && stdout === '')
        reject(new Problem('MATRIX_OPA_FAILED', `opa eval ended without an answer: ${error.message}`, { cause: error }));
      else resolve(stdout);
    });
  });

interface Answered {
  readonly key: string;
  readonly answer: unknown;
}

const answersIn = (output: string, { at, sources }: { readonly at: Position; readonly sources: string | undefined }): readonly Answered[] => {
  const { result, errors } = JSON.parse(output) as {
    readonly result?: readonly { readonly expressions: readonly { readonly value: readonly Answered[] }[] }[];
    readonly errors?: readonly { readonly message: string; readonly location?: { readonly file?: string; readonly row?: number; readonly col?: number } }[];
  };
  const answers = result?.[0]?.expressions.flatMap(({ value }) => value);
  if (answers !== undefined) return answers;
  const [first] = errors ?? [];
  const needed = (errors ?? []).flatMap(({ message, location }) => {
    const name = reachingOut(message);
    const { file, row = 1, col = 1 } = location ?? {};
    return name === undefined ? [] : [offline(name, file === undefined || sources === undefined ? at : { file: join(sources, file), line: row, column: Math.max(1, col) })];
  });
  if (needed.length > 0) throw new Problems(needed);
  const place = first?.location?.file ? ` (${first.location.file}:${String(first.location.row ?? '')})` : '';
  // The first line says what; those below quote the text, whose lines are cut to a marker.
  const [what = ''] = (first?.message ?? 'opa gave no result').replace(/^loading error: bundle \S+ \d+ errors? occurred:\s+/, '').split('\n');
  throw new Problem('MATRIX_POLICY_FAILED', `the policy cannot be evaluated: ${what}${place}`, {
    at,
    hint: 'opa check --strict on the policy directory shows where',
  });
};

const offline = (name: string, at: Position): Problem =>
  new Problem('OPA_OFFLINE', `the policy calls ${name}, and what it would learn by that is not known here`, {
    at,
    hint: 'let it get the value as input or data; a policy is evaluated here without the network, whoever wrote it',
  });

/** As the gateway's OPA plugin reads it. */
const readAnswer = (answer: unknown, field: string): PolicyAnswer => {
  if (typeof answer !== 'object' || answer === null) return { allow: isYes(answer, field), reasons: [] };
  const { reasons } = answer as { readonly reasons?: unknown };
  return { allow: isYes(answer, field), reasons: Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [] };
};
