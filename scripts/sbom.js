// dist/sbom.cdx.json: what the published package holds and asks for, by `npm sbom` (CycloneDX), less what only builds and tests it. Run by `npm pack`.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (/** @type {string} */ path) => JSON.parse(readFileSync(`${root}${path}`, 'utf8'));
const all = JSON.parse(execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));

const bundled = new Set(read('dist/bundled.json'));
const dependencies = Object.keys(read('package.json').dependencies);
const kept = all.components.filter((/** @type {any} */ { 'bom-ref': ref, name, group }) => bundled.has(ref) || dependencies.includes(group ? `${group}/${name}` : name));
const refs = new Set([all.metadata.component['bom-ref'], ...kept.map((/** @type {any} */ component) => component['bom-ref'])]);
const missing = [...bundled].filter((ref) => !refs.has(ref));
if (missing.length > 0) throw new Error(`npm sbom does not know ${missing.join(', ')}, which the bundle holds`);
const graph = all.dependencies
  .filter((/** @type {any} */ { ref }) => refs.has(ref))
  .map((/** @type {any} */ { ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((/** @type {string} */ one) => refs.has(one)) }));
all.metadata.component.name = 'authctl';
writeFileSync(`${root}dist/sbom.cdx.json`, `${JSON.stringify({ ...all, components: kept, dependencies: graph }, null, 2)}\n`);
process.stdout.write(`dist/sbom.cdx.json: ${kept.length} components\n`);
