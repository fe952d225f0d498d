import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from './run.ts';

const inDirectory = async (use: (directory: string) => Promise<void>): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'authctl-init-'));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

interface Written {
  readonly data: { readonly written: readonly string[]; readonly environment: readonly string[] };
}

describe('init', () => {
  it('writes a blueprint that validates with the variables it names, and says what to do next', async () => {
    await inDirectory(async (directory) => {
      const file = join(directory, 'mine.yaml');
      const { exitCode, stdout } = await cli(['init', file, '--name', 'my-shop', '--json']);
      expect(exitCode).toBe(0);
      const { data } = JSON.parse(stdout) as Written;
      expect((await readdir(join(directory, 'policies/my-shop'))).toSorted()).toEqual([
        'authz.rego',
        'authz_test.rego',
        'caller.rego',
        'inventory.rego',
        'ownership.rego',
        'ownership_test.rego',
      ]);
      const env = Object.fromEntries(data.environment.map((name) => [name, `a value for ${name}`]));
      expect(await cli(['validate', file, '--no-stack'], env)).toMatchObject({ exitCode: 0, stderr: '' });
      for (const name of data.environment)
        expect(await cli(['plan', file, '--no-stack'], { ...env, [name]: undefined })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`${name} is not set`) as string });
      expect(await cli(['matrix', file, '--no-stack', '--no-policy'])).toMatchObject({ exitCode: 0 });
    });
  });

  it('moves the policy to the package root of the name', async () => {
    await inDirectory(async (directory) => {
      const { stdout } = await cli(['init', join(directory, 'mine.yaml'), '--name', 'my-shop']);
      expect(stdout).toMatch(/next, with a stack on this machine, which sets all of them:\n {2}authctl stack up /);
      for (const name of await readdir(join(directory, 'policies/my-shop'))) {
        const rego = await readFile(join(directory, 'policies/my-shop', name), 'utf8');
        expect(rego).toMatch(/^package my_shop\./m);
        expect(rego).not.toMatch(/\bdata\.shop\b|^package shop\b/m);
      }
    });
  });

  it.each(['mine.yaml', 'policies/shop/caller.rego'])('writes nothing at all when %s is there', async (taken) => {
    await inDirectory(async (directory) => {
      await cli(['init', join(directory, 'mine.yaml')]);
      for (const name of await readdir(directory, { recursive: true }))
        if (name !== taken && /\.(rego|yaml)$/.test(name)) await rm(join(directory, name));
      await writeFile(join(directory, taken), 'kept');
      const { exitCode, stderr } = await cli(['init', join(directory, 'mine.yaml')]);
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('INIT_EXISTS')]);
      expect((await readdir(directory, { recursive: true })).filter((name) => /\.(rego|yaml)$/.test(name))).toEqual([taken]);
      expect(await readFile(join(directory, taken), 'utf8')).toBe('kept');
    });
  });

  it('keeps what the local stack writes out of a repository, and changes no list that is there', async () => {
    await inDirectory(async (directory) => {
      const list = join(directory, '.gitignore');
      expect(await cli(['init', join(directory, 'one.yaml'), '--name', 'one'])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('.gitignore') as string });
      expect(await readFile(list, 'utf8')).toBe('.authctl/\n');
      expect((await cli(['init', join(directory, 'two.yaml'), '--name', 'two'])).stdout).not.toContain('.gitignore');
      await writeFile(list, 'node_modules/\n');
      expect((await cli(['init', join(directory, 'three.yaml'), '--name', 'three'])).stdout).toContain('add the line .authctl/ to ');
      expect(await readFile(list, 'utf8')).toBe('node_modules/\n');
    });
  });

  it('refuses a name that no blueprint can have', async () => {
    expect(await cli(['init', 'never.yaml', '--name', '../x'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('INIT_BAD_NAME') as string,
    });
  });
});
