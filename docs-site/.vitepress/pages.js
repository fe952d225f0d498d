// Which file of the repository is which page of the site, and where it stands in the sidebar. A page that stands nowhere is no page: the build refuses it.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** @typedef {readonly [name: string, pages: readonly string[], folded?: 'folded']} Group */
/** As they are looked for: to learn, to do something, to look something up, to understand. @type {readonly Group[]} */
const groups = [
  ['Start', ['README.md', 'docs/installing.md', 'docs/tutorial.md']],
  ['How to', [
    'docs/how-to/existing-realm.md', 'docs/how-to/existing-kong.md', 'docs/how-to/moving.md', 'docs/how-to/add-a-service.md', 'docs/how-to/rotate-keys.md', 'docs/how-to/ci.md',
    'docs/how-to/production.md', 'docs/failures.md', 'docs/local-stack.md', 'docs/containers.md', 'docs/looking.md', 'docs/ci.md',
  ]],
  ['Patterns', [
    'docs/patterns/sso.md', 'docs/patterns/session.md', 'docs/patterns/jwt.md', 'docs/patterns/opaque.md', 'docs/patterns/aws.md', 'docs/patterns/centralised.md', 'docs/patterns/decentralised.md',
    'docs/patterns/hybrid.md', 'docs/issuers.md', 'docs/keys.md', 'docs/bound-tokens.md', 'docs/step-up.md',
  ]],
  ['Reference', [
    'docs/commands.md', 'docs/blueprint.md', 'docs/checks.md', 'docs/errors.md', 'docs/permissions.md', 'docs/reports.md', 'docs/api.md', 'docs/operations.md', 'docs/journal.md', 'docs/import.md', 'docs/secrets.md', 'docs/deleting.md',
    'docs/policies.md', 'docs/service.md', 'docs/providers/keycloak.md', 'docs/providers/kong.md', 'docs/kong-enterprise.md', 'docs/providers/opa.md', 'docs/providers/aws.md',
  ]],
  ['Explanation', ['docs/verdicts.md', 'docs/threat-model.md', 'docs/guards.md', 'docs/stand-ins.md', 'docs/performance.md', 'docs/architecture.md']],
  ['Parts that ship', ['infra/services/session/README.md', 'infra/services/shop/README.md'], 'folded'],
  ['Choices', readdirSync(join(root, 'docs/adr')).toSorted().map((file) => `docs/adr/${file}`), 'folded'],
  ['The project', ['SECURITY.md', 'CONTRIBUTING.md', 'docs/releasing.md', 'CHANGELOG.md'], 'folded'],
];

/** Its address. */
const urlOf = (/** @type {string} */ file) =>
  file === 'README.md' ? '/' : `/${file.replace(/^docs\//, '').replace(/README\.md$/, 'index.md').replace(/\.md$/, '').replace(/^[A-Z]+$/, (name) => name.toLowerCase()).replace(/\/index$/, '/')}`;
/** Address by file. */
export const pages = new Map(groups.flatMap(([, files]) => files.map((file) => [file, urlOf(file)])));

const titleOf = (/** @type {string} */ file) => (file === 'README.md' ? 'What it is' : (/^# (.+)$/m.exec(readFileSync(join(root, file), 'utf8'))?.[1] ?? file).replaceAll('`', ''));
export const sidebar = groups.map(([text, files, folded]) => ({ text, collapsed: folded === 'folded', items: files.map((file) => ({ text: titleOf(file), link: urlOf(file) })) }));

const missing = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => join('docs', path)).filter((path) => path.endsWith('.md') && !pages.has(path));
if (missing.length > 0) throw new Error(`in no group of the sidebar: ${missing.join(', ')}`);

/** Where VitePress looks for them: inside its own folder, because it looks for its own packages above its pages. */
export const staged = fileURLToPath(new URL('../.pages', import.meta.url));
const stagedAs = (/** @type {string} */ url) => `${url.slice(1)}${url.endsWith('/') ? 'index' : ''}.md`;
/** File by what it is staged as. */
export const sources = new Map([...pages].map(([file, url]) => [stagedAs(url), file]));

export const stage = () => {
  rmSync(staged, { recursive: true, force: true });
  for (const [name, file] of sources) {
    mkdirSync(dirname(join(staged, name)), { recursive: true });
    cpSync(join(root, file), join(staged, name));
  }
  // Pictures stay where they are in the repository.
  cpSync(join(root, 'docs'), join(staged, 'docs'), { recursive: true, filter: (path) => !path.endsWith('.md') });
};
