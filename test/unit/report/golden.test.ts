import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formats } from '../../../src/report/index.ts';
import type { FormatName } from '../../../src/report/index.ts';
import { makeStyle } from '../../../src/report/style.ts';
import { reports } from './reports.ts';

const endings: Readonly<Record<FormatName, string>> = { text: 'txt', json: 'json', junit: 'junit.xml', sarif: 'sarif.json', github: 'github.txt', markdown: 'md', html: 'html', svg: 'svg' };
const source = ['name: shop', '  list: x', 'end'];
const golden = (name: string): string => join(import.meta.dirname, 'golden', name);

/** The style sheet and the script are the same in every page, and read in their own files. */
const withoutOwn = (text: string): string => text.replace(/<(style|script)>[^]*?<\/\1>/g, '<$1>…</$1>').replaceAll(/'sha256-[^']+'/g, "'sha256-…'");

/** The files beside this one are what people see. A change of them is a change of the program: read it as one. */
describe.each(Object.entries(reports))('the report %s', (name, report) => {
  it.each(Object.entries(endings) as [FormatName, string][])('as %s', async (format, ending) => {
    const text = (await formats[format]())(report, { style: makeStyle(false), readLines: () => source });
    await expect(withoutOwn(text)).toMatchFileSnapshot(golden(`${name}.${ending}`));
  });
  it('in colour', async () => {
    const text = (await formats.text())(report, { style: makeStyle(true), readLines: () => source });
    // Escapes as words, so that a reviewer can read them.
    await expect(text.replaceAll('\u001b', '␛')).toMatchFileSnapshot(golden(`${name}.colour.txt`));
  });
});
