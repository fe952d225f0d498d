// Programs of the operating system that tests and the demonstration use. Where this may install Debian's packages, it does; else what needs a
// missing one says so by name.
import { spawnSync } from 'node:child_process';
import { run } from './run.js';

const has = (/** @type {string} */ command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

/**
 * @param {Record<string, string[]>} wanted the packages of each command
 * @returns {Promise<Record<string, boolean>>} which commands there are in the end
 */
export const ensure = async (wanted) => {
  const missing = Object.keys(wanted).filter((command) => !has(command));
  if (missing.length > 0 && process.getuid?.() === 0 && has('apt-get') && !process.env.AUTHCTL_NO_INSTALL) {
    const packages = [...new Set(missing.flatMap((command) => wanted[command] ?? []))];
    process.stdout.write(`\n== installing Debian's ${packages.join(', ')} (AUTHCTL_NO_INSTALL=1 leaves them out, and what needs them is skipped by name)\n`);
    // In runlevel 1 no package starts its server: a test starts its own, on 127.0.0.1.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const quiet = { capture: false, stdio: ['ignore', 'ignore', 'inherit'], env };
    await run('apt-get', ['update', '-q'], quiet);
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], quiet);
  }
  return Object.fromEntries(Object.keys(wanted).map((command) => [command, has(command)]));
};
