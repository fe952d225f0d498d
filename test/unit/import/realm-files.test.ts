import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';
import type { Imported } from '../../../src/app/index.ts';
import { expand } from '../../../src/patterns/index.ts';
import { REALM_FILES as DATA, realmFiles } from '../../realm-files.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const authctl = createAuthctl({ env: {}, localStack: false });

const imported = async (file: string): Promise<Imported & { readonly text: string; readonly path: string }> => {
  const path = join(directory, `${file}.blueprint.yaml`);
  const report = await authctl.import({ files: [join(DATA, file)], out: path, force: true });
  expect(report.problems).toEqual([]);
  return { ...report.data!, text: await readFile(path, 'utf8'), path };
};

const files = await realmFiles();

describe.each(files)('the realm of %s', (file) => {
  it('becomes a blueprint that is valid, and that expands', async () => {
    const { path, secrets } = await imported(file);
    const authctl = createAuthctl({ env: Object.fromEntries(secrets.map(({ variable }) => [variable, 'set-by-somebody'])), localStack: false });
    const report = await authctl.validate(path);
    expect(report.problems.map(({ code, message, at }) => `${code} ${String(at?.line)} ${message}`)).toEqual([]);
    expect(expand(await authctl.load(path)).desired.length).toBeGreaterThan(0);
  });

  it('leaves no secret of the source in it, nor in what is said', async () => {
    const { text, ...said } = await imported(file);
    expect(text).not.toContain('planted');
    expect(JSON.stringify(said)).not.toContain('planted');
  });

  it('becomes the same blueprint every time', async () => {
    const { blueprint } = await imported(file);
    await expect(blueprint).toMatchFileSnapshot(join(import.meta.dirname, `golden/${file}.blueprint.yaml`));
  });
});
