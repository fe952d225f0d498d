import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import type { LoadOptions } from '../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { problemsOf } from '../../../src/core/problem.ts';
import type { Problem } from '../../../src/core/problem.ts';

export const repository = join(import.meta.dirname, '../../..');
/** As problems name it: from where the tests run. */
export const ssoFile = relative(process.cwd(), join(repository, 'blueprints/sso.yaml'));

/** Everything blueprints/sso.yaml asks for, with a stand-in for AWS. */
export const env: Readonly<Record<string, string>> = {
  KEYCLOAK_CLIENT_SECRET: 'keycloak-secret',
  REPORTS_SECRET: 'reports-secret',
  ALICE_PASSWORD: 'alice-password',
  SAM_PASSWORD: 'sam-password',
  ADA_PASSWORD: 'ada-password',
  AWS_ENDPOINT: 'http://127.0.0.1:4566',
};

/** The text of blueprints/sso.yaml with replacements, each of which must find its text. */
export const sso = async (...edits: readonly (readonly [string, string])[]): Promise<string> => {
  let text = (await readFile(ssoFile, 'utf8')).replace('../policies/shop', join(repository, 'policies/shop'));
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`the blueprint has no text ${JSON.stringify(from)}`);
    text = text.replace(from, () => to);
  }
  return text;
};

type Options = Partial<LoadOptions>;

/** Writes the files to a directory of their own and hands it over; the directory is gone afterwards. */
export const inDirectory = async <Result>(
  files: Readonly<Record<string, string>>,
  use: (directory: string) => Promise<Result>,
): Promise<Result> => {
  const directory = await mkdtemp(join(tmpdir(), 'authctl-blueprint-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

/** Loads the first of the files. */
export const load = (files: Readonly<Record<string, string>> | string, options: Options = {}): Promise<Blueprint> => {
  const all = typeof files === 'string' ? { 'blueprint.yaml': files } : files;
  const [first = ''] = Object.keys(all);
  return inDirectory(all, (directory) => loadBlueprint(join(directory, first), { env, ...options }));
};

export interface Told {
  readonly code: string;
  /** `file:line` */
  readonly at: string;
  /** The text under the marker. */
  readonly marked: string;
}

/** What loading complains about; an empty list when it does not. */
export const complaints = async (files: Readonly<Record<string, string>> | string, options: Options = {}): Promise<readonly Told[]> => {
  const all = typeof files === 'string' ? { 'blueprint.yaml': files } : files;
  const [first = ''] = Object.keys(all);
  return inDirectory(all, async (directory) => {
    const problems = await problemsIn(() => loadBlueprint(join(directory, first), { env, ...options }));
    return problems.map(({ code, at }) => {
      const name = at ? relative(directory, at.file) : '';
      const line = (all[name] ?? '').split('\n')[(at?.line ?? 0) - 1] ?? '';
      const start = (at?.column ?? 1) - 1;
      return { code, at: `${name}:${at?.line ?? 0}`, marked: line.slice(start, start + (at?.length ?? 0)) };
    });
  });
};

/** The problems an action throws; anything else it throws is a bug and passes through. */
export const problemsIn = async (action: () => Promise<unknown>): Promise<readonly Problem[]> => {
  try {
    await action();
    return [];
  } catch (thrown) {
    const problems = problemsOf(thrown);
    if (!problems) throw thrown;
    return problems;
  }
};
