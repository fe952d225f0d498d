import type { Blueprint } from '../blueprint/types.ts';
import type { Report, Verdict } from '../core/report.ts';
import { disagreementsIn, matrixMarkdown, matrixText, workedOut } from '../render/matrix.ts';
import { answerOf, hasPolicy, matrixOf, questionsOf } from '../access/index.ts';
import type { Matrix, PolicyAnswer } from '../access/index.ts';
import { bundleOf } from '../providers/opa/bundle.ts';
import { opaAtHand } from '../stack/opa/find.ts';
import { askPolicy } from '../providers/opa/ask.ts';
import { withPolicy } from './examine.ts';
import type { BlueprintSource, Run } from './run.ts';

export interface MatrixRequest {
  /** `false`: the policy is not asked, and the blueprint alone decides. */
  readonly policy?: boolean;
  /** What the report holds beside its data: the matrix as a text, as Markdown, as the table that a page draws, as a verdict for each cell, or nothing. A text unless stated. */
  readonly as?: 'text' | 'markdown' | 'table' | 'verdicts' | 'data';
}
export interface MatrixFound extends Pick<Matrix, 'callers' | 'cells'> {
  /** Who answered, as a sentence. */
  readonly source: string;
}

/** Who passes where, worked out from the blueprint and its Rego without a server. The answer is no when `expect` says otherwise. */
export const matrix = async (run: Run, from: BlueprintSource, { policy = true, as = 'text' }: MatrixRequest): Promise<Report<MatrixFound>> => {
  const offline = await run.loadOffline(from);
  // Of a policy that somebody else publishes it is known by its address alone what it says.
  const blueprint = policy && hasPolicy(offline) && offline.authorization.bundle ? await withPolicy(run, await run.load(from)) : offline;
  const { answers, source } = await answersOf(blueprint, run.env, policy);
  const found = matrixOf(blueprint, answers);
  const drawn = { text: matrixText, markdown: matrixMarkdown, table: undefined, verdicts: undefined, data: undefined }[as];
  return {
    command: 'matrix',
    blueprint: blueprint.name,
    problems: [],
    negative: disagreementsIn(found).length > 0,
    data: { source, callers: found.callers, cells: found.cells },
    ...(drawn && { text: drawn(found, source) }),
    ...(as === 'table' && { worked: workedOut(found, source) }),
    ...(as === 'verdicts' && { verdicts: verdictsOf(found) }),
  };
};

/** For formats that machines read: they know verdicts, not tables. */
const verdictsOf = ({ cells }: Matrix): readonly Verdict[] =>
  cells
    .filter(({ judged }) => judged)
    .map(({ gateway, service, route, who, object, disagreement, at }) => ({
      id: 'MATRIX-01',
      group: 'MATRIX',
      claim: 'the policy and the gateways decide as the access matrix says',
      severity: 'critical',
      source: 'the blueprint: expect',
      subject: `${gateway} ${service}.${route} as ${who}${object === undefined ? '' : `, ${object} object`}`,
      status: disagreement === undefined ? 'passed' : 'failed',
      ...(disagreement !== undefined && { why: disagreement }),
      evidence: [],
      origin: at,
    }));

interface Asked {
  readonly answers: ReadonlyMap<string, PolicyAnswer> | undefined;
  readonly source: string;
}

const answersOf = async (blueprint: Blueprint, env: NodeJS.ProcessEnv, wanted: boolean): Promise<Asked> => {
  const { authorization } = blueprint;
  if (!hasPolicy(blueprint)) return { answers: undefined, source: 'from the blueprint: it has no policy' };
  if (!wanted) return { answers: undefined, source: 'from the blueprint alone: the policy was not asked (--no-policy)' };
  const opa = await opaAtHand({ env, given: blueprint.targets.opa?.binary });
  if (opa === undefined) return { answers: undefined, source: 'from the blueprint alone: no opa was found, so the policy was not asked' };
  const { files } = bundleOf(blueprint);
  const policy = { files, answer: answerOf(blueprint), at: blueprint.at('authorization.policy'), directory: authorization.policy };
  const answers = await askPolicy(opa, policy, questionsOf(blueprint, Math.floor(Date.now() / 1000)), env);
  const { bundle, read } = authorization;
  const whose = bundle && read ? `the bundle ${bundle.name}, revision ${read.revision || '(none)'}` : 'its policy';
  return { answers, source: `from the blueprint and ${whose}, evaluated by opa` };
};
