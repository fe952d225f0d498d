// The command line as a few files: a start then reads those in place of two hundred. Run by `npm run build`, after the compiler.
import { readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const target = `${dist}bin/`;
/** Read at every start; whatever else is installed is loaded by those who need it. */
const INLINE = ['yaml', 'commander', 'modern-tar'];

rmSync(target, { recursive: true, force: true });
const bundle = await rolldown({
  input: `${dist}main.js`,
  platform: 'node',
  // The same sources as modules, of which only what is used is taken.
  resolve: { alias: { yaml: fileURLToPath(new URL('../node_modules/yaml/browser/index.js', import.meta.url)) } },
  external: (id) => !/^[./]/.test(id) && !INLINE.includes(id),
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

// What the bundler itself asks for (a helper of its own) is in nobody's node_modules.
const { dependencies, devDependencies, name } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const packageOf = (/** @type {string} */ id) => id.split('/').slice(0, id.startsWith('@') ? 2 : 1).join('/');
const own = [name, ...Object.keys(devDependencies).filter((one) => one.startsWith(`${name}-`))];
for (const chunk of output.filter(({ type }) => type === 'chunk'))
  for (const id of [...chunk.imports, ...chunk.dynamicImports]) {
    const known = isBuiltin(id) || output.some(({ fileName }) => fileName === id) || packageOf(id) in dependencies || own.includes(packageOf(id));
    if (!known) throw new Error(`dist/bin/${chunk.fileName} imports ${id}, which this package does not bring`);
  }
process.stdout.write(`dist/bin: ${output.length} files, ${Math.round(output.reduce((sum, { fileName }) => sum + readFileSync(target + fileName).length, 0) / 1024)} kB\n`);
