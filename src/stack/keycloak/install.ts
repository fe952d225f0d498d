import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Problem, reason } from '../../core/problem.ts';
import { runToEnd } from '../child.ts';
import { fetchingEnv } from '../clean-env.ts';
import { cacheDir } from '../files.ts';
import { unpack, verifyChecksum } from './archive.ts';

export const KEYCLOAK_VERSION = '26.7.4';

const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_VERSION}:tar.gz`;
const FILE = `keycloak-quarkus-dist-${KEYCLOAK_VERSION}.tar.gz`;
const PATH_IN_REPOSITORY = `org/keycloak/keycloak-quarkus-dist/${KEYCLOAK_VERSION}/${FILE}`;
/** Of the file on Maven Central, whose .sha1 (d07b35da…) it has and whose content is that of the .zip with its published .sha512. */
const SHA512 =
  '91cdd7d591500a138440313a816177b896555fdaef515a628b1244043b214c676021b3e9e740d85c7b7990bb23342e384b775963a7b4f37461bb46a11bfbf41e';

const FAR = 'set KEYCLOAK_HOME to an unpacked Keycloak 26, or install Maven ("apt-get install maven"), or set MAVEN_REPO_URL to a Maven repository';

/** `copy` and not `get`: it writes the file where we say, so no guess is needed about where the local repository is. */
const byMaven = async (folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string | undefined> => {
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';
  const args = ['-B', '-q', goal, `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${folder}`];
  const answer = await runToEnd({ command: 'mvn', args, env: fetchingEnv(env), cwd: folder }, signal);
  if (answer.missing) return undefined;
  if (answer.code !== 0) {
    const why = answer.output.split('\n').find((line) => line.startsWith('[ERROR]')) ?? `mvn ended with code ${String(answer.code)}`;
    throw new Problem('STACK_NO_KEYCLOAK', `Maven could not get Keycloak ${KEYCLOAK_VERSION}: ${why}`, { hint: FAR });
  }
  return join(folder, FILE);
};

const byFetch = async (base: string, folder: string, signal: AbortSignal): Promise<string> => {
  const url = `${base.replace(/\/+$/, '')}/${PATH_IN_REPOSITORY}`;
  const file = join(folder, FILE);
  const answer = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new Problem('STACK_NO_KEYCLOAK', `the repository in MAVEN_REPO_URL did not answer: ${reason(cause)}`, { hint: FAR, cause });
  });
  if (!answer.ok || !answer.body) {
    throw new Problem('STACK_NO_KEYCLOAK', `the repository in MAVEN_REPO_URL answered ${String(answer.status)}`, { hint: FAR });
  }
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal });
  return file;
};

const obtain = async (folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string> => {
  const local = join(env['HOME'] || homedir(), '.m2', 'repository', PATH_IN_REPOSITORY);
  if (existsSync(local)) return local;
  const fetched = (await byMaven(folder, env, signal)) ?? (env['MAVEN_REPO_URL'] && (await byFetch(env['MAVEN_REPO_URL'], folder, signal)));
  if (!fetched) throw new Problem('STACK_NO_KEYCLOAK', `Keycloak ${KEYCLOAK_VERSION} is not on this machine, nor is Maven to get it`, { hint: FAR });
  return fetched;
};

/** Fills a folder under a name of its own and gives it its real name only when it is complete. */
const wholeOrNothing = async (target: string, fill: (folder: string) => Promise<void>): Promise<void> => {
  const draft = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  await mkdir(draft, { recursive: true, mode: 0o700 });
  try {
    await fill(draft);
    await rename(draft, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

export interface Distribution {
  /** Ours to change: what a person keeps in KEYCLOAK_HOME is copied, never built in place. */
  readonly home: string;
  readonly version: string;
  /** Where what is made from it is kept. */
  readonly cache: string;
}

/** Names what a Keycloak of a person's own is: another provider in it makes it another one. */
const fingerprint = async (home: string, version: string): Promise<string> => {
  const hash = createHash('sha256').update(`${home}\n${version}\n`);
  for (const name of (await readdir(join(home, 'providers')).catch(() => [])).toSorted()) {
    const { size, mtimeMs } = await stat(join(home, 'providers', name));
    hash.update(`${name} ${String(size)} ${String(mtimeMs)}\n`);
  }
  return hash.digest('hex').slice(0, 12);
};

interface Install {
  readonly signal: AbortSignal;
  /** Hears where it came from. */
  readonly tell: (detail: string) => void;
  /** The folder's name changes with what `finish` does. */
  readonly recipe: string;
  /** The last step before the folder gets its name: an interrupted build is thrown away with the rest. */
  readonly finish: (folder: string) => Promise<void>;
}

const ownDistribution = async (given: string, env: NodeJS.ProcessEnv, { tell, recipe, finish }: Install): Promise<Distribution> => {
  const text = await readFile(join(given, 'version.txt'), 'utf8').catch(() => '');
  const version = /Version (26\.\d+\.\d+)/.exec(text)?.[1];
  if (!version) {
    throw new Problem('STACK_KEYCLOAK_HOME', `KEYCLOAK_HOME is ${given}, and that is not an unpacked Keycloak 26`, {
      expected: 'a folder whose version.txt says "Keycloak - Version 26.…"',
      hint: 'unset KEYCLOAK_HOME to let authctl get one',
    });
  }
  const source = await realpath(given);
  const cache = join(cacheDir(env), 'keycloak', `own-${await fingerprint(source, version)}`);
  const home = join(cache, `home-${recipe}`);
  tell(`a copy of ${given}`);
  if (!existsSync(home)) {
    // Its data and settings stay behind: the stack has its own.
    const left = new Set([join(source, 'data'), join(source, 'conf', 'keycloak.conf')]);
    await wholeOrNothing(home, async (folder) => {
      await cp(source, folder, { recursive: true, filter: (path) => !left.has(path) });
      await finish(folder);
    });
  }
  return { home, version, cache };
};

/**
 * Keycloak's distribution, unpacked in the cache: from KEYCLOAK_HOME, the cache, the local Maven repository, Maven (which honours
 * mirrors, proxies and credentials), or the repository in MAVEN_REPO_URL, in this order. Call it under a lock.
 * Throws `STACK_NO_KEYCLOAK`, `STACK_CHECKSUM`, `STACK_KEYCLOAK_HOME`.
 */
export const installKeycloak = async (install: Install, env: NodeJS.ProcessEnv = process.env): Promise<Distribution> => {
  if (env['KEYCLOAK_HOME']) return ownDistribution(env['KEYCLOAK_HOME'], env, install);
  const { signal, tell, recipe, finish } = install;
  const cache = join(cacheDir(env), 'keycloak', KEYCLOAK_VERSION);
  const home = join(cache, `home-${recipe}`);
  tell(`${KEYCLOAK_VERSION} in ${cache}`);
  if (!existsSync(home)) {
    await wholeOrNothing(home, async (folder) => {
      const download = join(folder, '.download');
      await mkdir(download, { mode: 0o700 });
      const archive = await obtain(download, env, signal);
      await verifyChecksum(archive, SHA512, signal);
      await unpack(archive, folder, signal);
      await rm(download, { recursive: true });
      await finish(folder);
    });
  }
  return { home, version: KEYCLOAK_VERSION, cache };
};
