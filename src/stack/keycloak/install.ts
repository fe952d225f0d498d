import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../core/problem.ts';
import { cacheDir, wholeOrNothing } from '../files.ts';
import { fetchFrom, localRepository, runMaven } from '../maven.ts';
import { unpack, verifyChecksum } from '../archive.ts';

export const KEYCLOAK_VERSION = '26.7.4';

const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_VERSION}:tar.gz`;
const FILE = `keycloak-quarkus-dist-${KEYCLOAK_VERSION}.tar.gz`;
const PATH_IN_REPOSITORY = `org/keycloak/keycloak-quarkus-dist/${KEYCLOAK_VERSION}/${FILE}`;
/** Of the file on Maven Central, whose .sha1 (d07b35da…) it has and whose content is that of the .zip with its published .sha512. */
const SHA512 =
  '91cdd7d591500a138440313a816177b896555fdaef515a628b1244043b214c676021b3e9e740d85c7b7990bb23342e384b775963a7b4f37461bb46a11bfbf41e';

const FAR = 'set KEYCLOAK_HOME to an unpacked Keycloak 26, or install Maven ("apt-get install maven"), or set MAVEN_REPO_URL to a Maven repository';

const notThere = (message: string): Problem => new Problem('STACK_NO_KEYCLOAK', message, { hint: FAR });

/** `copy` and not `get`: it writes the file where we say, so no guess is needed about where the local repository is. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';

const obtain = async (folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string> => {
  const local = join(localRepository(env), PATH_IN_REPOSITORY);
  if (existsSync(local)) return local;
  const file = join(folder, FILE);
  const { missing, error } = await runMaven(COPY, { artifact: ARTIFACT, outputDirectory: folder }, folder, env, signal);
  if (error !== undefined) throw notThere(`Maven could not get Keycloak ${KEYCLOAK_VERSION}: ${error}`);
  if (!missing) return file;
  const base = env['MAVEN_REPO_URL'];
  if (!base) throw notThere(`Keycloak ${KEYCLOAK_VERSION} is not on this machine, nor is Maven to get it`);
  const failed = await fetchFrom(base, PATH_IN_REPOSITORY, file, signal);
  if (failed !== undefined) throw notThere(failed);
  return file;
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
