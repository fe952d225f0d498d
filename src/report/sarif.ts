import { addressOfChange, changesOf } from '../core/plan.ts';
import type { Position } from '../core/problem.ts';
import type { Part, Report, Severity, Verdict } from '../core/report.ts';
import type { Change } from '../core/resource.ts';
import { partWords } from './part.ts';
import { waiverWords } from './waiver.ts';
import { originOf, titleOf, unseenLines, whyOf } from './change.ts';
import { harmless } from './harmless.ts';

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { critical: 'error', high: 'error', medium: 'warning', low: 'note' };
/** GitHub sorts code scanning alerts by this number, 0 to 10. */
const scores: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' };

/** SARIF 2.1.0: a rule per check, a result per verdict that is not passed or skipped, at the blueprint line it protects. */
export const renderSarif = (given: Report): string => {
  const report = harmless(given);
  const verdicts = report.verdicts ?? [];
  const found = verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped');
  const changes = report.plan ? changesOf(report.plan).filter(({ action }) => action !== 'keep') : [];
  const rules = [...new Map(verdicts.map((verdict) => [verdict.id, verdict])).values()].map(ruleOf);
  const results = [
    ...found.map(resultOf),
    ...changes.map((change) => resultOfChange(change, report)),
    ...(report.plan ? unseenLines(report.plan) : []).map((text) => ({ ruleId: 'drift/unseen', level: 'warning', message: plain(text), locations: [] })),
    ...report.problems.map(({ code, message, at }) => ({ ruleId: code, level: 'error', message: plain(message), locations: locationsOf(at) })),
  ];
  const others = [...new Set(results.map(({ ruleId }) => ruleId))].filter((id) => !rules.some((rule) => rule.id === id)).map((id) => ({ id }));
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'authctl', rules: [...rules, ...others] } }, ...(report.part && partial(report, report.part)), columnKind: 'utf16CodeUnits', results }],
    },
    null,
    2,
  );
};

/** Under a name of its own (SARIF 2.1.0, section 3.17.2): whoever takes it for the newest run of all checks would close what this one has not looked at. */
const partial = ({ command }: Report, part: Part) => ({
  automationDetails: { id: `authctl ${command}, a part/` },
  invocations: [{ executionSuccessful: true, toolExecutionNotifications: [{ level: 'note', message: plain(partWords(part)) }] }],
});

const ruleOf = ({ id, claim, severity, source }: Verdict) => ({
  id,
  shortDescription: { text: claim },
  fullDescription: { text: `${claim} (${source})` },
  defaultConfiguration: { level: levels[severity] },
  properties: { tags: ['security'], 'security-severity': scores[severity] },
});

const resultOf = (verdict: Verdict) => ({
  ruleId: verdict.id,
  level: levels[verdict.severity],
  message: plain(`${verdict.subject}: ${verdict.claim}: ${verdict.status}${verdict.why ? `, ${verdict.why}` : ''}`),
  locations: locationsOf(verdict.origin),
  // Whoever shows alerts shows it as one that somebody has closed, with the reason.
  ...(verdict.waiver && { suppressions: [{ kind: 'external', status: 'accepted', justification: waiverWords(verdict.waiver) }] }),
});

const resultOfChange = (change: Change, report: Report) => ({
  ruleId: `drift/${titleOf(change, report)}`,
  level: 'error',
  message: plain(`${addressOfChange(change)}: ${titleOf(change, report)} ${whyOf(change)}`.trim()),
  locations: locationsOf(originOf(change)),
});

/** A message without links: `[text](address)` is one, of plain text as well, and names of whoever writes to a server are in it. (SARIF 2.1.0, section 3.11.6) */
const plain = (text: string): { readonly text: string } => ({ text: text.replaceAll('](', '] (') });

const locationsOf = (at: Position | undefined) =>
  at ? [{ physicalLocation: { artifactLocation: { uri: at.file }, region: { startLine: at.line, startColumn: at.column } } }] : [];
