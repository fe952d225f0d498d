import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findPostgres } from '../../../src/stack/postgres/find.ts';
import { removeSecrets } from '../../../src/stack/state.ts';
import { script, temporaryDir } from './temporary.ts';

/** A folder of programs that say this version. */
const programs = (says: string): string => {
  const dir = temporaryDir();
  for (const name of ['postgres', 'initdb', 'createdb']) script(dir, name, `echo '${says}'`);
  return dir;
};
const find = (bin: string, root = false) => findPostgres({ PATH: process.env.PATH, AUTHCTL_POSTGRES_BIN: bin }, root);

describe('PostgreSQL for the local stack', () => {
  it('is one that Keycloak supports', async () => {
    await expect(find(programs('postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)'))).resolves.toMatchObject({ version: '15.14' });
    await expect(find(programs('postgres (PostgreSQL) 13.22'))).rejects.toMatchObject({ code: 'STACK_NO_POSTGRES' });
    await expect(find(programs('something else'))).rejects.toMatchObject({ code: 'STACK_NO_POSTGRES' });
    await expect(find(temporaryDir())).rejects.toMatchObject({ code: 'STACK_NO_POSTGRES' });
  });

  it('is never run as root', async () => {
    const { account } = await find(programs('postgres (PostgreSQL) 17.2'), true);
    expect(account?.uid).toBeGreaterThan(0);
    expect(await find(programs('postgres (PostgreSQL) 17.2'))).not.toHaveProperty('account');
  });

  it('takes its files with it from where another account keeps them, and no file of anybody else', () => {
    const dir = temporaryDir();
    const [own, others] = ['authctl-postgres-', 'somebody-elses-'].map((prefix) => mkdtempSync(join(tmpdir(), prefix)));
    onTestFinished(() => { rmSync(others!, { recursive: true, force: true }); });
    mkdirSync(join(own!, 'data'));
    for (const place of [own!, others!]) {
      symlinkSync(place, join(dir, 'postgres'));
      removeSecrets(dir);
      expect(existsSync(join(dir, 'postgres'))).toBe(false);
    }
    expect([existsSync(own!), existsSync(others!)]).toEqual([false, true]);
  });
});
