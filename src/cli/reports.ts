import { resolve } from 'node:path';
import type { FormatName } from '../app/index.ts';
import { Problem, Problems } from '../core/problem.ts';

/** What `--format` and `--report` take. */
export const FORMATS = ['text', 'json', 'junit', 'sarif', 'github', 'markdown', 'html', 'svg'] as const satisfies readonly FormatName[];

/** A file that a report is written to, beside the result. */
export interface FileReport {
  readonly format: FormatName;
  readonly file: string;
}

/** What `--report FORMAT=FILE` asks for, each time it is given; a file that two would write is a mistake. Throws `CLI_REPORT`. */
export const reportsOf = (given: readonly string[], cwd: string, output: string | undefined): readonly FileReport[] => {
  const taken = new Set(output === undefined ? [] : [resolve(cwd, output)]);
  const problems: Problem[] = [];
  const reports = given.flatMap((one): readonly FileReport[] => {
    const [name = '', ...rest] = one.split('=');
    const file = rest.join('=');
    const format = FORMATS.find((known) => known === name);
    if (format === undefined || file === '') {
      problems.push(wrong(one, format === undefined ? `there is no format "${name}"` : 'it names no file'));
      return [];
    }
    if (taken.has(resolve(cwd, file))) problems.push(wrong(one, 'another result is written to that file'));
    taken.add(resolve(cwd, file));
    return [{ format, file }];
  });
  if (problems.length > 0) throw new Problems(problems);
  return reports;
};

const wrong = (given: string, why: string): Problem =>
  new Problem('CLI_REPORT', `--report ${given}: ${why}`, { expected: `a format and a file, each file once: ${FORMATS.join(', ')}`, hint: 'write --report junit=drift.xml, as often as you like' });
