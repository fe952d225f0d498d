import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../core/problem.ts';
import { runToEnd, startChild, untilAnswers } from '../child.ts';
import { privateDir, writePrivate } from '../files.ts';
import type { Java } from '../java.ts';
import { withLock } from '../lock.ts';
import { freePort } from '../ports.ts';
import { during } from '../progress.ts';
import type { StackEvents } from '../types.ts';
import { ADMIN_CLIENT, exercise } from './admin.ts';
import { installKeycloak } from './install.ts';
import { buildCommand, readyUrl, recipeFor, startCommand, urlOf } from './launch.ts';
import type { Database, Launch } from './launch.ts';

export interface PreparedKeycloak {
  readonly java: Java;
  readonly version: string;
  readonly distribution: string;
}

/** What a warm start takes. The first administrator's secret in `golden` is replaced before a stack is handed over. */
export interface WarmKeycloak extends PreparedKeycloak {
  /** A `data` folder as Keycloak leaves it after its first start, and `secret`. */
  readonly golden: string;
  /** An archive of loaded classes; without it Keycloak starts too, some seconds later. */
  readonly archive?: string;
}

/** A home that shares everything but `data` and `tmp` with the distribution. */
export const layHome = async (distribution: string, home: string): Promise<void> => {
  privateDir(home);
  await Promise.all([
    ...['bin', 'conf', 'lib', 'providers', 'themes'].map((name) => symlink(join(distribution, name), join(home, name))),
    mkdir(join(home, 'tmp'), { mode: 0o700 }),
  ]);
};

export const archiveFlags = (archive: string): readonly string[] => [`-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'];

const build = async (java: Java, folder: string, database: Database, signal: AbortSignal): Promise<void> => {
  await mkdir(join(folder, 'tmp'), { recursive: true, mode: 0o700 });
  const answer = await runToEnd(buildCommand({ java, distribution: folder, home: folder }, [], database), signal);
  if (answer.missing || answer.code !== 0) {
    throw new Problem('STACK_KEYCLOAK_BUILD', `Keycloak could not be built: ${answer.missing ? 'Java is gone' : answer.output.slice(-1500)}`);
  }
};

/** Starts a Keycloak on `home`, lets `work` use it and stops it. */
const withServer = async (launch: Launch, log: string, signal: AbortSignal, work: (url: string) => Promise<void>): Promise<void> => {
  const port = await freePort();
  const child = await startChild('Keycloak', startCommand(launch, port), log);
  try {
    await untilAnswers(child, readyUrl(port), { seconds: 180, signal });
    await work(urlOf(port));
  } finally {
    // Writing the archive of loaded classes takes some ten seconds of its shutdown.
    await child.stop(signal.aborted ? 2 : 90);
  }
};

const makeGolden = async (java: Java, distribution: string, golden: string, signal: AbortSignal): Promise<void> => {
  const draft = `${golden}.${randomBytes(6).toString('hex')}`;
  // Beside what goes away with a start that failed: who is told of it looks there.
  const log = `${golden}.log`;
  const secret = randomBytes(32).toString('base64url');
  try {
    await rm(log, { force: true });
    await layHome(distribution, draft);
    const env = { KC_BOOTSTRAP_ADMIN_CLIENT_ID: ADMIN_CLIENT, KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: secret };
    await withServer({ java, distribution, home: draft, env }, log, signal, () => Promise.resolve());
    await Promise.all(['bin', 'conf', 'lib', 'providers', 'themes', 'tmp'].map((name) => rm(join(draft, name), { recursive: true })));
    writePrivate(join(draft, 'secret'), secret);
    await rename(draft, golden);
    await rm(log);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

const makeArchive = async (java: Java, distribution: string, golden: string, archive: string, signal: AbortSignal): Promise<void> => {
  const home = `${archive}.${randomBytes(6).toString('hex')}`;
  const draft = join(home, 'classes.jsa');
  try {
    await layHome(distribution, home);
    await cp(join(golden, 'data'), join(home, 'data'), { recursive: true });
    const secret = await readFile(join(golden, 'secret'), 'utf8');
    const flags = [`-XX:ArchiveClassesAtExit=${draft}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'];
    await withServer({ java, distribution, home, flags }, join(home, 'archive.log'), signal, (url) => exercise(url, secret));
    await rename(draft, archive);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
};

/** Its distribution, built for one kind of database. */
const distributionFor = async (database: Database, java: Java, events: StackEvents, signal: AbortSignal) => {
  const recipe = recipeFor(database);
  const installed = await during(events, 'find Keycloak', (tell) => {
    const finish = (folder: string): Promise<void> => during(events, 'build Keycloak (once)', () => build(java, folder, database, signal));
    return installKeycloak({ signal, tell, recipe, finish });
  });
  return { ...installed, recipe };
};

/** One at a time: the cache is everybody's. */
const alone = <T>(cacheRoot: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  privateDir(cacheRoot);
  return withLock(join(cacheRoot, 'lock'), { waitSeconds: 900, signal }, work);
};

/**
 * Keycloak ready for a warm start, everything slow done once and kept in the cache: unpacked and built, a database after its first
 * start, an archive of loaded classes for this Java. Throws `STACK_NO_KEYCLOAK`, `STACK_CHECKSUM`, `STACK_KEYCLOAK_BUILD`,
 * `STACK_START_FAILED`; an archive that cannot be made is reported as a failed step and done without.
 */
export const prepareKeycloak = (java: Java, cacheRoot: string, events: StackEvents, signal: AbortSignal): Promise<WarmKeycloak> =>
  alone(cacheRoot, signal, async () => {
    const { home: distribution, version, cache, recipe } = await distributionFor('dev-file', java, events, signal);
    const golden = join(cache, `golden-${recipe}`);
    const archive = join(cache, `classes-${recipe}-${java.key}.jsa`);
    if (!existsSync(golden)) {
      await during(events, 'first start of Keycloak (once)', () => makeGolden(java, distribution, golden, signal));
    }
    if (!existsSync(archive)) {
      await during(events, 'make Keycloak start faster (once)', () => makeArchive(java, distribution, golden, archive, signal)).catch(() => {
        signal.throwIfAborted();
      });
    }
    return { java, version, distribution, golden, ...(existsSync(archive) && { archive }) };
  });

/** Keycloak built for PostgreSQL, once; its first start fills the database. Throws what `prepareKeycloak` throws of the distribution. */
export const prepareForPostgres = (java: Java, cacheRoot: string, events: StackEvents, signal: AbortSignal): Promise<PreparedKeycloak> =>
  alone(cacheRoot, signal, async () => {
    const { home: distribution, version } = await distributionFor('postgres', java, events, signal);
    return { java, version, distribution };
  });
