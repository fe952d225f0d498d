// `make docs`: docs/ as a static site in docs-site/dist (DOCS_OUT another folder, DOCS_BASE the path it is served under). Its generator is installed when it is
// first asked for: nobody who builds or tests authctl needs it.
import { existsSync, statSync } from 'node:fs';
import { run } from './run.js';

const site = 'docs-site';
const installed = `${site}/node_modules/.package-lock.json`;
const isThere = existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${site}/package-lock.json`).mtimeMs;
if (!isThere && process.env.AUTHCTL_NO_INSTALL) {
  process.stdout.write('docs: the generator of the site is not installed, and AUTHCTL_NO_INSTALL says not to\n');
  process.exit(1);
}
if (!isThere) {
  process.stdout.write('docs: installing the generator of the site, 127 packages, once\n');
  const { code } = await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: site });
  if (code !== 0) process.exit(code);
}
const { code } = await run('npm', ['run', '--silent', 'build'], { cwd: site, env: { ...process.env, CI: 'true' } });
if (code === 0) process.stdout.write(`docs: ${process.env.DOCS_OUT ?? `${site}/dist`}/index.html\n`);
process.exitCode = code;
