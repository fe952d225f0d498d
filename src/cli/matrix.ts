import type { Blueprint } from '../blueprint/types.ts';
import type { Report, Verdict } from '../core/report.ts';
import { disagreementsIn, matrixHtml, matrixMarkdown, matrixText } from '../render/matrix.ts';
import { matrixOf, questionsOf } from '../access/matrix.ts';
import type { Matrix, PolicyAnswer } from '../access/matrix.ts';
import { policyData } from '../access/policy-data.ts';
import { buildBundle } from '../providers/opa/bundle.ts';
import { opaAtHand } from '../stack/opa/find.ts';
import type { GlobalOptions } from './context.ts';
import type { Action } from './index.ts';
import { loadOffline } from './offline.ts';
import { askPolicy } from './policy.ts';

/** `matrix`: who passes where, worked out from the blueprint and its Rego without a server. Exit 2 when `expect` says otherwise. */
export const matrixCommand: Action<GlobalOptions & { policy?: boolean }> = async (context, path, options) => {
  const blueprint = await loadOffline(context, path);
  const { answers, source } = await answersOf(blueprint, context.env, options.policy !== false);
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
    return context.finish({ ...report, text: matrixHtml(matrix, source, `authctl matrix: ${blueprint.name}`) }, 'text');
  }
  if (format === 'text') return context.finish({ ...report, text: matrixText(matrix, source) });
  return context.finish({ ...report, verdicts: verdictsOf(matrix) });
};

/** The formats that machines read know verdicts, not tables. */
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
  const { name, authorization } = blueprint;
  if (authorization.pattern === 'none') return { answers: undefined, source: 'from the blueprint: it has no policy' };
  if (!wanted) return { answers: undefined, source: 'from the blueprint alone: the policy was not asked (--no-policy)' };
  const opa = await opaAtHand({ env, given: blueprint.targets.opa?.binary });
  if (opa === undefined) return { answers: undefined, source: 'from the blueprint alone: no opa was found, so the policy was not asked' };
  // The very bundle that apply would publish.
  const { files } = buildBundle({ name, policyFiles: authorization.policyFiles, data: policyData(blueprint), decision: authorization.decision });
  const policy = { files, decision: authorization.decision ?? '', at: blueprint.at('authorization.policy') };
  const answers = await askPolicy(opa, policy, questionsOf(blueprint, Math.floor(Date.now() / 1000)), env);
  return { answers, source: 'from the blueprint and its policy, evaluated by opa' };
};
