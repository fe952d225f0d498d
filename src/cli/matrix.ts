import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Blueprint } from '../blueprint/types.ts';
import { Problem } from '../core/problem.ts';
import type { Report, Verdict } from '../core/report.ts';
import { disagreementsIn, matrixHtml, matrixMarkdown, matrixText } from '../explain/matrix-text.ts';
import { matrixOf, questionsOf } from '../explain/matrix.ts';
import type { Matrix, PolicyAnswer, Question } from '../explain/matrix.ts';
import { policyData } from '../patterns/policy-data.ts';
import { buildBundle } from '../providers/opa/bundle.ts';
import { findOpa } from '../stack/opa/find.ts';
import { openContext } from './context.ts';
import type { GlobalOptions } from './context.ts';
import type { Action } from './index.ts';
import { loadOffline } from './offline.ts';

/** `matrix`: who passes where, worked out from the blueprint and its Rego without a server. Exit 2 when `expect` says otherwise. */
export const matrixCommand: Action<GlobalOptions & { policy?: boolean }> = async (context, path, options) => {
  const blueprint = await loadOffline(context, path, options.env);
  const { answers, source } = await askPolicy(blueprint, context.env, options.policy !== false);
  const matrix = matrixOf(blueprint, answers);
  const report: Report = {
    command: 'matrix',
    blueprint: blueprint.name,
    problems: [],
    negative: disagreementsIn(matrix).length > 0,
    data: { source, callers: matrix.callers, cells: matrix.cells },
  };
  const format = options.json ? 'json' : (options.format ?? 'text');
  if (format === 'json') return context.finish(report);
  if (format === 'markdown') return context.finish({ ...report, text: matrixMarkdown(matrix, source) });
  if (format === 'html') {
    // A page of its own: the report's page holds a text as it stands, and this is a table.
    const plain = await openContext(context.process, { ...options, format: 'text', stack: false });
    return plain.finish({ ...report, text: matrixHtml(matrix, source, `authctl matrix: ${blueprint.name}`) });
  }
  if (format === 'text') return context.finish({ ...report, text: matrixText(matrix, source) });
  return context.finish({ ...report, verdicts: verdictsOf(matrix) });
};

/** The formats that machines read know verdicts, not tables. */
const verdictsOf = ({ cells }: Matrix): readonly Verdict[] =>
  cells
    .filter(({ judged }) => judged)
    .map(({ gateway, service, route, who, disagreement, at }) => ({
      id: 'MATRIX-01',
      group: 'MATRIX',
      claim: 'the policy and the gateways decide as the access matrix says',
      severity: 'critical',
      source: 'the blueprint: expect',
      subject: `${gateway} ${service}.${route} as ${who}`,
      status: disagreement === undefined ? 'passed' : 'failed',
      ...(disagreement !== undefined && { why: disagreement }),
      evidence: [],
      origin: at,
    }));

interface Asked {
  readonly answers: ReadonlyMap<string, PolicyAnswer> | undefined;
  readonly source: string;
}

const askPolicy = async (blueprint: Blueprint, env: NodeJS.ProcessEnv, wanted: boolean): Promise<Asked> => {
  if (blueprint.authorization.pattern === 'none') return { answers: undefined, source: 'from the blueprint: it has no policy' };
  if (!wanted) return { answers: undefined, source: 'from the blueprint alone: the policy was not asked (--no-policy)' };
  const opa = await opaAtHand(env);
  if (opa === undefined) return { answers: undefined, source: 'from the blueprint alone: no opa was found, so the policy was not asked' };
  const questions = questionsOf(blueprint, Math.floor(Date.now() / 1000));
  return { answers: await evaluate(opa, blueprint, questions, env), source: 'from the blueprint and its policy, evaluated by opa' };
};

/** An `opa` that is there already. The aborted signal keeps `findOpa` from building one, which takes minutes and the network. */
const opaAtHand = async (env: NodeJS.ProcessEnv): Promise<string | undefined> => {
  try {
    return await findOpa({ env, signal: AbortSignal.abort() });
  } catch (thrown) {
    const given = env.AUTHCTL_OPA_BIN;
    if (thrown instanceof Problem && given !== undefined && given !== '') throw thrown;
    if (thrown instanceof Problem || (thrown instanceof Error && thrown.name === 'AbortError')) return undefined;
    throw thrown;
  }
};

/** All questions in one `opa eval` on the very bundle that apply would publish. An undefined decision has no entry in the answer. */
const evaluate = async (
  opa: string,
  blueprint: Blueprint,
  questions: readonly Question[],
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, PolicyAnswer>> => {
  const { name, authorization } = blueprint;
  const { files } = buildBundle({ name, policyFiles: authorization.policyFiles, data: policyData(blueprint) });
  const directory = await mkdtemp(join(tmpdir(), 'authctl-matrix-'));
  try {
    const bundle = join(directory, 'bundle');
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(bundle, file)), { recursive: true });
      await writeFile(join(bundle, file), text);
    }
    const input = join(directory, 'input.json');
    await writeFile(input, JSON.stringify(questions));
    const decision = (authorization.decision ?? '').split('/').map((part) => `[${JSON.stringify(part)}]`);
    // The input goes through a variable: in an ad hoc query, OPA 1.22 evaluates `with input as q.input` with q.input undefined.
    const query = `[{"key": q.key, "answer": a} | some q in input; i := q.input; a := data${decision.join('')} with input as i]`;
    const args = ['eval', '--format', 'json', '--bundle', bundle, '--input', input, query];
    // Nothing of the environment: `opa.runtime()` would show it to the policy.
    const result = await run(opa, args, { PATH: env.PATH, HOME: directory });
    return new Map(answersIn(result.replaceAll(`${bundle}/`, ''), blueprint).map(({ key, answer }) => [key, readAnswer(answer)]));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
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

const answersIn = (output: string, blueprint: Blueprint): readonly Answered[] => {
  const { result, errors } = JSON.parse(output) as {
    readonly result?: readonly { readonly expressions: readonly { readonly value: readonly Answered[] }[] }[];
    readonly errors?: readonly { readonly message: string; readonly location?: { readonly file?: string; readonly row?: number } }[];
  };
  const answers = result?.[0]?.expressions[0]?.value;
  if (answers !== undefined) return answers;
  const [first] = errors ?? [];
  const place = first?.location?.file ? ` (${first.location.file}:${String(first.location.row ?? '')})` : '';
  // The first line says what; those below quote the text, whose lines are cut to a marker.
  const [what = ''] = (first?.message ?? 'opa gave no result').replace(/^loading error: bundle \S+ \d+ errors? occurred: /, '').split('\n');
  throw new Problem('MATRIX_POLICY_FAILED', `the policy cannot be evaluated: ${what}${place}`, {
    at: blueprint.at('authorization.policy'),
    hint: 'opa check --strict on the policy directory shows where',
  });
};

/** As the gateway's OPA plugin reads it: `true`, or an object whose `allow` is `true`; everything else is a no. */
const readAnswer = (answer: unknown): PolicyAnswer => {
  if (typeof answer !== 'object' || answer === null) return { allow: answer === true, reasons: [] };
  const { allow, reasons } = answer as { readonly allow?: unknown; readonly reasons?: unknown };
  return { allow: allow === true, reasons: Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [] };
};
