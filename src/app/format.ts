import { readFileSync } from 'node:fs';
import { Problem } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { formats } from '../report/index.ts';
import type { FormatName } from '../report/index.ts';
import { makeStyle } from '../report/style.ts';
import type { Style } from '../report/style.ts';

/** A report as a text. `style` colours the format `text`, and nothing is coloured without it. */
export const format = async (report: Report, name: FormatName, style: Style = makeStyle(false)): Promise<string> => {
  if (!Object.hasOwn(formats, name))
    throw new Problem('CLI_UNKNOWN_FORMAT', `there is no format "${name}"`, { expected: Object.keys(formats).join(', ') });
  return (await formats[name]())(report, { style, readLines });
};

/** For the lines that a problem quotes. */
const readLines = (file: string): readonly string[] | undefined => {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
};
