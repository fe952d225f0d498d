import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOM = new URL('../../../../src/providers/keycloak/', import.meta.url);
interface Named {
  readonly name: string;
  readonly after: readonly string[];
}
const kindIn = (module: Readonly<Record<string, unknown>>, variable: string): Named | undefined => module[`${variable}Kind`] as Named | undefined;
const variableOf = (file: string): string => file.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

// Loaded before any test: what a module is made of is then the business of every test, and not of these alone.
const names = readdirSync(new URL('kinds/', ROOM)).map((file) => file.replace(/\.ts$/, '')).filter((file) => file !== 'index');
const found = await Promise.all(names.map(async (file) => ({ file, kind: kindIn(await import(new URL(`kinds/${file}.ts`, ROOM).href), variableOf(file)) })));

/** The files of `kinds/`, each after those whose objects must be there before its own. */
const files = (): readonly string[] => {
  const open = found.flatMap(({ file, kind }) => (kind ? [{ file, kind }] : [])).toSorted((left, right) => (left.file < right.file ? -1 : 1));
  const sorted: string[] = [];
  while (open.length > 0) {
    const waiting = new Set(open.map(({ kind }) => kind.name));
    const next = open.findIndex(({ kind }) => !kind.after.some((name) => waiting.has(name)));
    sorted.push(...open.splice(next, 1).map(({ file }) => file));
  }
  return sorted;
};

const MADE = '// Made from the files of this folder by `npm run generate`.';
const imports = (names: readonly string[], line: (file: string, variable: string) => string): string[] =>
  names.toSorted().map((file) => line(file, variableOf(file)));

const specIndex = (names: readonly string[]): string =>
  [
    MADE,
    ...imports(names, (file, variable) => `import { ${variable} } from './${file}.ts';`),
    '',
    '/** The specs of Keycloak\'s kinds by name: `keycloak.client.address(realm, id)`. */',
    `export const keycloak = { ${names.map(variableOf).join(', ')} } as const;`,
    '',
  ].join('\n');

const kindIndex = (names: readonly string[]): string =>
  [
    MADE,
    "import { bindKind } from '../../../core/provider.ts';",
    "import type { BoundKind } from '../../../core/provider.ts';",
    "import type { Session } from '../session.ts';",
    ...imports(names, (file, variable) => `import { ${variable}Kind } from './${file}.ts';`),
    '',
    '/** Everything that is kept in a realm. */',
    'export const kindsOf = (session: Session): readonly BoundKind[] => [',
    ...names.map((file) => `  bindKind(${variableOf(file)}Kind, session),`),
    '];',
    '',
  ].join('\n');

describe('a kind of Keycloak is listed by being there:', () => {
  it('the index of specs is fresh', async () => {
    await expect(specIndex(files())).toMatchFileSnapshot(new URL('specs/index.ts', ROOM).pathname);
  });
  it('the index of kinds is fresh', async () => {
    await expect(kindIndex(files())).toMatchFileSnapshot(new URL('kinds/index.ts', ROOM).pathname);
  });
});
