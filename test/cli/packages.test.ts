import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const PLACES = { authctl: '.', 'authctl-service': 'src/service', 'authctl-stand-ins': 'infra/stand-ins' } as const;
type Name = keyof typeof PLACES;
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (name: Name): Manifest => JSON.parse(readFileSync(`${PLACES[name]}/package.json`, 'utf8')) as Manifest;
const dependenciesOf = (name: Name): readonly string[] => Object.keys(manifestOf(name).dependencies ?? {}).toSorted();

/** What `npm publish` would send, by package. */
const packed = new Map<string, readonly string[]>();
beforeAll(async () => {
  const workspaces = ['authctl-service', 'authctl-stand-ins'].flatMap((name) => ['--workspace', name]);
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--include-workspace-root', ...workspaces];
  const { stdout } = await promisify(execFile)('npm', args, { maxBuffer: 64 * 1024 * 1024 });
  const all = JSON.parse(stdout) as readonly { readonly name: string; readonly files: readonly { readonly path: string }[] }[];
  for (const { name, files } of all) packed.set(name, files.map(({ path }) => path).toSorted());
}, 60_000);
const filesOf = (name: Name): readonly string[] => packed.get(name) ?? [];

/** What the JavaScript of a package imports that is neither its own nor Node's, without what follows a package's name. */
const importsOf = (name: Name): readonly string[] => {
  const texts = filesOf(name).filter((path) => /^dist\/.*\.js$/.test(path)).map((path) => readFileSync(`${PLACES[name]}/${path}`, 'utf8'));
  const found = texts.flatMap((text) => [...text.matchAll(/^(?:import|export)\b[^'";]*? from '([^'.][^']*)'|^import '([^'.][^']*)'|\bimport(?:\.meta\.resolve)?\('([^'.][^']*)'\)/gm)])
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
    .filter((wanted) => !wanted.startsWith('node:') && !builtinModules.includes(wanted));
  return [...new Set(found.map((wanted) => wanted.split('/').slice(0, wanted.startsWith('@') ? 2 : 1).join('/')))].toSorted();
};

describe('the package authctl', () => {
  it('has the program, what ships to servers, and nothing that is installed apart', () => {
    const files = filesOf('authctl');
    expect(files).toEqual(expect.arrayContaining([
      'bin/authctl.js', 'dist/main.js', 'dist/service/index.js', 'dist/stack/daemon.js', 'infra/kong/plugins/authctl-token-guard/handler.lua', 'infra/services/shop/main.js',
      'infra/services/session/server.js', 'infra/compose.yaml', 'blueprints/sso.yaml', 'schema/blueprint.schema.json',
    ]));
    expect(files.filter((path) => /^(src|test|scripts|node_modules|infra\/stand-ins)\//.test(path) || path.includes('node_modules/'))).toEqual([]);
  });

  it('depends on what it imports, but for what a local stack asks for by name', () => {
    const apart = ['authctl-stand-ins'];
    expect(importsOf('authctl').filter((name) => !apart.includes(name)).toSorted()).toEqual(dependenciesOf('authctl'));
    expect(dependenciesOf('authctl').filter((name) => /^authctl|wasmoon/.test(name))).toEqual([]);
    expect(manifestOf('authctl').peerDependencies).toBeUndefined();
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
