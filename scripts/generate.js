// Writes what is made from the sources and committed: a test holds each of them to its source. Needs a build.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { problemReference } from '../dist/problems/reference.js';
import { loadPluginSchema } from '../infra/stand-ins/dist/kong/lua/schema.js';
import { toPluginSchema } from '../infra/stand-ins/dist/kong/schema/own-plugins.js';
import { pluginConfigs } from './plugin-configs.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = {
  'docs/errors.md': problemReference(),
  'src/providers/kong/specs/plugin-configs.generated.ts': await pluginConfigs(root, { load: loadPluginSchema, toSchema: toPluginSchema }),
};
for (const [path, text] of Object.entries(files)) writeFileSync(path, text);
process.stdout.write(`written: ${Object.keys(files).join(', ')}\n`);
