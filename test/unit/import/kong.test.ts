import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';
import { expand } from '../../../src/patterns/index.ts';

const DATA = join(import.meta.dirname, '../../data/import/kong');
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const files = (await readdir(DATA)).filter((file) => /\.(json|ya?ml)$/.test(file));

describe.each(files)('the gateway of %s', (file) => {
  const imported = async () => {
    const out = join(directory, `${file}.blueprint.yaml`);
    const report = await createAuthctl({ env: {}, localStack: false }).import({ files: [join(DATA, file)], out, force: true });
    expect(report.problems).toEqual([]);
    return { ...report.data!, out };
  };

  it('becomes a blueprint that is valid, and that expands', async () => {
    const { out, secrets } = await imported();
    const authctl = createAuthctl({ env: Object.fromEntries(secrets.map(({ variable }) => [variable, 'set-by-somebody'])), localStack: false });
    expect((await authctl.validate(out)).problems.map(({ code, message, at }) => `${code} ${String(at?.line)} ${message}`)).toEqual([]);
    expect(expand(await authctl.load(out)).desired.length).toBeGreaterThan(0);
  });

  it('leaves no secret of the source in it, nor in what is said', async () => {
    expect(JSON.stringify(await imported())).not.toContain('planted');
  });

  it('becomes the same blueprint every time', async () => {
    await expect((await imported()).blueprint).toMatchFileSnapshot(join(import.meta.dirname, `golden/kong-${file}.blueprint.yaml`));
  });
});
