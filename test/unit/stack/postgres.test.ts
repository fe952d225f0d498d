import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPostgres } from '../../../src/stack/postgres/find.ts';
import { DATABASE_PLACE, identityOf, removeSecrets } from '../../../src/stack/state.ts';
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
    const [dir, elsewhere, tmp] = [temporaryDir(), temporaryDir(), temporaryDir()];
    const place = (prefix: string, of?: string): string => {
      const made = mkdtempSync(join(tmp, prefix));
      mkdirSync(join(made, 'data'));
      if (of !== undefined) writeFileSync(join(made, DATABASE_PLACE.of), identityOf(of));
      return made;
    };
    const places = [place('authctl-postgres-', dir), place('somebody-elses-', dir), place('authctl-postgres-', elsewhere), place('authctl-postgres-')];
    for (const one of places) {
      symlinkSync(one, join(dir, 'postgres'));
      removeSecrets(dir);
      expect(existsSync(join(dir, 'postgres'))).toBe(false);
    }
    expect(places.map((one) => existsSync(one))).toEqual([false, true, true, true]);
  });
});
