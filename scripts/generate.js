// Writes what is made from the sources and committed: a test holds each of them to its source. Needs a build.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventReference } from '../dist/app/event-types.js';
import { checkReference } from '../dist/checks/reference.js';
import { problemReference } from '../dist/problems/reference.js';
import { providers } from '../dist/providers/index.js';
import { permissionReference } from '../dist/providers/permissions-reference.js';
import { kindReference } from '../dist/providers/reference.js';
import { loadPluginSchema } from '../infra/stand-ins/dist/kong/lua/schema.js';
import { toPluginSchema } from '../infra/stand-ins/dist/kong/schema/own-plugins.js';
import { pluginConfigs } from './plugin-configs.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** A page of which one part is made, between two marks. */
const within = (path, mark, text) =>
  readFileSync(path, 'utf8').replace(new RegExp(`(<!-- ${mark} -->\n)[^]*(<!-- /${mark} -->)`), (_, before, after) => `${before}\n${text}\n\n${after}`);
const files = {
  'docs/api.md': within('docs/api.md', 'events', eventReference()),
  'docs/checks.md': checkReference(),
  'docs/errors.md': problemReference(),
  'docs/permissions.md': within('docs/permissions.md', 'permissions', permissionReference(providers)),
  ...Object.fromEntries(providers.map((provider) => [`docs/providers/${provider.name}.md`, within(`docs/providers/${provider.name}.md`, 'kinds', kindReference(provider))])),
  'man/authctl.1': execFileSync(process.execPath, ['bin/authctl.js', 'man'], { cwd: root, encoding: 'utf8' }),
  'src/providers/kong/specs/plugin-configs.generated.ts': await pluginConfigs(root, { load: loadPluginSchema, toSchema: toPluginSchema }),
};
for (const [path, text] of Object.entries(files)) writeFileSync(path, text);
process.stdout.write(`written: ${Object.keys(files).join(', ')}\n`);
