import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startFailed } from '../child.ts';
import type { Child } from '../child.ts';
import { privateDir, writePrivate } from '../files.ts';
import { patience, progressOf } from '../patience.ts';
import { freePort } from '../ports.ts';
import type { Room } from '../room.ts';
import type { Engine } from './engine.ts';
import { execute, startContainer } from './run.ts';

interface RunningDatabase {
  readonly child: Child;
  readonly port: number;
  readonly password: string;
}

/** What the image's entrypoint does before it becomes `postgres`: give it the files, read the password, change its user. */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'];

/**
 * A PostgreSQL on loopback with one database, and a user of the same name: the image's own way (hub.docker.com/_/postgres, POSTGRES_PASSWORD_FILE), so
 * that the password is in no environment. What it keeps ends with it.
 */
export const startDatabase = async (engine: Engine, room: Room, image: string, database: string): Promise<RunningDatabase> => {
  const port = await freePort();
  const password = randomBytes(32).toString('base64url');
  const name = `${database}-postgres`;
  const file = join(privateDir(join(room.dir, database)), 'database-password');
  writePrivate(file, password);
  const child = await startContainer(engine, room, {
    name, title: 'PostgreSQL', image,
    args: ['postgres', '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    env: { POSTGRES_DB: database, POSTGRES_USER: database, POSTGRES_PASSWORD_FILE: '/run/secrets/password' },
    mounts: { '/run/secrets/password': file },
    root: { capabilities: CAPABILITIES },
  });
  room.spawned(child);
  try {
    // The server that fills the database first listens on no address.
    const ready = ['pg_isready', '--quiet', '-h', '127.0.0.1', '-p', String(port), '-U', database, '-d', database];
    for (const wait = patience(180, Date.now()); !(await execute(engine, room.dir, name, ready, room.signal)); await pause(200)) {
      if (child.hasEnded()) throw startFailed('PostgreSQL', child.log, await child.ended);
      if (!wait(Date.now(), progressOf(child))) throw startFailed('PostgreSQL', child.log, 'no answer, and nothing new for 180 s');
    }
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { child, port, password };
};
