import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountArguments } from '../../src/stack/containers/run.ts';
import { imageOf } from './docker.ts';

export const AUTHCTL_IMAGE = 'localhost/authctl:test';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string): string =>
  execFileSync(command, [...args], { encoding: 'utf8', env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 600_000, cwd });

/** Builds the image from the package as it would be published. */
export const buildAuthctl = (): void => {
  const context = mkdtempSync(join(tmpdir(), 'authctl-context-'));
  try {
    run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', context]);
    for (const file of ['Dockerfile', '.dockerignore']) cpSync(file, join(context, file));
    const given = { BASE: imageOf('node') ?? '', OPA: imageOf('opa') ?? '', ...(existsSync(CERTIFICATES) && imageOf('node')?.startsWith('localhost/') && { NODE_EXTRA_CA_CERTS: CERTIFICATES }) };
    const args = Object.entries(given).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    run('docker', ['build', '--quiet', '--network', 'host', ...args, '--tag', AUTHCTL_IMAGE, context], { DOCKER_BUILDKIT: '0' });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
};

/** Runs it as it is meant to be run: its files cannot be written to, and it gains nothing. The environment goes by name, so that no value is an argument. */
export const runAuthctl = (
  args: readonly string[],
  { env = {}, network = 'none', mounts = {} }: { readonly env?: Readonly<Record<string, string>>; readonly network?: string; readonly mounts?: Readonly<Record<string, string>> } = {},
  entrypoint?: string,
): string =>
  run(
    'docker',
    [
      'run', '--rm', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', network,
      ...Object.keys(env).flatMap((name) => ['--env', name]),
      ...mountArguments(mounts),
      ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
      AUTHCTL_IMAGE, ...args,
    ],
    env,
  );
