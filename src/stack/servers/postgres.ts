import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { plainEnvironment, runToEnd, startChild, startFailed } from '../child.ts';
import type { Child, Command } from '../child.ts';
import { privateDir } from '../files.ts';
import { patience, progressOf } from '../patience.ts';
import { freePort } from '../ports.ts';
import type { PreparedPostgres } from '../postgres/find.ts';
import type { Room } from '../room.ts';
import { DATABASE_PLACE, identityOf } from '../state.ts';

const NAME = 'keycloak';

/** A database's files, and who may read it: it can be started, stopped and started again. */
interface LaidPostgres {
  readonly prepared: PreparedPostgres;
  /** Of its owner alone. */
  readonly place: string;
  readonly password: string;
}

interface RunningPostgres {
  readonly child: Child;
  readonly port: number;
  /** What Keycloak is told of it, as its environment: its options `db-url`, `db-username` and `db-password` (keycloak.org/server/db). */
  readonly env: Readonly<Record<string, string>>;
}

const programOf = ({ prepared: { bin, account }, place }: LaidPostgres, name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Command => ({
  command: join(bin, name),
  args,
  // Another account cannot read the HOME of ours.
  env: plainEnvironment({ HOME: place, ...env }),
  cwd: place,
  ...(account && { account }),
});

/** Where another account can get to: the stack's own directory is its owner's alone. `stack down` finds it by the link. */
const placeFor = async (dir: string, { account }: PreparedPostgres): Promise<string> => {
  const inside = join(dir, DATABASE_PLACE.link);
  if (!account) return privateDir(inside);
  const place = await mkdtemp(join(tmpdir(), DATABASE_PLACE.prefix));
  await writeFile(join(place, DATABASE_PLACE.of), identityOf(dir), { flag: 'wx' });
  await symlink(place, inside);
  await chown(place, account.uid, account.gid);
  return place;
};

/** Makes the files of a database that nobody gets into without its password. Throws `STACK_START_FAILED`. */
export const layPostgres = async (room: Pick<Room, 'dir' | 'log' | 'signal'>, prepared: PreparedPostgres): Promise<LaidPostgres> => {
  const laid = { prepared, place: await placeFor(room.dir, prepared), password: randomBytes(32).toString('base64url') };
  const passwords = join(laid.place, 'password');
  await writeFile(passwords, laid.password, { mode: 0o600, flag: 'wx' });
  if (prepared.account) await chown(passwords, prepared.account.uid, prepared.account.gid);
  const options = ['--username', NAME, '--auth=scram-sha-256', '--pwfile', passwords, '--encoding=UTF8', '--locale=C', '--no-sync'];
  const made = await runToEnd(programOf(laid, 'initdb', ['-D', join(laid.place, 'data'), ...options]), room.signal);
  await rm(passwords);
  if (made.missing || made.code !== 0) {
    await writeFile(room.log('postgres'), made.missing ? 'initdb is gone\n' : made.output, { mode: 0o600 });
    throw startFailed('PostgreSQL', room.log('postgres'), 'its database could not be made');
  }
  return laid;
};

/** True when the server takes the password and has the database; false when it cannot yet be asked. */
const hasDatabase = async (laid: LaidPostgres, port: number, signal: AbortSignal): Promise<boolean> => {
  const where = ['-h', '127.0.0.1', '-p', String(port), '-U', NAME, '-w', NAME];
  const answer = await runToEnd(programOf(laid, 'createdb', where, { PGPASSWORD: laid.password, LC_ALL: 'C' }), signal);
  return !answer.missing && (answer.code === 0 || answer.output.includes('already exists'));
};

/**
 * The database of Keycloak alone: PostgreSQL on loopback, without a socket in the file system. It does not wait for the disk: what it holds outlives
 * its process, not a power cut.
 */
export const runPostgres = async (room: Room, laid: LaidPostgres, wantedPort?: number): Promise<RunningPostgres> => {
  const port = await freePort(wantedPort);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'].flatMap((setting) => ['-c', setting]);
  const child = await startChild('PostgreSQL', programOf(laid, 'postgres', ['-D', join(laid.place, 'data'), '-p', String(port), ...settings]), room.log('postgres'));
  room.spawned(child);
  try {
    for (const wait = patience(120, Date.now()); !(await hasDatabase(laid, port, room.signal)); await pause(100)) {
      room.signal.throwIfAborted();
      if (child.hasEnded()) throw startFailed('PostgreSQL', child.log, await child.ended);
      if (!wait(Date.now(), progressOf(child))) throw startFailed('PostgreSQL', child.log, 'no answer, and nothing new for 120 s');
    }
  } catch (error) {
    await child.stop();
    throw error;
  }
  const url = `jdbc:postgresql://127.0.0.1:${String(port)}/${NAME}`;
  return { child, port, env: { KC_DB_URL: url, KC_DB_USERNAME: NAME, KC_DB_PASSWORD: laid.password } };
};
