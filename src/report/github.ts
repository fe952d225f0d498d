import { addressOfChange, changesOf } from '../core/plan.ts';
import type { Position } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { harmless } from './harmless.ts';
import { partWords } from './part.ts';
import { isBad, isWaived, waiverWords } from './waiver.ts';
import { originOf, titleOf, unseenLines, whyOf } from './change.ts';

/** Workflow commands of GitHub Actions: an annotation on the blueprint line for each thing that is not right. */
export const renderGithub = (given: Report): string => {
  const report = harmless(given);
  const lines = [
    ...report.problems.map(({ code, message, hint, at }) => annotate('error', code, hint ? `${message}; ${hint}` : message, at)),
    ...(report.verdicts ?? [])
      .filter(isBad)
      .map(({ id, claim, subject, status, why, origin }) => annotate('error', id, `${subject}: ${claim}: ${status}${why ? `, ${why}` : ''}`, origin)),
    ...(report.verdicts ?? []).filter(isWaived).map(({ id, claim, subject, waiver }) => annotate('notice', `${id} waived`, `${subject}: ${claim}: ${waiver.was}, ${waiverWords(waiver)}`, waiver.origin)),
    ...(report.part ? [annotate('notice', 'a part alone', partWords(report.part), undefined)] : []),
    ...(report.limits ?? []).map(({ what, hint, origin }) => annotate('notice', 'limit', `${what}; ${hint}`, origin)),
    ...(report.plan ? changesOf(report.plan) : [])
      .filter(({ action }) => action !== 'keep')
      .map((change) => {
        const why = whyOf(change);
        return annotate('warning', titleOf(change, report), `${addressOfChange(change)}${why ? `: ${why}` : ''}`, originOf(change));
      }),
    ...(report.plan ? unseenLines(report.plan) : []).map((line) => annotate('warning', 'unseen', line, undefined)),
  ];
  return lines.length === 0 ? `::notice title=authctl ${report.command}::nothing to report` : lines.join('\n');
};

const annotate = (level: 'error' | 'warning' | 'notice', title: string, message: string, at: Position | undefined): string => {
  const place = at ? `file=${property(at.file)},line=${at.line},col=${at.column},` : '';
  return `::${level} ${place}title=${property(title)}::${data(message)}`;
};

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
