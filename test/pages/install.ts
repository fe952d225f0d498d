import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** `npm pack` of all three packages, from what is built: the tarball of each by its name. */
export const pack = async (target: string): Promise<Readonly<Record<string, string>>> => {
  await run(process.execPath, ['scripts/sbom.js'], { cwd: root });
  const args = ['pack', '--json', '--ignore-scripts', '--include-workspace-root', '--pack-destination', target, '--workspace', 'authctl-service', '--workspace', 'authctl-stand-ins'];
  const { stdout } = await run('npm', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return Object.fromEntries((JSON.parse(stdout) as readonly { readonly name: string; readonly filename: string }[]).map(({ name, filename }) => [name, join(target, filename)]));
};
