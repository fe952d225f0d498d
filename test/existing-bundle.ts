import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packBundle } from '../src/providers/opa/archive.ts';
import type { Files } from '../src/providers/opa/archive.ts';

const repository = join(import.meta.dirname, '..');
const sources = join(repository, 'test/data/rego/roots');

/** What somebody else publishes: a policy with two roots, its data, and a manifest with a revision of the publisher's own. */
export const companyFiles = (revision: string, more: Files = {}): Files => ({
  ...Object.fromEntries(
    readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(rego|json)$/.test(name))
      .map((name) => [name, readFileSync(join(sources, name))]),
  ),
  '.manifest': JSON.stringify({ revision, roots: ['company/http', 'company/people'], rego_version: 1 }),
  ...more,
});

export const companyArchive = (revision: string, more: Files = {}): Promise<Buffer> => packBundle(companyFiles(revision, more));

/** blueprints/sso.yaml, whose policy is what somebody else publishes. */
export const withExistingBundle = (bundle: string, pattern = 'centralised'): string =>
  readFileSync(join(repository, 'blueprints/sso.yaml'), 'utf8')
    .replace(/\n {4}bundle: \{ publish: .*\}/, '')
    .replace(/\nauthorization:\n( {2}.*\n)+/, `\nauthorization: { pattern: ${pattern}, decision: company/http/authz/allow, bundle: { ${bundle} } }\n`);
