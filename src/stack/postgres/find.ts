import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Problem } from '../../core/problem.ts';
import { runToEnd } from '../child.ts';
import type { Account } from '../child.ts';
import { cleanEnv } from '../clean-env.ts';

/** Plain data: it goes from `stack up` to the supervisor through a pipe. */
export interface PreparedPostgres {
  /** Holds `postgres`, `initdb` and `createdb`. */
  readonly bin: string;
  readonly version: string;
  /** Whose processes they are: PostgreSQL refuses to be root's. */
  readonly account?: Account;
}

const HINT = 'install PostgreSQL 14 or newer ("apt-get install postgresql"), or name the folder of its programs by AUTHCTL_POSTGRES_BIN; without --database Keycloak keeps its own';
const notThere = (message: string): Problem => new Problem('STACK_NO_POSTGRES', message, { hint: HINT });

/** Debian keeps `initdb` and `postgres` off the PATH, one folder for each version. */
const DEBIAN = '/usr/lib/postgresql';
/** The oldest that Keycloak 26 supports (keycloak.org/server/db). */
const OLDEST = 14;

const foldersOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  if (env['AUTHCTL_POSTGRES_BIN']) return [resolve(env['AUTHCTL_POSTGRES_BIN'])];
  const onPath = (env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).filter((name) => /^\d+$/.test(name)).toSorted((one, other) => Number(other) - Number(one)) : [];
  return [...onPath, ...versions.map((version) => join(DEBIAN, version, 'bin'))];
};

const idOf = async (flag: string, name: string, env: NodeJS.ProcessEnv): Promise<number | undefined> => {
  const answer = await runToEnd({ command: 'id', args: [flag, name], env: cleanEnv(env) });
  return answer.missing || answer.code !== 0 ? undefined : Number(answer.output.trim());
};

/** The account that its package makes, else the one that owns nothing. */
const accountOf = async (env: NodeJS.ProcessEnv): Promise<Account> => {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([idOf('-u', name, env), idOf('-g', name, env)]);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw notThere('PostgreSQL refuses to run as root, and there is neither an account "postgres" nor "nobody" to run it as');
};

/**
 * PostgreSQL's own programs, of version 14 or newer: in `AUTHCTL_POSTGRES_BIN`, else on PATH, else where Debian puts them, the newest first.
 * Throws `STACK_NO_POSTGRES`.
 */
export const findPostgres = async (env: NodeJS.ProcessEnv = process.env, root = process.getuid?.() === 0): Promise<PreparedPostgres> => {
  const bin = foldersOf(env).find((folder) => ['postgres', 'initdb', 'createdb'].every((program) => existsSync(join(folder, program))));
  if (bin === undefined) throw notThere('PostgreSQL is not on this machine');
  const answer = await runToEnd({ command: join(bin, 'postgres'), args: ['--version'], env: cleanEnv(env) });
  const [, version = '', major] = (!answer.missing && /\b((\d+)(?:\.\d+)*)/.exec(answer.output)) || [];
  if (Number(major ?? 0) < OLDEST) throw notThere(version === '' ? `${bin} holds no PostgreSQL that says its version` : `PostgreSQL ${version} is too old for Keycloak`);
  return { bin, version, ...(root && { account: await accountOf(env) }) };
};
