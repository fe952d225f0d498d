import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../core/problem.ts';
import { runToEnd } from '../child.ts';
import { fetchingEnv } from '../clean-env.ts';
import { cacheDir, wholeOrNothing } from '../files.ts';
import { withLock } from '../lock.ts';

/** The service that ships with this package: plain JavaScript with a package.json of its own. */
const SOURCE = fileURLToPath(new URL('../../../infra/services/session', import.meta.url));

const sourceFiles = async (): Promise<readonly string[]> =>
  (await readdir(SOURCE)).filter((name) => name.endsWith('.js') || name.startsWith('package')).toSorted();

const fingerprint = async (files: readonly string[]): Promise<string> => {
  const hash = createHash('sha256').update(process.version);
  for (const name of files) hash.update(`${name}\n`).update(await readFile(join(SOURCE, name)));
  return hash.digest('hex').slice(0, 16);
};

const installOnce = (home: string, files: readonly string[], signal: AbortSignal): Promise<void> =>
  wholeOrNothing(home, async (folder) => {
    for (const name of files) await cp(join(SOURCE, name), join(folder, name));
    const args = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const answer = await runToEnd({ command: 'npm', args, env: fetchingEnv(process.env), cwd: folder }, signal);
    if (!answer.missing && answer.code === 0) return;
    throw new Problem('STACK_NO_SESSION_SERVICE', `npm could not install the session service: ${answer.missing ? 'npm is not on PATH' : answer.output.trim().slice(-800)}`, {
      hint: 'it is fetched once from the package registry, by the lock in infra/services/session',
    });
  });

/** The folder of the session service with its packages, installed once per version into the cache. Throws `STACK_NO_SESSION_SERVICE`. */
export const installSessionService = async (signal: AbortSignal): Promise<string> => {
  const files = await sourceFiles();
  const home = join(cacheDir(), 'session', await fingerprint(files));
  await mkdir(dirname(home), { recursive: true, mode: 0o700 });
  await withLock(join(dirname(home), 'lock'), { waitSeconds: 300, signal }, async () => {
    if (!existsSync(home)) await installOnce(home, files, signal);
  });
  return home;
};
