// `docker compose`: the plugin that is installed, else one that Go builds from its module once.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const MODULE = 'github.com/docker/compose/v2';
const VERSION = 'v2.40.3';

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cache
 * @param {(doing: string) => void} tell
 * @returns {{ is: string, env: NodeJS.ProcessEnv }}
 */
export const composeFor = (env, cache, tell) => {
  const answer = spawnSync('docker', ['compose', 'version', '--short'], { env, encoding: 'utf8' });
  if (answer.status === 0) return { is: answer.stdout.trim(), env: {} };
  const plugin = join(cache, 'docker-config', 'cli-plugins', 'docker-compose');
  // The command looks for plugins in its folder of settings, too.
  const given = { DOCKER_CONFIG: join(cache, 'docker-config') };
  if (existsSync(plugin)) return { is: `${VERSION}, built here`, env: given };
  const place = mkdtempSync(join(cache, 'compose-'));
  try {
    tell(`building ${VERSION} from its module (once, some minutes)`);
    mkdirSync(join(cache, 'docker-config', 'cli-plugins'), { recursive: true, mode: 0o700 });
    const go = (/** @type {readonly string[]} */ ...args) => {
      const { status, error, stderr } = spawnSync('go', args, { cwd: place, env: { ...env, CGO_ENABLED: '0' }, encoding: 'utf8' });
      if (error || status !== 0) throw new Error(error?.message ?? stderr.trim().slice(-400));
    };
    // A module of our own: one that leaves versions out cannot be installed by its name.
    go('mod', 'init', 'compose');
    go('get', `${MODULE}/cmd@${VERSION}`);
    go('build', '-trimpath', '-ldflags', `-s -w -X ${MODULE}/internal.Version=${VERSION}`, '-o', plugin, `${MODULE}/cmd`);
    return { is: `${VERSION}, built here`, env: given };
  } catch (error) {
    return { is: `none (${/** @type {Error} */ (error).message})`, env: {} };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
};
