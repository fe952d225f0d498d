import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PLACES = { authctl: '.', 'authctl-service': 'src/service', 'authctl-stand-ins': 'infra/stand-ins' } as const;
type Name = keyof typeof PLACES;
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (name: Name): Manifest => JSON.parse(readFileSync(`${PLACES[name]}/package.json`, 'utf8')) as Manifest;
const dependenciesOf = (name: Name): readonly string[] => Object.keys(manifestOf(name).dependencies ?? {}).toSorted();

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}
const exec = async (command: string, ...args: readonly string[]): Promise<string> => (await promisify(execFile)(command, args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
const directory = mkdtempSync(join(tmpdir(), 'authctl-packed-'));
/** What `npm publish` would send, by package. */
const packed = new Map<string, Packed>();
beforeAll(async () => {
  await exec(process.execPath, 'scripts/sbom.js');
  const workspaces = ['authctl-service', 'authctl-stand-ins'].flatMap((name) => ['--workspace', name]);
  const stdout = await exec('npm', 'pack', '--json', '--ignore-scripts', '--include-workspace-root', '--pack-destination', directory, ...workspaces);
  for (const one of JSON.parse(stdout) as readonly (Packed & { readonly name: string })[]) packed.set(one.name, one);
});
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });
const filesOf = (name: Name): readonly string[] => (packed.get(name)?.files ?? []).map(({ path }) => path).toSorted();

/** What the JavaScript of a package imports that is neither its own nor Node's, without what follows a package's name. */
const importsOf = (name: Name): readonly string[] => {
  const texts = filesOf(name).filter((path) => /^dist\/.*\.js$/.test(path)).map((path) => readFileSync(`${PLACES[name]}/${path}`, 'utf8'));
  const id = '["\'](@?[a-z][^"\'\\s]*)["\']';
  const asked = new RegExp(`^(?:import|export)\\b[^'";]*? from ${id}|^import ${id}|\\bimport(?:\\.meta\\.resolve)?\\(${id}\\)`, 'gm');
  const found = texts.flatMap((text) => [...text.matchAll(asked)])
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
    .filter((wanted) => !wanted.startsWith('node:') && !builtinModules.includes(wanted));
  return [...new Set(found.map((wanted) => wanted.split('/').slice(0, wanted.startsWith('@') ? 2 : 1).join('/')))].toSorted();
};

describe('the package authctl', () => {
  it('has the program, what ships to servers, and nothing that is installed apart', () => {
    const files = filesOf('authctl');
    expect(files).toEqual(expect.arrayContaining([
      'bin/authctl.js', 'dist/bin/main.js', 'dist/bin/api.js', 'dist/bin/daemon.js', 'dist/types/app/index.d.ts', 'infra/kong/plugins/authctl-token-guard/handler.lua', 'infra/services/shop/main.js',
      'infra/services/session/server.js', 'infra/compose.yaml', 'blueprints/sso.yaml', 'schema/blueprint.schema.json',
    ]));
    expect(files.filter((path) => /^(src|test|scripts|node_modules|infra\/stand-ins)\//.test(path) || path.includes('node_modules/'))).toEqual([]);
  });

  it('is installed as two packages: it depends on what it does not hold, but for what a local stack asks for by name', () => {
    // Tried by the Redis client, and done without.
    const apart = ['authctl-stand-ins', '@node-rs/xxhash'];
    expect(importsOf('authctl').filter((name) => !apart.includes(name)).toSorted()).toEqual(dependenciesOf('authctl'));
    expect(dependenciesOf('authctl')).toEqual(['oauth4webapi']);
    expect(manifestOf('authctl').peerDependencies).toBeUndefined();
    const { dependencies } = JSON.parse(readFileSync('node_modules/oauth4webapi/package.json', 'utf8')) as Manifest;
    expect(Object.keys(dependencies ?? {})).toEqual([]);
  });

  it('is as large as README.md says, all files together', () => {
    const [, megabytes] = /two packages, (\d+) MB/.exec(readFileSync('README.md', 'utf8')) ?? [];
    const size = (packed.get('authctl')?.unpackedSize ?? 0) / 1e6;
    expect(size).toBeGreaterThan(1);
    expect(Math.ceil(size)).toBeLessThanOrEqual(Number(megabytes));
  });

  it('says of every package that is a part of it the version, the licence and where it is from', () => {
    const bundled = JSON.parse(readFileSync('dist/bundled.json', 'utf8')) as readonly string[];
    expect(bundled).toEqual(expect.arrayContaining([expect.stringMatching(/^jose@/), expect.stringMatching(/^@redis\/client@/)]));
    const licences = readFileSync('dist/THIRD-PARTY-LICENSES.txt', 'utf8');
    for (const one of bundled) expect(licences).toContain(`${one.replace(/@([^@]+)$/, ' $1')} (`);
    const { bomFormat, components } = JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8')) as {
      readonly bomFormat: string;
      readonly components: readonly { readonly 'bom-ref': string; readonly purl: string; readonly hashes: readonly unknown[]; readonly licenses: readonly unknown[] }[];
    };
    expect(bomFormat).toBe('CycloneDX');
    expect(components.map((component) => component['bom-ref'].replace(/^oauth4webapi@.*/, 'oauth4webapi')).toSorted()).toEqual([...bundled, 'oauth4webapi'].toSorted());
    for (const { purl, hashes, licenses } of components) expect([purl.startsWith('pkg:npm/'), hashes.length > 0, licenses.length]).toEqual([true, true, 1]);
    expect(filesOf('authctl')).toEqual(expect.arrayContaining(['dist/sbom.cdx.json', 'dist/THIRD-PARTY-LICENSES.txt']));
  });
});

describe('the package authctl-service', () => {
  it('is the middleware and its types', () => {
    const files = filesOf('authctl-service');
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']));
    expect(files.filter((path) => !/^(LICENSE|README\.md|package\.json|dist\/[^.]+\.(js|d\.ts))$/.test(path))).toEqual([]);
  });

  it('brings jose and opa-wasm, and no framework', () => {
    expect(dependenciesOf('authctl-service')).toEqual(['@open-policy-agent/opa-wasm', 'jose']);
    expect(importsOf('authctl-service')).toEqual(['@open-policy-agent/opa-wasm', 'jose']);
    expect(manifestOf('authctl-service').peerDependencies).toBeUndefined();
  });
});

describe('the package authctl-stand-ins', () => {
  it('is the stand-ins with their data, and depends on what it imports', () => {
    const files = filesOf('authctl-stand-ins');
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.js', 'dist/recorder/index.js', 'data/kong/entities/routes.json']));
    expect(files.filter((path) => /^(src|node_modules)\//.test(path))).toEqual([]);
    expect(importsOf('authctl-stand-ins')).toEqual(dependenciesOf('authctl-stand-ins'));
  });
});

describe.each(['authctl', 'authctl-service', 'authctl-stand-ins'] as const)('%s, as it is published', (name) => {
  const tarball = (): string => join(directory, packed.get(name)?.filename ?? '');

  it('has nothing that publint finds', async () => {
    expect(await exec('node_modules/.bin/publint', tarball(), '--strict')).toContain('All good!');
  });

  it('has types that fit what is imported, for whoever imports modules', async () => {
    const found = JSON.parse(await exec('node_modules/.bin/attw', tarball(), '--profile', 'esm-only', '--format', 'json')) as { readonly analysis: { readonly types: unknown } };
    expect(found.analysis.types).toMatchObject({ kind: 'included' });
  });
});
