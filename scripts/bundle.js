// The program, the API and the local stack's process as a few files with all they need: a start reads those in place of two hundred,
// and an installation fetches one package in place of forty. Run by `npm run build`, after the compiler.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { licences, packagesIn } from './bundled.js';
import { gather } from './declarations.js';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const target = `${dist}bin/`;
const { dependencies, devDependencies, name } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
/** Loaded where they are installed: what a page gets as it is published, and our own packages. */
const APART = [...Object.keys(dependencies), ...Object.keys(devDependencies).filter((one) => one.startsWith(`${name}-`))];
/** Asked for by what is in here, and done without where nobody has installed it: the Redis client hashes by it if it can. */
const WITHOUT = ['@node-rs/xxhash'];

rmSync(target, { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: `${dist}main.js`, api: `${dist}app/index.js`, daemon: `${dist}stack/daemon.js` },
  platform: 'node',
  // The same sources as modules, of which only what is used is taken.
  resolve: { alias: { yaml: fileURLToPath(new URL('../node_modules/yaml/browser/index.js', import.meta.url)) } },
  external: [...APART, ...WITHOUT],
  plugins: [
    {
      name: 'own-place',
      // A module finds files by where it stands, which is not where the bundle does.
      transform: (code, id) =>
        code.includes('import.meta.url') && id.startsWith(dist)
          ? code.replaceAll('import.meta.url', `new URL(${JSON.stringify(relative(target, id))}, import.meta.url).href`)
          : undefined,
    },
  ],
});
const { output } = await bundle.write({ dir: target, format: 'esm', chunkFileNames: '[name]-[hash].js', keepNames: true });
await bundle.close();

const chunks = output.filter(({ type }) => type === 'chunk');
// What the bundler itself asks for (a helper of its own) is in nobody's node_modules.
const known = (/** @type {string} */ id) => isBuiltin(id) || output.some(({ fileName }) => fileName === id) || [...APART, ...WITHOUT].includes(id);
for (const chunk of chunks)
  for (const id of [...chunk.imports, ...chunk.dynamicImports])
    if (!known(id)) throw new Error(`dist/bin/${chunk.fileName} imports ${id}, which this package does not bring`);

const within = packagesIn(chunks.flatMap(({ moduleIds }) => moduleIds));
writeFileSync(`${dist}bundled.json`, `${JSON.stringify(within.map(({ name: one, version }) => `${one}@${version}`), null, 2)}\n`);
writeFileSync(`${dist}THIRD-PARTY-LICENSES.txt`, licences(within));
const kilobytes = Math.round(output.reduce((sum, { fileName }) => sum + readFileSync(target + fileName).length, 0) / 1024);
const declarations = gather(dist, 'app/index.d.ts', `${dist}types`);
process.stdout.write(`dist/bin: ${output.length} files, ${kilobytes} kB, ${within.length} packages of others in it; dist/types: ${declarations} files\n`);
