import { readFileSync } from 'node:fs';
import { Problem } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { masked } from '../report/harmless.ts';
import { formats } from '../report/index.ts';
import type { FormatName } from '../report/index.ts';
import { makeStyle } from '../report/style.ts';
import type { Style } from '../report/style.ts';

interface How {
  /** Takes what is secret out of a text. */
  readonly mask: (text: string) => string;
  /** Colours the format `text`; nothing is coloured without it. */
  readonly style?: Style | undefined;
}

/** A report as a text, masked: before a format writes it, in the form that servers repeat a secret in, and after that once more. */
export const format = async (report: Report, name: FormatName, { mask, style = makeStyle(false) }: How): Promise<string> => {
  if (!Object.hasOwn(formats, name))
    throw new Problem('CLI_UNKNOWN_FORMAT', `there is no format "${name}"`, { expected: Object.keys(formats).join(', ') });
  const lines = (file: string): readonly string[] | undefined => readLines(file)?.map(mask);
  return mask((await formats[name]())(masked(report, mask), { style, readLines: lines }));
};

/** For the lines that a problem quotes. */
const readLines = (file: string): readonly string[] | undefined => {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
};
