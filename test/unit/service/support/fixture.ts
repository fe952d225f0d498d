import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the committed bundle is: made by the real OPA, signed by a key of which only the public half was kept. */
export const FIXTURE = fileURLToPath(new URL('../../../data/service/bundle.tar.gz', import.meta.url));
export const FIXTURE_KEY = fileURLToPath(new URL('../../../data/service/bundle-key.pem', import.meta.url));
export const FIXTURE_POLICY = fileURLToPath(new URL('../../../data/service/policy', import.meta.url));
export const ENTRYPOINTS = [
  'demo/authz',
  'demo/authz/allow',
  'demo/authz/nothing',
  'demo/authz/conflict',
  'demo/authz/clock',
  'demo/authz/decoded',
];

/** The real OPA, when this machine has one. */
export const opa: string | undefined = [
  process.env['AUTHCTL_OPA_BIN'] ?? '',
  join(homedir(), '.cache/authctl/opa/1.22.0/opa'),
  ...(process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'opa')),
].find((path) => path !== '' && existsSync(path));

/** Runs `opa build -t wasm` on a folder, and writes the bundle where it is told. */
export const buildBundle = (
  binary: string,
  folder: string,
  output: string,
  entrypoints: readonly string[],
  more: readonly string[] = [],
): void => {
  const flags = entrypoints.flatMap((entrypoint) => ['-e', entrypoint]);
  execFileSync(binary, ['build', '-t', 'wasm', ...flags, '--ignore', '*_test.rego', '-o', output, ...more, '.'], { cwd: folder });
};

/** A folder that is gone after `use`. */
export const inFolder = async <T>(use: (folder: string) => T | Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'authctl-service-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Makes the committed bundle anew, signed by a fresh key. */
export const rebuildFixture = (binary: string): Promise<void> =>
  inFolder((folder) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = join(folder, 'key.pem');
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(FIXTURE_KEY, publicKey.export({ type: 'spki', format: 'pem' }));
    buildBundle(binary, FIXTURE_POLICY, FIXTURE, ENTRYPOINTS, [
      '--bundle',
      '--revision',
      'fixture-1',
      '--signing-alg',
      'RS256',
      '--signing-key',
      key,
    ]);
  });
