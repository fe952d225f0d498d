import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../core/problem.ts';
import { verifyChecksum } from '../archive.ts';
import { runToEnd } from '../child.ts';
import { cleanEnv } from '../clean-env.ts';
import { cacheDir, wholeOrNothing } from '../files.ts';
import type { Java } from '../java.ts';
import { withLock } from '../lock.ts';
import { fetchFrom, localRepository, runMaven } from '../maven.ts';

/** What starts Infinispan's RESP endpoint, what it needs for that, and the checksum of each file. */
const SOURCE = fileURLToPath(new URL('../../../infra/services/infinispan', import.meta.url));
const INFINISPAN_VERSION = '15.2.6.Final';
/** The repository's layout: the list names each file by its path there. */
const GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

export interface PreparedInfinispan {
  /** `java`, of a JDK: it compiles the source file when it starts it. */
  readonly command: string;
  /** Holds `Store.java` and `lib/*.jar`. */
  readonly home: string;
  readonly version: string;
}

const HINT = 'install a JDK 17 or newer and Maven ("apt-get install openjdk-17-jdk-headless maven"), or set MAVEN_REPO_URL to a Maven repository; or say "store: redis"';
const notThere = (message: string): Problem => new Problem('STACK_NO_INFINISPAN', message, { hint: HINT });

interface Jar {
  readonly sha512: string;
  /** `org/infinispan/…/file.jar` */
  readonly path: string;
}

const jarsOf = (list: string): readonly Jar[] =>
  list.trim().split('\n').map((line) => {
    const [sha512 = '', path = ''] = line.split(/\s+/);
    return { sha512, path };
  });

/** Puts every file of the list into `lib`, from the local Maven repository, Maven, or the repository in MAVEN_REPO_URL, in this order. */
const obtain = async (jars: readonly Jar[], folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> => {
  const lib = join(folder, 'lib');
  await mkdir(lib, { mode: 0o700 });
  const local = localRepository(env);
  const copyAll = async (from: string): Promise<void> => {
    for (const { path } of jars) await copyFile(join(from, path), join(lib, basename(path)));
  };
  if (jars.every(({ path }) => existsSync(join(local, path)))) return copyAll(local);
  const fetched = join(folder, 'fetched');
  const { missing, error } = await runMaven(GOAL, { outputDirectory: fetched, includeScope: 'runtime', 'mdep.useRepositoryLayout': 'true' }, folder, env, signal);
  if (error !== undefined) throw notThere(`Maven could not get Infinispan ${INFINISPAN_VERSION}: ${error}`);
  if (!missing) return copyAll(fetched);
  const base = env['MAVEN_REPO_URL'];
  if (!base) throw notThere(`Infinispan ${INFINISPAN_VERSION} is not on this machine, nor is Maven to get it`);
  for (const { path } of jars) {
    const failed = await fetchFrom(base, path, join(lib, basename(path)), signal);
    if (failed !== undefined) throw notThere(`${path}: ${failed}`);
  }
};

/** A runtime without a compiler would only say so in the log of a server that did not start. */
const checkCompiler = async (java: Java, env: NodeJS.ProcessEnv): Promise<void> => {
  const answer = await runToEnd({ command: java.command, args: ['--list-modules'], env: cleanEnv(env) });
  if (answer.missing || !answer.output.includes('jdk.compiler@')) throw notThere(`"${java.command}" has no compiler: Infinispan is started from a source file`);
};

/**
 * Infinispan's RESP endpoint with all it needs, in the cache, each file held to its checksum. Throws `STACK_NO_INFINISPAN`, `STACK_CHECKSUM`.
 */
export const prepareInfinispan = async (java: Java, signal: AbortSignal, env: NodeJS.ProcessEnv = process.env): Promise<PreparedInfinispan> => {
  await checkCompiler(java, env);
  const [list, source] = await Promise.all(['jars.sha512', 'Store.java'].map((name) => readFile(join(SOURCE, name), 'utf8')));
  const home = join(cacheDir(env), 'infinispan', `${INFINISPAN_VERSION}-${createHash('sha256').update(`${list}\n${source}`).digest('hex').slice(0, 12)}`);
  await mkdir(dirname(home), { recursive: true, mode: 0o700 });
  await withLock(join(dirname(home), 'lock'), { waitSeconds: 300, signal }, async () => {
    if (existsSync(home)) return;
    await wholeOrNothing(home, async (folder) => {
      for (const name of ['Store.java', 'pom.xml']) await cp(join(SOURCE, name), join(folder, name));
      const jars = jarsOf(list ?? '');
      await obtain(jars, folder, env, signal);
      for (const { path, sha512 } of jars) await verifyChecksum(join(folder, 'lib', basename(path)), sha512, signal);
    });
  });
  return { command: java.command, home, version: INFINISPAN_VERSION };
};
