import { addressOfChange, changesOf, reasonsOf } from '../core/plan.ts';
import type { Report, Verdict } from '../core/report.ts';
import { groupBy } from '../core/collections.ts';
import { besideOf, diffWords, titleOf, unseenLines, whyOf } from './change.ts';
import { harmless } from './harmless.ts';
import { placeOf } from './problem.ts';
import { waiverWords } from './waiver.ts';
import { escapeXml } from './xml.ts';

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly failure?: { readonly kind: 'failure' | 'error' | 'skipped'; readonly message: string; readonly text?: string };
}

/** JUnit XML as CI servers read it: a suite per group of checks, a case per verdict; drift is a suite with a case per object. */
export const renderJunit = (given: Report): string => {
  const report = harmless(given);
  const cases = [
    ...(report.verdicts ?? []).map(caseOfVerdict),
    ...(report.plan ? changesOf(report.plan).map((change): Case => caseOfChange(report, change)) : []),
    ...(report.plan ? unseenLines(report.plan) : []).map((line): Case => ({ suite: report.command, name: line, failure: { kind: 'skipped', message: line } })),
    ...report.problems.map(
      ({ code, message, at }): Case => ({ suite: 'problems', name: code, failure: { kind: 'error', message, text: at ? placeOf(at) : '' } }),
    ),
  ];
  const suites = [...groupBy(cases, ({ suite }) => suite)].map(([name, members]) => {
    const count = (kind: string): number => members.filter(({ failure }) => failure?.kind === kind).length;
    return [
      `  <testsuite name="${escapeXml(name)}" tests="${members.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}">`,
      ...members.map((member) => renderCase(member)),
      '  </testsuite>',
    ].join('\n');
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="authctl ${escapeXml(report.command)}${report.part ? ', a part alone' : ''}">`, ...suites, '</testsuites>'].join('\n');
};

const caseOfVerdict = (verdict: Verdict): Case => {
  const kinds = { passed: undefined, failed: 'failure', crashed: 'error', inconclusive: 'error', waived: 'skipped', skipped: 'skipped' } as const;
  const kind = kinds[verdict.status];
  const evidence = verdict.evidence.map(({ request, status }) => `${request} -> ${status ?? 'no answer'}`);
  return {
    suite: verdict.group,
    name: `${verdict.id} ${verdict.claim} [${verdict.subject}]`,
    ...(kind && {
      failure: { kind, message: verdict.waiver ? `${waiverWords(verdict.waiver)} (${verdict.waiver.was}${verdict.why === undefined ? '' : `, ${verdict.why}`})` : (verdict.why ?? verdict.status), text: [...evidence, ...(verdict.origin ? [placeOf(verdict.origin)] : [])].join('\n') },
    }),
  };
};

const caseOfChange = (report: Report, change: Parameters<typeof addressOfChange>[0]): Case => ({
  suite: report.command,
  name: addressOfChange(change),
  ...(change.action !== 'keep' && {
    failure: {
      kind: 'failure',
      message: titleOf(change, report),
      text:
        reasonsOf(change).length === 0
          ? whyOf(change)
          : [...reasonsOf(change).map((difference) => diffWords(difference, report, (value) => JSON.stringify(value))), ...besideOf(change)].join('\n'),
    },
  }),
});

const renderCase = ({ suite, name, failure }: Case): string => {
  const open = `    <testcase classname="authctl.${escapeXml(suite)}" name="${escapeXml(name)}"`;
  if (!failure) return `${open}/>`;
  if (failure.kind === 'skipped') return `${open}><skipped message="${escapeXml(failure.message)}"/></testcase>`;
  return `${open}><${failure.kind} message="${escapeXml(failure.message)}">${escapeXml(failure.text ?? '')}</${failure.kind}></testcase>`;
};
