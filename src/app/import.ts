import { writeFile } from 'node:fs/promises';
import { fieldAt } from '../blueprint/declaration/index.ts';
import { oneLine } from '../core/one-line.ts';
import { Problem, reason } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { blueprintText, draftOf, readForeign } from '../import/index.ts';
import type { Draft } from '../import/index.ts';
import type { Run } from './run.ts';

export interface ImportRequest {
  /** Files of other tools: realm exports, files of keycloak-config-cli. */
  readonly files?: readonly string[];
  /** The blueprint that is written; without it, it is the report's text alone. */
  readonly out?: string;
  /** Write over a file that is there. */
  readonly force?: boolean;
  /** The blueprint's name; made of the realm's unless it is stated. */
  readonly name?: string;
}

export interface Imported {
  /** The file that was written. */
  readonly file?: string;
  /** The blueprint itself: no secret is in it. */
  readonly blueprint: string;
  /** Variables that must be set before it is planned. */
  readonly secrets: Draft['secrets'];
  /** What is there and is not in it. */
  readonly unsaid: Draft['unsaid'];
  /** What is there and should not be so, each with its path in the blueprint. */
  readonly unsafe: readonly { readonly at: string; readonly what: string; readonly instead: string }[];
}

/** Writes a blueprint of what is there. Nothing is written to where it comes from, and no file is written over unless that is asked for. */
export const importBlueprint = async (run: Run, { files = [], out, force = false, name }: ImportRequest): Promise<Report<Imported>> => {
  if (files.length === 0) throw new Problem('IMPORT_NOTHING', 'nothing to import from', { hint: 'authctl import --from-file realm-export.json --out blueprint.yaml' });
  const { pattern = '' } = fieldAt(['name']) ?? {};
  if (name !== undefined && !new RegExp(pattern).test(name))
    throw new Problem('IMPORT_BAD_NAME', `"${name}" cannot be the name of a blueprint`, { expected: 'lower-case letters, digits and hyphens, a letter first, 31 at the most' });
  const draft = draftOf({ name, files: await Promise.all(files.map((file) => readForeign(run.pathOf(file)))) });
  const blueprint = blueprintText(draft, headOf(draft));
  if (out !== undefined) await written(run.pathOf(out), blueprint, force);
  const unsafe = draft.unsafe.map(({ path, what, instead }) => ({ at: path.join('.'), what, instead }));
  const { secrets, unsaid } = draft;
  const data = { ...(out !== undefined && { file: run.pathOf(out) }), blueprint, secrets, unsaid, unsafe };
  return { command: 'import', problems: [], data, text: out === undefined ? blueprint : told(out, data) };
};

const headOf = ({ secrets, unsaid }: Draft): readonly string[] => [
  'Written by "authctl import" of what was there. What a new server has by itself is left out.',
  ...(secrets.length > 0 ? ['', 'Secrets come from the environment:', ...secrets.map(({ variable, of }) => `  ${variable}: ${of}`)] : []),
  ...(unsaid.length > 0 ? ['', 'What is there and is not said here, and is left as it is:', ...unsaid.map(({ address, why }) => `  ${address}: ${why}`)] : []),
];

const told = (out: string, { secrets, unsaid, unsafe }: Imported): string =>
  [
    `wrote ${out}`,
    ...(unsafe.length > 0 ? ['', 'unsafe there:', ...unsafe.map(({ at, what, instead }) => `  ${at}: ${what}. ${instead}`)] : []),
    ...(unsaid.length > 0 ? ['', 'not said, and left as it is:', ...unsaid.map(({ address, why }) => `  ${address}: ${why}`)] : []),
    ...(secrets.length > 0 ? ['', 'set before you plan:', ...secrets.map(({ variable, of }) => `  ${variable}: ${of}`)] : []),
    '',
    `${unsafe.length} unsafe, ${unsaid.length} not said, ${secrets.length} secrets`,
    'next:',
    `  authctl validate ${out}`,
    `  authctl plan ${out}`,
  ]
    .map((line) => oneLine(line))
    .join('\n');

const written = async (file: string, text: string, force: boolean): Promise<void> => {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST'
      ? new Problem('IMPORT_EXISTS', `"${file}" is there already; nothing was written`, { cause, hint: 'give another file name, or --force' })
      : new Problem('IMPORT_UNWRITTEN', `"${file}" cannot be written: ${reason(cause)}`, { cause, hint: 'name a file in a directory that is there and that you may write to' });
  }
};
